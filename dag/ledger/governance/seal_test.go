package governance

import (
	"maps"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// TestEverythingAtTheSeal has one proposal of all sorts, none of which shows before the seal.
func TestEverythingAtTheSeal(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 0, 2, 0, 0)
	before := n.state.Keys(keys(1).account())
	body := []Action{
		giving(2, 0), giving(4, 3), {Verb: VerbRemove, Member: keys(3).event()}, {Verb: VerbAdmit, Application: keys(6).toQuorum(t)},
		{Verb: VerbReplace, Member: keys(0).event(), Application: keys(7).apply(t, "gw-0", testNetwork, dag.Key{}, [32]byte{})},
		{Verb: VerbParameter, Name: "pace_ms", Value: 50}, {Verb: VerbVersion, Value: 2}, {Verb: VerbPause, Name: "device"},
	}
	id := n.propose(0, ledger.StatusApplied, body...)
	n.approve(2, id, ledger.StatusApplied)
	n.approve(4, id, ledger.StatusApplied)
	if got := weights(n.state); !Pending(n.state) || !maps.Equal(got, map[keys]uint64{0: 1, 2: 2}) || len(n.state.Paused()) != 0 ||
		rosterSize(n.state) != 5 || !slices.Equal(n.state.Keys(keys(1).account()), before) {
		t.Errorf("something took effect already: %v", got)
	}
	terms := n.seal()
	want := DefaultParameters()
	want.Pace, want.Version = 50, 2
	if terms.Epoch != 2 || terms.Parameters != want || !slices.Equal(n.state.Paused(), []string{"device"}) || Pending(n.state) {
		t.Errorf("%+v, paused %v", terms, n.state.Paused())
	}
	if got := weights(n.state); !maps.Equal(got, map[keys]uint64{7: 1, 4: 3}) {
		t.Errorf("seats %v", got)
	}
	if m, ok := terms.Member(keys(6).event()); !ok || m.Since != 2 || !m.Sponsor.IsZero() || m.Account != keys(6).account() {
		t.Errorf("the newcomer is %+v", m)
	}
	m, ok := terms.Member(keys(7).event())
	if !ok || m.Name != "gw-0" || m.Account != keys(0).account() || m.Cosign != keys(7).cosign() ||
		!slices.Equal(n.state.Keys(m.Account), []dag.Key{keys(7).event()}) {
		t.Errorf("the replaced one is %+v", m)
	}
	if p := n.proposal(id); p.Stage != StageEffective || p.Epoch != 2 || len(p.Skipped) != 0 || p.Words[2] != "remove "+keys(3).event().Short() {
		t.Errorf("%+v", p)
	}
	n.admit(6, 20, 1, ledger.StatusApplied) // admitted by a quorum: it may invite at once
	n.issue(0, remove(2), ledger.StatusNotAuthorised)
	n.do(7, keys(0).account(), &Propose{Actions: []Action{{Verb: VerbRelease, Name: "device"}}}, ledger.StatusApplied)
	checkBooks(t, n.state)
}

// TestLostKeyStaysLost has whoever found a replaced key apply with it: it must not get the account back.
func TestLostKeyStaysLost(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1)
	id := n.propose(0, ledger.StatusApplied,
		Action{Verb: VerbReplace, Member: keys(1).event(), Application: keys(7).apply(t, "gw-1", testNetwork, dag.Key{}, [32]byte{})})
	n.approve(1, id, ledger.StatusApplied)
	n.seal()
	thief := func() {
		t.Helper()
		a := keys(1).apply(t, "thief", testNetwork, keys(0).event(), invitation(1))
		body := &Admit{SignedApplication: *a}
		want := ledger.StatusAlreadyExists
		if _, ok := Find(n.state, keys(7).event()); !ok {
			want = ledger.StatusNotAuthorised
		}
		n.issue(0, body, want)
	}
	thief()
	n.do(7, keys(1).account(), remove(7), ledger.StatusApplied)
	n.seal()
	thief()
	if got := n.state.Keys(keys(1).account()); !slices.Equal(got, []dag.Key{keys(7).event()}) {
		t.Errorf("keys %v", got)
	}
}

