package engine_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// grouping says which nodes share what follows from events.
type grouping struct {
	name string
	of   func(node int) int // nodes of one number share; nil for none
}

var groupings = []grouping{
	{"each alone", nil},
	{"all together", func(int) int { return 0 }},
	{"two groups", func(node int) int { return node % 2 }},
}

// share lets the nodes of a world share as a grouping says.
func (w *world) share(g grouping) {
	if g.of == nil {
		return
	}
	groups := map[int]*engine.Shared{}
	w.shared = func(node int) *engine.Shared {
		if groups[g.of(node)] == nil {
			s, err := engine.NewShared(&w.network)
			if err != nil {
				w.t.Fatal(err)
			}
			groups[g.of(node)] = s
		}
		return groups[g.of(node)]
	}
}

// tell writes down all that a step wants done.
func tell(now uint64, m *machine, in engine.Input, out *engine.Effects) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d node %d %T:", now, m.number, in)
	for _, x := range out.Broadcasts {
		fmt.Fprintf(&b, "\n  broadcast %s %x", x.Topic, sha256.Sum256(x.Data))
	}
	for _, x := range out.Sends {
		data, err := x.Message.Encode()
		if err != nil {
			m.w.t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n  send %s %T %v %x", x.Peer, x.Message, x.Asks, sha256.Sum256(data))
	}
	for _, x := range out.Replies {
		fmt.Fprintf(&b, "\n  reply %d %v %s", x.Ticket, x.Refusal, x.Event)
	}
	for _, x := range out.Notices {
		b.WriteString("\n  notice " + tellNotice(x))
	}
	fmt.Fprintf(&b, "\n  wake %d", out.WakeAt)
	return b.String()
}

// tellNotice names events by their ids, since their addresses differ from run to run.
func tellNotice(n engine.Notice) string {
	var event *dag.Event
	switch x := n.(type) {
	case engine.Attached:
		event, x.Event = x.Event, nil
		n = x
	case engine.Refused:
		event, x.Event = x.Event, nil
		n = x
	case engine.Final:
		event, x.Event = x.Event, nil
		n = x
	case engine.Sealed:
		x.Network = nil // likewise
		n = x
	case engine.ReadingRefused:
		return fmt.Sprintf("%T %s %d %v", x, x.Device, x.Seq, x.Refusal)
	}
	if event != nil {
		return fmt.Sprintf("%T %+v %s", n, n, event.ID())
	}
	return fmt.Sprintf("%T %+v", n, n)
}

// roughRun takes a network through loss, crashes, partitions, and a member and a gateway whose keys fork, and returns what every
// step did. Commits are not compared with promises: the keys that fork break some.
func roughRun(t *testing.T, seed uint64, g grouping) (steps []string, s *storm) {
	s = &storm{world: newWorldWith(t, seed, 5, 3, stormParameters(seed))}
	s.share(g)
	s.trace = func(m *machine, in engine.Input, out engine.Effects) { steps = append(steps, tell(s.now, m, in, &out)) }
	s.begin(0, 6)
	w := s.drawWeather()
	s.loss, s.duplicates, s.max = w.loss, w.duplicates, w.slowest
	if w.crashes {
		s.crash = func(*machine) bool { return s.random.IntN(300) == 0 }
	}
	forkers := []*machine{s.nodes[4], s.nodes[7]}
	for _, m := range forkers {
		old := m.disk.Clone()
		s.live(400 + s.random.Uint64N(800))
		if w.partitions {
			s.part()
		}
		if m.up {
			m.fall()
		}
		m.disk = old
		s.restartAt[m] = s.now + 1
		s.live(200)
		m.step(engine.Override{})
		s.live(400 + s.random.Uint64N(800))
	}
	s.blocked = nil
	s.reconnect()
	s.live(1500)
	return steps, s
}

