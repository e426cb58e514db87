package governance

import (
	"maps"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

func remove(k keys) *Remove { return &Remove{Member: k.event()} }

func TestRemove(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1, 0)
	n.admit(0, 5, 1, ledger.StatusApplied)
	n.admit(0, 6, 2, ledger.StatusApplied)
	n.issue(9, remove(5), ledger.StatusNotAuthorised)
	n.do(0, sharedAccount, remove(5), ledger.StatusNotAuthorised)
	n.issue(1, remove(5), ledger.StatusNotAuthorised)
	n.issue(5, remove(0), ledger.StatusNotAuthorised)
	n.issue(0, remove(2), ledger.StatusNotAuthorised)
	n.issue(0, remove(9), ledger.StatusNotFound)
	n.issue(0, remove(5), ledger.StatusApplied)
	n.issue(0, remove(5), ledger.StatusAlreadyExists)
	n.issue(5, remove(5), ledger.StatusAlreadyExists)
	n.issue(6, remove(6), ledger.StatusApplied)
	n.issue(2, remove(2), ledger.StatusApplied)
	if _, ok := Find(n.state, keys(5).event()); !ok || Pending(n.state) {
		t.Error("a member without a seat leaves before the epoch ends, or ends it")
	}
	terms := n.seal()
	if len(terms.Members) != 2 {
		t.Errorf("%+v", terms.Members)
	}
	checkBooks(t, n.state)
	n.issue(5, remove(5), ledger.StatusNotAuthorised)
	n.admit(0, 5, 3, ledger.StatusApplied)
	n.admit(1, 6, 2, ledger.StatusAlreadyExists)
	n.admit(1, 6, 4, ledger.StatusApplied)
	checkBooks(t, n.state)
}

func TestSeatHolderLeaves(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 2, 3)
	n.issue(1, remove(1), ledger.StatusApplied)
	if !Pending(n.state) {
		t.Error("the epoch goes on")
	}
	n.issue(0, remove(0), ledger.StatusApplied)
	n.issue(2, remove(2), ledger.StatusLimitReached)
	if terms := n.seal(); len(terms.Members) != 1 || Pending(n.state) {
		t.Errorf("%+v", terms)
	}
	n.issue(2, remove(2), ledger.StatusLimitReached)
	checkBooks(t, n.state)
}

// TestLastSoundSeatStays has the other seat frozen, before and after its holder would leave.
func TestLastSoundSeatStays(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1)
	n.freeze(1)
	n.issue(0, remove(0), ledger.StatusLimitReached)
	n = found(t, DefaultParameters(), 1, 1)
	n.issue(0, remove(0), ledger.StatusApplied)
	n.freeze(1)
	n.seal()
	if got := weights(n.state); !maps.Equal(got, map[keys]uint64{0: 1}) || Pending(n.state) {
		t.Errorf("seats %v", got)
	}
	n.issue(0, remove(0), ledger.StatusLimitReached)
	checkBooks(t, n.state)
}

// TestGuestWithSeatStays has a sponsor send its guest away in the epoch in which a quorum gives the guest a seat.
func TestGuestWithSeatStays(t *testing.T) {
	n := found(t, DefaultParameters(), 1)
	n.admit(0, 5, 1, ledger.StatusApplied)
	n.seal()
	id := n.propose(0, ledger.StatusApplied, giving(5, 1))
	n.issue(0, remove(5), ledger.StatusApplied)
	n.approve(5, id, ledger.StatusApplied)
	n.seal()
	if got := weights(n.state); !maps.Equal(got, map[keys]uint64{0: 1, 5: 1}) {
		t.Errorf("seats %v", got)
	}
	n.issue(0, remove(5), ledger.StatusNotAuthorised)
	n.issue(5, remove(5), ledger.StatusApplied)
	n.seal()
	if got := weights(n.state); !maps.Equal(got, map[keys]uint64{0: 1}) {
		t.Errorf("seats %v", got)
	}
	checkBooks(t, n.state)
}

// TestReplacedMayLeaveAgain has a member asked to leave whose keys are replaced before it does: it stays, and may leave later.
func TestReplacedMayLeaveAgain(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 0)
	n.issue(1, remove(1), ledger.StatusApplied)
	fresh := keys(8).apply(t, "gw-1", testNetwork, dag.Key{}, [32]byte{})
	n.propose(0, ledger.StatusApplied, Action{Verb: VerbReplace, Member: keys(1).event(), Application: fresh})
	if terms := n.seal(); len(terms.Members) != 2 {
		t.Errorf("%+v", terms.Members)
	}
	n.do(8, keys(1).account(), remove(8), ledger.StatusApplied)
	if terms := n.seal(); len(terms.Members) != 1 {
		t.Errorf("%+v", terms.Members)
	}
}

// TestSponsorGone wants the guests of a member that left to be nobody's.
func TestSponsorGone(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 0)
	n.admit(1, 5, 1, ledger.StatusApplied)
	n.issue(1, remove(1), ledger.StatusApplied)
	n.seal()
	if m, ok := Find(n.state, keys(5).event()); !ok || !m.Sponsor.IsZero() {
		t.Errorf("%+v", m)
	}
	n.issue(0, remove(5), ledger.StatusNotAuthorised)
}

// TestManyLeave wants the work of a seal bounded and nobody forgotten.
func TestManyLeave(t *testing.T) {
	n := found(t, DefaultParameters(), 1)
	tx := &opened{n: n}
	d := tx.desk()
	for i := range MaxRemovals + 10 {
		var m registration
		m.event[0], m.event[1], m.event[2] = 0xff, byte(i), byte(i>>8)
		m.account, m.host, m.cosign, m.name, m.leaving = [32]byte(m.event), m.event, m.event, string(m.event[:]), leaves
		d.enter(m)
		d.queueLeaving(m.event)
	}
	d.letGo(nil)
	if first, next := leavingQueue(d); rosterSize(d) != 11 || next-first != 10 {
		t.Errorf("%d members, %d wait", rosterSize(d), next-first)
	}
	d.letGo(nil)
	if first, next := leavingQueue(d); rosterSize(d) != 1 || next-first != 0 || d.fault != nil {
		t.Errorf("%d members, %d wait, %v", rosterSize(d), next-first, d.fault)
	}
}

// opened is a store over a state, for what no event leads to quickly.
type opened struct {
	n       *network
	changed founding
}

func (o *opened) desk() *desk {
	o.changed = founding{}
	return &desk{books: books{store: o}, epoch: 1}
}

func (o *opened) Get(key []byte) ([]byte, bool) {
	if value, ok := o.changed[string(key)]; ok {
		return value, value != nil
	}
	return o.n.state.Get(key)
}

func (o *opened) Put(key, value []byte) *ledger.Refusal { return o.changed.Put(key, value) }
func (o *opened) Delete(key []byte)                     { o.changed[string(ledger.EntryKey(moduleName, key))] = nil }