func TestFrozenSeat(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1, 1, 1)
	id := n.propose(3, ledger.StatusApplied, giving(0, 3))
	n.approve(0, id, ledger.StatusApplied)
	n.freeze(3)
	n.approve(1, id, ledger.StatusApplied)
	if p := n.proposal(id); p.Weight != 2 || p.Needed != 3 || p.Stage != StageOpen || p.Approvals[0].Weight != 0 {
		t.Errorf("%+v", p)
	}
	n.approve(2, id, ledger.StatusApplied)
	terms := n.seal()
	if got := weights(n.state); !maps.Equal(got, map[keys]uint64{0: 3, 1: 1, 2: 1}) {
		t.Errorf("seats %v", got)
	}
	if _, ok := terms.Member(keys(3).event()); ok || len(Members(n.state)) != 4 {
		t.Error("the frozen one is among the terms, or no member any more")
	}
	fresh := Action{Verb: VerbReplace, Member: keys(3).event(), Application: keys(8).apply(t, "gw-3", testNetwork, dag.Key{}, [32]byte{})}
	id = n.propose(0, ledger.StatusApplied, fresh, giving(1, 2))
	n.approve(1, id, ledger.StatusApplied)
	if terms = n.seal(); len(terms.Members) != 4 {
		t.Errorf("%+v", terms.Members)
	}
}

// TestFrozenSeatReplaced keeps the seat of a frozen key that is replaced before the seal.
func TestFrozenSeatReplaced(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 4)
	n.freeze(0)
	n.propose(1, ledger.StatusApplied,
		Action{Verb: VerbReplace, Member: keys(0).event(), Application: keys(8).apply(t, "gw-0", testNetwork, dag.Key{}, [32]byte{})})
	n.seal()
	if got := weights(n.state); !maps.Equal(got, map[keys]uint64{1: 4, 8: 1}) {
		t.Errorf("seats %v", got)
	}
	checkBooks(t, n.state)
}

func TestAllSeatsFrozen(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1, 0)
	n.freeze(0)
	n.freeze(1)
	if terms := n.seal(); len(terms.Committee()) != 2 || len(terms.Members) != 3 {
		t.Errorf("%+v", terms)
	}
}

// TestSkipped has accepted proposals that contradict one another.
func TestSkipped(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1, 1, 0)
	vote := func(actions ...Action) dag.ID {
		t.Helper()
		id := n.propose(0, ledger.StatusApplied, actions...)
		n.approve(1, id, ledger.StatusApplied)
		n.approve(2, id, ledger.StatusApplied)
		return id
	}
	dropTwo := vote(giving(0, 0), giving(1, 0))
	dropThird := vote(Action{Verb: VerbPause, Name: "device"}, giving(2, 0))
	gone := vote(Action{Verb: VerbRemove, Member: keys(3).event()})
	again := vote(Action{Verb: VerbRemove, Member: keys(3).event()}, Action{Verb: VerbPause, Name: "anchor"})
	version := vote(Action{Verb: VerbVersion, Value: 2})
	versionAgain := vote(Action{Verb: VerbVersion, Value: 2})
	n.seal()
	for name, tc := range map[string]struct {
		id   dag.ID
		want []int
	}{
		"first": {dropTwo, nil}, "would leave nobody": {dropThird, []int{0, 1}}, "removal": {gone, nil},
		"member gone": {again, []int{0}}, "version": {version, nil}, "version again": {versionAgain, []int{0}},
	} {
		if p := n.proposal(tc.id); p.Stage != StageEffective || !slices.Equal(p.Skipped, tc.want) {
			t.Errorf("%s: %s, skipped %v, want %v", name, p.Stage, p.Skipped, tc.want)
		}
	}
	if got := weights(n.state); !maps.Equal(got, map[keys]uint64{2: 1}) || !slices.Equal(n.state.Paused(), []string{"anchor"}) {
		t.Errorf("seats %v, paused %v", got, n.state.Paused())
	}
	checkBooks(t, n.state)
}

// TestRecount wants a proposal accepted that has a quorum only since others lost their seats.
func TestRecount(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1, 1, 1)
	open := n.propose(0, ledger.StatusApplied, Action{Verb: VerbVersion, Value: 2})
	n.approve(1, open, ledger.StatusApplied)
	n.issue(2, remove(2), ledger.StatusApplied)
	n.issue(3, remove(3), ledger.StatusApplied)
	if terms := n.seal(); terms.Parameters.Version != 1 || !Pending(n.state) || n.proposal(open).Stage != StageAccepted || n.state.Due() != 0 {
		t.Errorf("%+v, %+v", terms, n.proposal(open))
	}
	if terms := n.seal(); terms.Parameters.Version != 2 || Pending(n.state) {
		t.Errorf("%+v", terms)
	}
}
