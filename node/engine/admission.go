package engine

import (
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// admission decides which keys may issue events in an epoch: those that are members when it begins, and newcomers whose first event
// approves the event by which such a member admits them. That is a function of the cone, so every node draws the same line at the
// same place; whether the admission also takes effect in the ledger, and so lasts beyond the epoch, is decided in order.
//
// A member admits so many newcomers in an epoch, counted along its chain; what it issues beyond admits nobody.
type admission struct {
	network *Network
	counts  []uint16                // by vertex: admissions of its key up to there
	admits  map[dag.Index]newcomer  // by the vertex that admits it
	tickets map[dag.Key][]dag.Index // the vertices that admit a key
}

// newcomer is who is admitted.
type newcomer struct {
	key, host dag.Key
	name      string
}

func newAdmission(n *Network) *admission {
	return &admission{
		network: n, counts: make([]uint16, dag.Roots),
		admits: map[dag.Index]newcomer{}, tickets: map[dag.Key][]dag.Index{},
	}
}

// Judge implements dag.Judge.
func (m *admission) Judge(a *dag.Arena, i dag.Index) error {
	if int(i) > len(m.counts) {
		return fmt.Errorf("%w: admission of vertex %d is asked for before that of %d", dag.ErrNotJudged, i, len(m.counts))
	}
	m.forget(i)
	v := a.Vertex(i)
	key := v.Event.Key()
	if m.network.Members[key].IsZero() && v.Prev == dag.NoIndex && !m.admitted(v.Approves, key) {
		return fmt.Errorf("key %s is not a member of this network, and the event does not approve one that admits it", key)
	}
	count := uint16(0)
	if v.Prev != dag.NoIndex {
		count = m.counts[v.Prev]
	}
	if v.Event.Kind() == governance.KindAdmit {
		count = m.admit(i, v.Event, count)
	}
	m.counts = append(m.counts, count)
	return nil
}

// forget drops what an event left behind that got index i before and was found invalid.
func (m *admission) forget(i dag.Index) {
	m.counts = m.counts[:i]
	if n, ok := m.admits[i]; ok {
		delete(m.admits, i)
		m.tickets[n.key] = slices.DeleteFunc(m.tickets[n.key], func(t dag.Index) bool { return t == i })
	}
}

// admitted reports whether one of the approved events admits a key.
func (m *admission) admitted(approves []dag.Index, key dag.Key) bool {
	for _, p := range approves {
		if n, ok := m.admits[p]; ok && n.key == key {
			return true
		}
	}
	return false
}

// admit notes whom an event admits, if it may, and returns the new count of its key.
func (m *admission) admit(i dag.Index, e *dag.Event, count uint16) uint16 {
	if m.network.Members[e.Key()].IsZero() || uint64(count) >= m.network.Admissions {
		return count
	}
	body, err := governance.DecodeAdmit(e.Body())
	if err != nil || body.Sponsor != e.Key() || body.Verify(m.network.ID) != nil {
		return count
	}
	m.admits[i] = newcomer{key: body.Event, host: body.Host, name: body.Name}
	m.tickets[body.Event] = append(m.tickets[body.Event], i)
	return count + 1
}

// Newcomer says that a member has admitted somebody to the network. It takes part from now on; from the next epoch on only if the
// admission took effect in the ledger.
type Newcomer struct {
	Key, Host dag.Key
	Name      string
	Sponsor   dag.Key
	Event     dag.ID
}

func (Newcomer) notice() {}

// Newcomers returns who was admitted in this epoch, as far as this node knows, in no particular order.
func (e *Engine) Newcomers() (list []Newcomer) {
	for i := range e.epoch.admission.admits { // order does not matter: each is told of by itself
		if e.graph.Has(i) && e.graph.Approvable(i) {
			list = append(list, e.newcomer(i))
		}
	}
	return list
}

// newcomer returns whom the event at i admits.
func (e *Engine) newcomer(i dag.Index) Newcomer {
	n, event := e.epoch.admission.admits[i], e.arena.Event(i)
	return Newcomer{Key: n.key, Host: n.host, Name: n.name, Sponsor: event.Key(), Event: event.ID()}
}

// welcome tells listeners of a newcomer.
func (e *Engine) welcome(i dag.Index, out *Effects) {
	if _, ok := e.epoch.admission.admits[i]; ok && e.graph.Approvable(i) {
		out.notice(e.newcomer(i))
	}
}

// ticket returns the event that this node's first event has to approve if it is not a member from the start of the epoch; false if
// nobody has admitted it as far as this node knows. Of several it is the one with the lowest id.
func (e *Engine) ticket() (dag.Index, bool) {
	best, found := dag.NoIndex, false
	for _, i := range e.epoch.admission.tickets[e.config.Self.Signer.Key()] {
		if e.graph.Has(i) && e.graph.Approvable(i) && (!found || e.arena.ID(i).Compare(e.arena.ID(best)) < 0) {
			best, found = i, true
		}
	}
	return best, found
}

// isMember reports whether this node's key takes part from the start of the epoch.
func (e *Engine) isMember() bool { return !e.network.Members[e.config.Self.Signer.Key()].IsZero() }

// isAdmitted reports whether this node's key may issue events in the epoch.
func (e *Engine) isAdmitted() bool {
	if e.isMember() || e.chain.any {
		return true
	}
	_, ok := e.ticket()
	return ok
}