// What nodes share makes no difference to what any of them does, in any step.
func TestSharingChangesNothing(t *testing.T) {
	runs := uint64(count(2, 5, 200))
	forks, commits := 0, uint64(0)
	for seed := firstSeed(t); seed < firstSeed(t)+runs; seed++ {
		want, alone := roughRun(t, seed, groupings[0])
		for _, g := range groupings[1:] {
			got, s := roughRun(t, seed, g)
			for n := range min(len(want), len(got)) {
				if want[n] != got[n] {
					t.Fatalf("seed %d, %s: step %d is\n%s\neach alone it is\n%s", seed, g.name, n, got[n], want[n])
				}
			}
			if len(got) != len(want) {
				t.Fatalf("seed %d, %s: %d steps, want %d", seed, g.name, len(got), len(want))
			}
			compareDisks(t, alone, s)
		}
		for _, m := range alone.nodes {
			for _, n := range m.notices {
				if _, ok := n.(engine.Forked); ok {
					forks++
				}
			}
			if m.up {
				commits = max(commits, m.engine.Overview().Commits)
			}
		}
	}
	if forks == 0 || commits < 10 {
		t.Errorf("%d forks seen, %d commits: the runs do not test enough", forks, commits)
	}
}

// A driver may leave out notices that nobody listens to, and use one Gossip again and again: nothing else changes.
func TestMutedNoticesChangeNothingElse(t *testing.T) {
	w := newWorld(t, 5, 4, 1)
	w.startAll()
	w.run(1000)
	w.nodes[0].step(engine.Transfer{To: w.nodes[1].self.Account, Amount: 1})
	w.run(3000)
	config := engine.Config{Network: w.network, Self: w.nodes[4].self, Policy: w.nodes[4].policy}
	loud, err := engine.New(config, memstore.New(), w.now)
	if err != nil {
		t.Fatal(err)
	}
	config.Mute = engine.Mute{Attached: true, Final: true, Committed: true}
	quiet, err := engine.New(config, memstore.New(), w.now)
	if err != nil {
		t.Fatal(err)
	}
	again, muted := &engine.Gossip{From: "0", Events: make([]dag.Verified, 1)}, 0
	for _, line := range w.nodes[0].engine.ExportEvents(0, 1<<30) {
		info, err := w.nodes[0].engine.Event(line.ID)
		if err != nil {
			t.Fatal(err)
		}
		v, err := dag.Restore(info.Event.Block())
		if err != nil {
			t.Fatal(err)
		}
		again.Events[0] = v
		var a, b engine.Effects
		if err := errors.Join(loud.Step(w.now, engine.Gossip{From: "0", Events: []dag.Verified{v}}, &a), quiet.Step(w.now, again, &b)); err != nil {
			t.Fatal(err)
		}
		all := len(a.Notices)
		a.Notices = slices.DeleteFunc(a.Notices, isFrequent)
		muted += all - len(a.Notices)
		if got, want := tell(w.now, w.nodes[4], engine.Wake{}, &b), tell(w.now, w.nodes[4], engine.Wake{}, &a); got != want {
			t.Fatalf("muted:\n%s\nelse:\n%s", got, want)
		}
	}
	if o := quiet.Overview(); muted == 0 || o.Ordered == 0 || o != loud.Overview() {
		t.Errorf("%d notices muted; %+v, want %+v", muted, o, loud.Overview())
	}
}

func isFrequent(n engine.Notice) bool {
	switch n.(type) {
	case engine.Attached, engine.Final, engine.Committed:
		return true
	}
	return false
}

// compareDisks fails unless the nodes of two runs have written the same.
func compareDisks(t *testing.T, a, b *storm) {
	t.Helper()
	for n := range a.nodes {
		var left, right []string
		for disk, list := range map[*machine]*[]string{a.nodes[n]: &left, b.nodes[n]: &right} {
			err := disk.disk.Scan(nil, nil, func(key, value []byte) bool {
				*list = append(*list, fmt.Sprintf("%x=%x", key, value))
				return true
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range min(len(left), len(right)) {
			if left[i] != right[i] {
				t.Fatalf("node %d: entry %d is\n%s\nwant\n%s", n, i, right[i], left[i])
			}
		}
		if len(left) != len(right) {
			t.Fatalf("node %d: %d entries, want %d", n, len(right), len(left))
		}
	}
}
