package invariant

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// Admission checks that nobody's events are ordered who was not let in: a member since the epoch began, or a guest of one of these, with
// the guest's consent; and that no member lets in more guests in an epoch than it may, neither in the graph nor on the ledger. It
// counts for itself what the engine's own rule keeps for each cone. Memory is O(admissions of some epochs).
type Admission struct {
	epochs map[uint64]map[dag.Key][]guest // by epoch and sponsor, in the order of the sponsor's chain
	sealed uint64                         // the highest epoch whose end was looked at
	excess map[excess]sighting[bool]
	found  findings
}

// excess is a sponsor that admitted more guests in an epoch than it may.
type excess struct {
	epoch   uint64
	sponsor dag.Key
}

// guest is who was admitted by an event.
type guest struct {
	seq uint64
	id  dag.ID
	key dag.Key
}

// NewAdmission returns a checker that has seen nothing.
func NewAdmission() Admission {
	return Admission{epochs: map[uint64]map[dag.Key][]guest{}, excess: map[excess]sighting[bool]{}}
}

// agedEpochs is how many epochs behind the newest are remembered.
const agedEpochs = 8

// Attached takes an event of a node's graph that admits somebody. Those that do not hold admit nobody, and are left out.
func (a *Admission) Attached(e *dag.Event, n *engine.Network) {
	body, err := governance.DecodeAdmit(e.Body())
	if err != nil || body.Verify(n.ID) != nil || body.Sponsor != e.Key() {
		return
	}
	sponsors := a.epochs[e.Epoch()]
	if sponsors == nil {
		sponsors = map[dag.Key][]guest{}
		a.epochs[e.Epoch()] = sponsors
	}
	g := guest{e.Seq(), e.ID(), body.Event}
	list := sponsors[e.Key()]
	at := len(list)
	for ; at > 0 && list[at-1].seq >= g.seq; at-- {
		if list[at-1].id == g.id {
			return // another node told of it
		}
	}
	sponsors[e.Key()] = append(list[:at:at], append([]guest{g}, list[at:]...)...)
}

// Ordered takes an event that has its place in a node's order, at a virtual time in microseconds, with what holds in the event's epoch.
func (a *Admission) Ordered(node int, at uint64, e *dag.Event, n *engine.Network) {
	if _, member := n.Members[e.Key()]; member || a.admitted(e, n) {
		return
	}
	a.found.add(Finding{RuleAdmission, at, node, fmt.Sprintf("event %s of epoch %d is ordered, and nobody has admitted its key %s", e.ID(), e.Epoch(), e.Key().Short())})
}

// admitted reports whether a member of the epoch has admitted the issuer of an event, within its share.
func (a *Admission) admitted(e *dag.Event, n *engine.Network) bool {
	for sponsor, guests := range a.epochs[e.Epoch()] { // order does not matter: one that admits is enough
		if _, member := n.Members[sponsor]; !member {
			continue
		}
		for rank := range guests {
			if uint64(rank) < n.Admissions && guests[rank].key == e.Key() {
				return true
			}
		}
	}
	return false
}

// Sealed looks at those who came in an epoch, when the first node has sealed it, and lets go of what is long over.
func (a *Admission) Sealed(node int, at, epoch, share uint64, state *ledger.State) {
	if epoch <= a.sealed {
		return
	}
	a.sealed = epoch
	counts := map[dag.Key]uint64{}
	for _, m := range governance.Members(state) {
		if m.Since != epoch || m.Sponsor.IsZero() {
			continue
		}
		if counts[m.Sponsor]++; counts[m.Sponsor] > share {
			a.exceeds(excess{epoch, m.Sponsor}, sighting[bool]{true, at, node})
		}
	}
	for old := range a.epochs { // each goes by itself, so the order does not matter
		if old+agedEpochs < epoch {
			delete(a.epochs, old)
		}
	}
}

func (a *Admission) exceeds(e excess, s sighting[bool]) {
	if first, known := a.excess[e]; !known || s.before(&first) {
		a.excess[e] = s
	}
}

// Merge takes what another has found.
func (a *Admission) Merge(other *Admission) {
	a.found.merge(other.found)
	for e, s := range other.excess { // order does not matter: the earliest is kept
		a.exceeds(e, s)
	}
}

// Findings returns those that were ordered without being admitted, and the sponsors that admitted too many.
func (a *Admission) Findings() []Finding {
	var list findings
	list.merge(a.found)
	for e, s := range a.excess { // order does not matter: the list is sorted
		list.add(Finding{RuleAdmission, s.at, s.node, fmt.Sprintf("key %s has admitted more guests in epoch %d than it may", e.sponsor.Short(), e.epoch)})
	}
	return list
}
