package gossip

import (
	"slices"
	"testing"
)

func TestIHaveAsksForWhatIsNew(t *testing.T) {
	s := newSubject(t, 2, 0, nil)
	s.Receive(2, 0)
	answers, _ := s.gets(1, IHave, 1, 2, 3)
	wantOne(t, answers, 1, IWant)
	if !slices.Equal(answers[0].IDs, []Message{1, 3}) {
		t.Errorf("asked for %v", answers[0].IDs)
	}
	if answers, _ := s.gets(1, IHave, 2); len(answers) > 0 {
		t.Errorf("asked for what is known: %v", answers)
	}
	s.now = 2 * sweepEvery
	if answers, _ := s.gets(1, IHave, 2); len(answers) != 1 {
		t.Error("not asked for what was known until the sweep")
	}
}

func TestHeartbeatSweeps(t *testing.T) {
	s := newSubject(t, 2, 0, nil)
	s.Receive(2, 0)
	s.now = 2*sweepEvery - s.params.Heartbeat
	s.beat()
	if s.seen.has(2) {
		t.Error("what was seen two minutes ago is known after a heartbeat")
	}
}

func TestIHaveLimits(t *testing.T) {
	many := make([]Message, 3000)
	for i := range many {
		many[i] = Message(i)
	}
	s := newSubject(t, 2, 0, nil)
	for i, want := range []int{3000, 2000, 0} {
		var asked []Message
		if answers, _ := s.gets(1, IHave, many...); len(answers) > 0 {
			asked = answers[0].IDs
		}
		if len(asked) != want {
			t.Errorf("round %d: asked for %d, want %d", i, len(asked), want)
		}
		if i == 1 && slices.Equal(asked, many[:want]) {
			t.Error("always the same messages are asked for")
		}
	}
	if answers, _ := s.gets(0, IHave, 1); len(answers) != 1 {
		t.Error("one peer's limit is another's")
	}
	s.beat()
	for i := range maxIHaveMessages + 2 {
		if answers, _ := s.gets(1, IHave, 1); (len(answers) == 1) != (i < maxIHaveMessages) {
			t.Errorf("message %d since the heartbeat gets %v", i, answers)
		}
	}
}

func TestIWantIsAnsweredThreeTimes(t *testing.T) {
	s := newSubject(t, 3, 0, nil)
	s.remembered(1, 2)
	for i := range 5 {
		want := []Message{1}
		if i >= retransmission {
			want = nil
		}
		if _, got := s.gets(1, IWant, 1, 9); !slices.Equal(got, want) {
			t.Errorf("request %d gets %v, want %v", i, got, want)
		}
	}
	if _, got := s.gets(2, IWant, 2, 1, 2); !slices.Equal(got, []Message{2, 1}) {
		t.Errorf("another peer gets %v", got)
	}
}

func TestIWantForAsLongAsTheHistory(t *testing.T) {
	s := newSubject(t, 9, 0, nil)
	s.remembered(1)
	told := 0
	for beat := range s.params.HistoryLength {
		if _, got := s.gets(uint32(beat)%9, IWant, 1); len(got) != 1 {
			t.Errorf("after %d heartbeats it is gone", beat)
		}
		if len(kindsTo(s.beat(), IHave)) > 0 {
			told++
		}
	}
	if _, got := s.gets(8, IWant, 1); len(got) > 0 {
		t.Error("it is there after the history")
	}
	if told != s.params.HistoryGossip {
		t.Errorf("peers are told at %d heartbeats, want %d", told, s.params.HistoryGossip)
	}
	if len(s.served.entries) > 0 && s.served.entries[0].peer() == 0 {
		t.Error("what was sent first is still counted")
	}
}

func TestIHaveGoesToLazyPeersOutsideOfTheMesh(t *testing.T) {
	for _, c := range []struct {
		peers uint32
		want  int
	}{{4, 0}, {7, 3}, {10, 6}, {24, 6}, {44, 10}} {
		s := newSubject(t, c.peers, 0, nil)
		s.remembered(1, 2)
		to := kindsTo(s.beat(), IHave)
		if len(to) != c.want || len(s.Mesh(Events)) != 4 {
			t.Errorf("%d peers, %d in the mesh: %d are told, want %d", c.peers, len(s.Mesh(Events)), len(to), c.want)
		}
		if slices.ContainsFunc(to, func(number uint32) bool { return slices.Contains(s.Mesh(Events), number) }) {
			t.Errorf("peers of the mesh %v are told: %v", s.Mesh(Events), to)
		}
	}
}

func TestIHaveOfTooManyIsASample(t *testing.T) {
	s := newSubject(t, 9, 0, nil)
	for m := range Message(maxIHaveLength + 1000) {
		s.remembered(m)
	}
	var lists [][]Message
	for _, c := range s.beat() {
		if c.Kind != IHave {
			continue
		}
		list := slices.Sorted(slices.Values(c.IDs))
		if len(slices.Compact(slices.Clone(list))) != maxIHaveLength {
			t.Fatalf("%d ids, want %d different ones", len(list), maxIHaveLength)
		}
		lists = append(lists, list)
	}
	if n := len(s.out.ids); n != 5*maxIHaveLength {
		t.Errorf("the outbox holds %d ids, want %d", n, 5*maxIHaveLength)
	}
	if len(lists) != 5 || slices.Equal(lists[0], lists[1]) {
		t.Errorf("%d peers are told, and not each something else", len(lists))
	}
}

func TestIDontWant(t *testing.T) {
	s := newSubject(t, 4, 0, nil)
	s.grafted(0, 1, 2, 3)
	s.gets(1, IDontWant, 5)
	s.gets(2, IDontWant, 5, 6)
	s.Receive(5, s.now)
	if to := s.Forward(Events, 5, 0, nil); !slices.Equal(to, []uint32{3}) {
		t.Errorf("forwarded to %v", to)
	}
	if _, got := s.gets(1, IWant, 5); len(got) > 0 {
		t.Error("who does not want it gets it on demand")
	}
	for range iDontWantTTL {
		s.beat()
	}
	if _, got := s.gets(1, IWant, 5); len(got) != 1 {
		t.Error("it is not wanted for more than three heartbeats")
	}
	s.gets(3, IDontWant, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)
	if !s.unwanted.has(copyOf(19, 3)) || s.unwanted.has(copyOf(20, 3)) {
		t.Error("not the first ten ids of a message count")
	}
	s.Disconnect(3)
	if len(s.unwanted.entries) > 0 {
		t.Error("a peer that is gone does not want something")
	}
}

func TestIDontWantMessagesAreLimited(t *testing.T) {
	s := newSubject(t, 1, 0, nil)
	for m := range Message(maxIDontWantMessages + 10) {
		s.gets(0, IDontWant, m)
	}
	if n := len(s.unwanted.entries); n != maxIDontWantMessages {
		t.Errorf("%d ids are remembered, want %d", n, maxIDontWantMessages)
	}
}
