package gossip

import (
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/sim/scenario"
)

func TestAnnounce(t *testing.T) {
	s := newSubject(t, 4, 0, nil)
	s.grafted(0, 1, 2)
	s.out.Reset()
	s.Announce(Events, 8, s.params.IDontWant-1, 1, &s.out)
	if len(s.out.Controls) > 0 {
		t.Error("a small message is announced")
	}
	s.Announce(Events, 8, s.params.IDontWant, 1, &s.out)
	if to := kindsTo(s.out.Controls, IDontWant); !slices.Equal(to, []uint32{0, 2}) || s.out.Controls[1].IDs[0] != 8 {
		t.Errorf("announced by %+v", s.out.Controls)
	}
}

func TestPublish(t *testing.T) {
	s := newSubject(t, 6, 0, nil)
	if to := s.Publish(Events, 1, 0, nil); len(to) > 0 {
		t.Errorf("published to %v without a mesh", to)
	}
	s.grafted(2, 4)
	if to := s.Publish(Events, 1, 0, nil); !slices.Equal(to, []uint32{2, 4}) {
		t.Errorf("published to %v", to)
	}
	if s.Receive(1, 0) || len(s.Publish(Events, 1, 0, nil)) > 0 {
		t.Error("an own message is new")
	}
	flood := newSubject(t, 6, 0, func(g *scenario.Gossip) { g.FloodPublish = true })
	flood.grafted(2, 4)
	flood.gets(3, IDontWant, 1)
	if to := flood.Publish(Events, 1, 0, nil); len(to) != 6 {
		t.Errorf("flooded to %v", to)
	}
	if _, got := flood.gets(5, IWant, 1); !slices.Equal(got, []Message{1}) {
		t.Errorf("on demand, who missed the flooded message gets %v", got)
	}
	if to := flood.Forward(Events, 2, 2, nil); !slices.Equal(to, []uint32{4}) {
		t.Errorf("another's message is forwarded to %v", to)
	}
}
