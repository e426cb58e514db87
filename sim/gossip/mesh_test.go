package gossip

import (
	"slices"
	"testing"
)

func TestGraftAtHighIsForDialedPeers(t *testing.T) {
	s := newSubject(t, 8, 1, nil)
	s.grafted(1, 2, 3, 4, 5, 6)
	answers, _ := s.gets(7, Graft)
	wantOne(t, answers, 7, Prune)
	s.grafted(0)
	if mesh := s.Mesh(Events); !slices.Equal(mesh, []uint32{1, 2, 3, 4, 5, 6, 0}) {
		t.Errorf("the mesh is %v", mesh)
	}
	s.grafted(3) // once more: nothing happens
	if len(s.Mesh(Checkpoints)) > 0 {
		t.Error("the other topic's mesh has peers")
	}
}

func TestPruneAtHeartbeatKeepsADialedPeer(t *testing.T) {
	for seed := range uint64(50) {
		s := newSubject(t, 8, 1, nil)
		s.now = seed
		s.grafted(1, 2, 3, 4, 5, 0)
		pruned := kindsTo(s.beat(), Prune)
		if len(pruned) != 2 || len(s.Mesh(Events)) != 4 || slices.Contains(pruned, 0) {
			t.Fatalf("pruned %v, the mesh is %v, only 0 is dialled", pruned, s.Mesh(Events))
		}
		answers, _ := s.gets(pruned[0], Graft)
		wantOne(t, answers, pruned[0], Prune)
	}
}

func TestPruneKeepsTheWholeQuota(t *testing.T) {
	for seed := range uint64(50) {
		s := newSubject(t, 8, 3, nil)
		quota := *s.params
		quota.Out = 3
		s.params, s.now = &quota, seed
		s.grafted(3, 4, 5, 6, 0, 1, 2)
		if pruned := kindsTo(s.beat(), Prune); len(pruned) != 3 || slices.Min(pruned) < 3 {
			t.Fatalf("pruned %v, 0 to 2 are dialled", pruned)
		}
	}
}

func TestMeshOfLowIsLeftAlone(t *testing.T) {
	s := newSubject(t, 8, 1, nil)
	s.grafted(0, 1, 2)
	s.beat()
	if n := len(s.Mesh(Events)); n != s.params.Low {
		t.Errorf("the mesh has %d peers after a heartbeat, it had %d", n, s.params.Low)
	}
	if n := len(s.Mesh(Checkpoints)); n != s.params.D {
		t.Errorf("the mesh of the other topic has %d peers, want %d", n, s.params.D)
	}
}

func TestHeartbeatGraftsADialedPeerBeyondLow(t *testing.T) {
	s := newSubject(t, 8, 1, nil)
	s.grafted(1, 2, 3)
	var events []uint32
	for _, c := range s.beat() {
		if c.Kind == Graft && c.Topic == Events {
			events = append(events, c.To)
		}
	}
	if !slices.Equal(events, []uint32{0}) {
		t.Errorf("grafted %v, want the only dialled peer", events)
	}
}

// A backoff of a minute begins anew with each early GRAFT, and the heartbeat waits until it is forgotten.
func TestBackoff(t *testing.T) {
	s := newSubject(t, 1, 0, nil)
	s.gets(0, Prune)
	s.now = pruneBackoff - 1
	answers, _ := s.gets(0, Graft)
	wantOne(t, answers, 0, Prune)
	s.now = 2*pruneBackoff - 2
	answers, _ = s.gets(0, Graft)
	wantOne(t, answers, 0, Prune)
	s.Disconnect(0)
	s.Connect(0, false)
	end := 3*pruneBackoff - 2
	for s.now+s.params.Heartbeat < end+backoffSlack {
		for _, c := range s.beat() {
			if c.Topic == Events {
				t.Fatalf("%+v while a backoff is known", c)
			}
		}
	}
	for range backoffTicks {
		s.beat()
	}
	if !slices.Equal(s.Mesh(Events), []uint32{0}) {
		t.Error("the peer is not grafted after the backoff")
	}
}

// A backoff is known for two seconds after its end, so that the other end's is over too.
func TestBackoffHasSlack(t *testing.T) {
	for _, c := range []struct {
		after uint64
		want  int
	}{{second, 0}, {backoffSlack, 0}, {backoffSlack + 1, 1}} {
		s := newSubject(t, 1, 0, nil)
		s.gets(0, Prune)
		s.ticks, s.now = backoffTicks-1, pruneBackoff+c.after-s.params.Heartbeat
		s.beat()
		if n := len(s.Mesh(Events)); n != c.want {
			t.Errorf("%d us after the backoff %d peers are in the mesh, want %d", c.after, n, c.want)
		}
	}
}

// Who prunes and is gone is forgotten when the backoff is.
func TestGonePeersAreForgotten(t *testing.T) {
	s := newSubject(t, 20, 0, nil)
	for number := range uint32(20) {
		if number%2 == 0 {
			s.gets(number, Prune)
		}
		s.Disconnect(number)
	}
	if len(s.peers) != 10 {
		t.Errorf("%d peers are known, 10 have a backoff", len(s.peers))
	}
	s.remembered(1)
	if controls := s.beat(); len(controls) > 0 {
		t.Errorf("peers that are gone are told: %+v", controls)
	}
	for s.now < pruneBackoff+backoffSlack+(backoffTicks+1)*s.params.Heartbeat {
		s.beat()
	}
	if len(s.peers) != 0 {
		t.Errorf("%d peers are known after the backoff", len(s.peers))
	}
	if answers, resend := s.gets(3, Graft); len(answers)+len(resend)+len(s.Mesh(Events)) > 0 {
		t.Error("a peer that is not connected is answered")
	}
}
