package dag_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

func TestArenaRefusesWhatBreaksAStructuralRule(t *testing.T) {
	a := newArena()
	first, other := next(t, 1, nil), next(t, 2, nil)
	second := next(t, 1, first.Event, other.ID(), root(0))
	for _, v := range []dag.Verified{first, other, second} {
		if _, err := a.Intern(v); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		prev   *dag.Event
		change func(f *dag.Fields)
		want   string
	}{
		"another network":   {first.Event, func(f *dag.Fields) { f.Network = dag.NetworkID{1} }, "belongs to network"},
		"too many approved": {first.Event, func(f *dag.Fields) { f.Approves = append(roots(), other.ID()) }, "approves 3 events"},
		"a root as prev":    {first.Event, func(f *dag.Fields) { f.Prev, f.Approves = root(0), []dag.ID{other.ID(), root(1)} }, "prev is a root"},
		"another key's prev": {
			other.Event, func(f *dag.Fields) { f.Key = keyNumber(1) }, "another key's event",
		},
		"seq skipped":       {first.Event, func(f *dag.Fields) { f.Seq = 3 }, "seq 3 after 1"},
		"seq stands still":  {second.Event, func(f *dag.Fields) { f.Seq = 2 }, "seq 2 after 2"},
		"time goes back":    {first.Event, func(f *dag.Fields) { f.Time = first.Time() - 1 }, "time 1 ms before"},
		"a judge refuses":   {first.Event, func(f *dag.Fields) { f.Kind = "bad" }, "kind bad"},
		"a fork is refused": {nil, func(f *dag.Fields) { f.Key, f.Kind = keyNumber(1), "bad" }, "kind bad"},
	} {
		before, chains := a.Len(), a.Chains()
		f := draft(1, c.prev)
		if c.prev != nil {
			f.Key = c.prev.Key()
		}
		c.change(&f)
		v := unsigned(t, f)
		_, err := a.Intern(v)
		if !errors.Is(err, dag.ErrInvalid) || errors.Is(err, dag.ErrNotJudged) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want ErrInvalid with %q", name, err, c.want)
		}
		if _, ok := a.Find(v.ID()); ok || a.Len() != before || a.Chains() != chains {
			t.Errorf("%s: the refused event left something behind", name)
		}
	}
}

// What the arena cannot judge is no fault of the event's, and leaves nothing behind.
func TestArenaDoesNotBlameTheEventForWhatIsMissing(t *testing.T) {
	unknown, strange := next(t, 3, nil), next(t, 4, nil)
	able := false
	a := dag.NewArena(dag.FirstOrigin(testNetwork), 2, judgeFunc(func(a *dag.Arena, i dag.Index) error {
		if able || a.Event(i) != strange.Event {
			return nil
		}
		return dag.ErrNotJudged
	}))
	for name, v := range map[string]dag.Verified{
		"unknown approved": next(t, 1, nil, unknown.ID(), root(0)),
		"unknown prev":     next(t, 3, unknown.Event),
		"a judge cannot":   strange,
	} {
		if _, err := a.Intern(v); !errors.Is(err, dag.ErrNotJudged) || errors.Is(err, dag.ErrInvalid) {
			t.Errorf("%s: error is %v, want ErrNotJudged", name, err)
		}
		if _, ok := a.Find(v.ID()); ok || a.Len() != dag.Roots || a.Chains() != 0 {
			t.Errorf("%s: the event left something behind", name)
		}
	}
	able = true
	if _, err := a.Intern(strange); err != nil {
		t.Error(err)
	}
}

func TestArenaAcceptsTheEdgesOfTheRules(t *testing.T) {
	a := newArena()
	first := next(t, 1, nil)
	sameTime := draft(1, first.Event)
	sameTime.Time = first.Time()
	manyApproved := draft(2, nil)
	manyApproved.Kind, manyApproved.Round = "", 1
	manyApproved.Approves = append(roots(), first.ID())
	for _, v := range []dag.Verified{first, unsigned(t, sameTime), unsigned(t, manyApproved)} {
		i, err := a.Intern(v)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := a.Intern(v); err != nil || again != i {
			t.Errorf("interned again as %d, %v; first as %d", again, err, i)
		}
		if found, ok := a.Find(v.ID()); !ok || found != i || a.ID(i) != v.ID() || a.Event(i) != v.Event {
			t.Errorf("event %d is not found by its id", i)
		}
	}
	if a.ID(0) != root(0) || a.ID(1) != root(1) || a.Event(0) != nil {
		t.Error("the roots are not at 0 and 1")
	}
}

// A judge that refuses leaves no trace: the next event gets the same index, and a key that was only seen in refused events
// is unknown.
func TestJudgeIsAskedAgainForTheSameIndex(t *testing.T) {
	var asked []dag.Index
	var order []int
	record := func(n int) dag.Judge {
		return judgeFunc(func(a *dag.Arena, i dag.Index) error {
			order = append(order, n)
			if n == 1 {
				return nil
			}
			asked = append(asked, i)
			if v := a.Vertex(i); v.Event.Seq() > 1 && v.Prev == dag.NoIndex {
				t.Error("judged before the event was linked")
			}
			return refuseBad(a, i)
		})
	}
	a := dag.NewArena(dag.FirstOrigin(testNetwork), 2, record(1), record(2))
	bad := draft(1, nil)
	bad.Kind = "bad"
	if _, err := a.Intern(unsigned(t, bad)); !errors.Is(err, dag.ErrInvalid) {
		t.Fatal(err)
	}
	if _, known := a.Chain(keyNumber(1)); known || a.Chains() != 0 {
		t.Error("a refused event left a chain")
	}
	good := next(t, 2, nil)
	i, err := a.Intern(good)
	if err != nil || len(asked) != 2 || asked[0] != i || asked[1] != i {
		t.Errorf("asked for %v, event is at %d, %v", asked, i, err)
	}
	if len(order) != 4 || order[0] != 1 || order[1] != 2 {
		t.Errorf("judges were asked as %v", order)
	}
	if c, ok := a.Chain(keyNumber(2)); !ok || c != 0 || a.ChainKey(c) != keyNumber(2) || a.Branches(c) != 1 {
		t.Error("the chain after a refused one is not the first")
	}
}

// After a refused event the chain goes on where it was, without a branch.
func TestRefusedEventDoesNotForkItsChain(t *testing.T) {
	a := newArena()
	first := next(t, 1, nil)
	bad := draft(1, first.Event)
	bad.Kind = "bad"
	second := next(t, 1, first.Event)
	if _, err := a.Intern(first); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Intern(unsigned(t, bad)); err == nil {
		t.Fatal("a bad event was accepted")
	}
	i, err := a.Intern(second)
	if err != nil {
		t.Fatal(err)
	}
	if c := a.Vertex(i).Chain; a.Branches(c) != 1 {
		t.Errorf("%d branches, want 1", a.Branches(c))
	}
}
