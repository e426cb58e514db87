package gossip

import (
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// subject is a router with peers 0 to n-1, of which this node dialled the first dialed, and an outbox.
type subject struct {
	Router
	t   *testing.T
	out Outbox
	now uint64
}

func newSubject(t *testing.T, n, dialed uint32, change func(*scenario.Gossip)) *subject {
	s := &subject{Router: NewRouter(params(t, change), 0), t: t}
	for number := range n {
		s.Connect(number, number < dialed)
	}
	return s
}

// gets has a peer's control message handled.
func (s *subject) gets(from uint32, kind Kind, ids ...Message) (answers []Control, resend []Message) {
	s.out.Reset()
	resend = s.Handle(from, &Control{Kind: kind, IDs: ids}, s.now, 1, &s.out, nil)
	return s.out.Controls, resend
}

func (s *subject) beat() []Control {
	s.now += s.params.Heartbeat
	s.out.Reset()
	s.Heartbeat(s.now, s.now, &s.out)
	return s.out.Controls
}

// grafted has peers in the mesh of events because they asked for it.
func (s *subject) grafted(peers ...uint32) {
	s.t.Helper()
	for _, number := range peers {
		if answers, _ := s.gets(number, Graft); len(answers) > 0 {
			s.t.Fatalf("%d is not taken into the mesh", number)
		}
	}
}

// remembered has messages forwarded, as if peer 0 had sent them.
func (s *subject) remembered(messages ...Message) {
	for _, m := range messages {
		s.Receive(m, s.now)
		s.Forward(Events, m, 0, nil)
	}
}

func wantOne(t *testing.T, controls []Control, to uint32, kind Kind) {
	t.Helper()
	if len(controls) != 1 || controls[0].To != to || controls[0].Kind != kind {
		t.Fatalf("got %+v, want one of kind %d to %d", controls, kind, to)
	}
}

func kindsTo(controls []Control, kind Kind) (to []uint32) {
	for _, c := range controls {
		if c.Kind == kind {
			to = append(to, c.To)
		}
	}
	return to
}

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
