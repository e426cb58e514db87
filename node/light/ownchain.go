package light

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/query"
)

const (
	// confirmations is how many members of any kind must have told a light gateway how far its own chain goes, if members of more
	// than a third of the committee's weight have not.
	confirmations = 3
	// toldFor is how long what a peer told of tips is used, in ms.
	toldFor = 5_000
	// agreed is how many peers have to name a tip or a ticket for it to be approved, and to have taken an event.
	agreed = 2
)

// ownChain is this gateway's own chain of events in the epoch.
type ownChain struct {
	seq       uint64 // of the newest event; 0 for none
	last      dag.ID
	time      uint64 // ms, that it claims
	known     bool   // nothing more need be heard
	confirmed map[dag.Key]uint64
	conflict  bool   // a peer has an own event that is not the one here with that number
	askAt     uint64 // ms when peers are asked next
}

// chainRecord is what storage keeps of it.
type chainRecord struct {
	Epoch uint64 `cbor:"epoch"`
	Seq   uint64 `cbor:"seq"`
	Last  []byte `cbor:"last"`
	Time  uint64 `cbor:"time"`
}

func (m *Machine) loadChain() error {
	m.own.confirmed = map[dag.Key]uint64{}
	var r chainRecord
	if _, err := getRecord(m.storage, keyChain, &r); err != nil || r.Epoch != m.trust.epoch() {
		return err
	}
	m.own.seq, m.own.time = r.Seq, r.Time
	copy(m.own.last[:], r.Last)
	return nil
}

// extendChain notes the newest own event.
func (m *Machine) extendChain(e *dag.Event) error {
	m.own.seq, m.own.last, m.own.time = e.Seq(), e.ID(), e.Time()
	return putRecord(m.storage, keyChain, &chainRecord{Epoch: e.Epoch(), Seq: m.own.seq, Last: m.own.last[:], Time: m.own.time})
}

// enterChain begins a new chain. What was told was about another epoch.
func (m *Machine) enterChain() {
	m.own = ownChain{known: m.own.known, confirmed: map[dag.Key]uint64{}}
}

// told is what a peer said of this gateway's key.
type told struct {
	at     uint64 // ms; 0 for nothing
	asking bool
	tips   []dag.ID
	ticket dag.ID // zero for none
}

// fresh reports whether what was told can still be used.
func (t *told) fresh(now uint64) bool { return t.at != 0 && now < t.at+toldFor }

// tellDue asks the active peers how far the own chain goes: until enough have said so, and again before something is issued, since
// they also say what it may approve.
func (m *Machine) tellDue(now uint64, out *Effects) {
	if m.trust.head.Size == 0 || m.knowsChain() && m.queue.len() == 0 {
		return
	}
	if now < m.own.askAt {
		out.wake(m.own.askAt)
		return
	}
	m.own.askAt = now + m.config.Policy.Busy
	out.wake(m.own.askAt)
	left := len(m.peers.active)
	if m.own.known {
		left = agreed - len(m.tellers(now))
	}
	for ; left > 0; left-- {
		p := m.pick(now, func(p *peer) bool { return !p.told.asking && !p.told.fresh(now) })
		if p == nil {
			return
		}
		m.askStanding(p, out)
	}
}

func (m *Machine) askStanding(p *peer, out *Effects) {
	p.told.asking = true
	origin := m.trust.origin
	request := query.Request{Standing: &query.StandingRequest{Key: m.config.Self.Signer.Key()}}
	m.ask(p, request, out, func(now uint64, from *peer, a *query.Answer, _ string, out *Effects) error {
		if from == nil {
			return nil
		}
		from.told.asking = false
		switch {
		case a == nil || origin != m.trust.origin:
			return nil
		case a.Standing == nil:
			return m.accuse(now, from, errNothing, nil, out)
		case a.Standing.Epoch != origin.Epoch:
			m.follow.at = 0 // one of the two is behind
			return nil
		}
		if err := m.hearStanding(now, from, a.Standing); err != nil {
			return m.accuse(now, from, err, a.Standing.Head, out)
		}
		return nil
	})
}

// errStanding says that what a peer tells of the own chain cannot be.
var errStanding = errors.New("the peer tells what cannot be of this gateway's own events")

// hearStanding takes what a peer says of the own chain in the current epoch.
func (m *Machine) hearStanding(now uint64, p *peer, s *query.Standing) error {
	if s.Seal != m.trust.origin.Seal {
		return fmt.Errorf("%w: its epoch %d was opened by another seal", errStanding, s.Epoch)
	}
	if s.Seq > 0 {
		if err := m.hearOwn(s); err != nil {
			return err
		}
	}
	p.told = told{at: max(now, 1), tips: s.Tips}
	if len(s.Ticket) > 0 {
		ticket, err := m.checkTicket(s.Ticket)
		if err != nil {
			return fmt.Errorf("%w: %w", errStanding, err)
		}
		p.told.ticket = ticket
	}
	if !p.member.IsZero() {
		m.own.confirmed[p.member] = p.weight
	}
	return nil
}

// hearOwn takes an own event that a peer has. One that is not known here was issued by a later copy of this gateway's disk.
func (m *Machine) hearOwn(s *query.Standing) error {
	e, err := dag.Decode(s.Head)
	if err == nil {
		_, err = dag.Verify(e)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errStanding, err)
	case e.Key() != m.config.Self.Signer.Key() || e.Epoch() != m.trust.epoch() || e.Seq() != s.Seq || e.Network() != m.config.Network:
		return fmt.Errorf("%w: it shows event %s of %s", errStanding, e.ID(), e.Key())
	case e.Seq() > m.own.seq:
		return m.extendChain(e)
	case e.Seq() == m.own.seq && e.ID() != m.own.last:
		m.own.conflict = true
	}
	return nil
}

// checkTicket returns the id of an event that admits this gateway.
func (m *Machine) checkTicket(block []byte) (dag.ID, error) {
	e, err := dag.Decode(block)
	if err != nil {
		return dag.ID{}, err
	}
	if _, err := dag.Verify(e); err != nil {
		return dag.ID{}, err
	}
	admit, err := governance.DecodeAdmit(e.Body())
	if err != nil {
		return dag.ID{}, err
	}
	if e.Kind() != governance.KindAdmit || e.Epoch() != m.trust.epoch() || e.Network() != m.config.Network ||
		admit.Event != m.config.Self.Signer.Key() {
		return dag.ID{}, fmt.Errorf("event %s does not admit this gateway", e.ID())
	}
	return e.ID(), admit.Verify(m.config.Network)
}

// knowsChain reports whether the gateway may rely on knowing its own newest event: members of more than a third of the committee's
// weight have told, or several of any kind, or the operator says so.
func (m *Machine) knowsChain() bool {
	if m.own.known {
		return true
	}
	var weight uint64
	for _, w := range m.own.confirmed { // a sum: order does not matter
		weight += w
	}
	m.own.known = len(m.own.confirmed) >= confirmations || 3*weight > m.trust.committee.Total() && m.trust.pin.IsZero()
	return m.own.known
}
