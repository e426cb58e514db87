package docs

import (
	"bytes"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

// agendaRecord and motionRecord are the entries about proposals: section 8.
type (
	agendaRecord struct {
		_                                struct{} `cbor:",toarray"`
		Open, Accepted, Decided, Leaving []byte
	}
	motionRecord struct {
		_         struct{} `cbor:",toarray"`
		Proposer  []byte
		Body      []byte
		Expires   uint64
		Approvals []byte
		Stage     uint64
		Epoch     uint64
		Skipped   []uint64
	}
	action struct {
		Verb   string
		Member []byte
		Weight uint64
	}
)

// week is for how long a proposal is open that does not say so.
const week = 7 * 86_400_000

func (b books) agenda() (a agendaRecord, err error) {
	if record, ok := b[governed("agenda")]; ok {
		err = cbor.Unmarshal(record, &a)
	}
	return a, err
}

// write encodes a record. Here the page makes a difference between nothing and an empty list.
func (b books) write(key string, record any) (err error) {
	b[key], err = cbor.Marshal(record)
	return err
}

// writeAgenda encodes the agenda: lists of events that are empty are null, of others empty byte strings.
func (b books) writeAgenda(a agendaRecord) error {
	for list, empty := range map[*[]byte][]byte{&a.Open: {}, &a.Accepted: nil, &a.Decided: nil, &a.Leaving: {}} {
		if len(*list) == 0 {
			*list = empty
		}
	}
	return b.write(governed("agenda"), a)
}

// propose notes a proposal.
func (b books) propose(a act) error {
	var body struct {
		Actions []action
		Expires uint64
	}
	if err := cbor.Unmarshal(a.body, &body); err != nil {
		return err
	}
	if body.Expires == 0 {
		body.Expires = b.integer("ledger/head", 0) + week
	}
	agenda, err := b.agenda()
	if err != nil {
		return err
	}
	agenda.Open = bytes.Join([][]byte{agenda.Open, a.id[:], a.key[:]}, nil)
	if err := b.writeAgenda(agenda); err != nil {
		return err
	}
	b["deadline/"+governed("proposal/", a.id[:])] = integers(body.Expires, 0, 0)
	return b.decide(a.id, motionRecord{Proposer: a.key[:], Body: a.body, Expires: body.Expires, Approvals: a.key[:], Stage: 1})
}

// approve counts an approval.
func (b books) approve(a act) error {
	var body struct{ Proposal []byte }
	if err := cbor.Unmarshal(a.body, &body); err != nil {
		return err
	}
	var m motionRecord
	if err := cbor.Unmarshal(b[governed("proposal/", body.Proposal)], &m); err != nil {
		return err
	}
	m.Approvals = append(slices.Clone(m.Approvals), a.key[:]...)
	return b.decide([32]byte(body.Proposal), m)
}

// decide accepts a proposal that enough approve.
func (b books) decide(id [32]byte, m motionRecord) error {
	actions, err := m.actions()
	if err != nil {
		return err
	}
	var weight, total uint64
	seats := b.seats()
	for _, s := range seats {
		total += s.weight
		if m.approved(s.event[:]) {
			weight += s.weight
		}
	}
	agreed := !slices.ContainsFunc(actions, func(a action) bool {
		hasSeat := slices.ContainsFunc(seats, func(s place) bool { return bytes.Equal(s.event[:], a.Member) })
		return a.Weight > 0 && !hasSeat && !m.approved(a.Member)
	})
	if 3*weight > 2*total && agreed {
		m.Stage = 2
		delete(b, "deadline/"+governed("proposal/", id[:]))
		agenda, err := b.agenda()
		if err != nil {
			return err
		}
		agenda.Open = slices.Concat(slices.Collect(func(yield func([]byte) bool) {
			for pair := range slices.Chunk(agenda.Open, 64) {
				if !bytes.Equal(pair[:32], id[:]) && !yield(pair) {
					return
				}
			}
		})...)
		agenda.Accepted = append(slices.Clone(agenda.Accepted), id[:]...)
		if err := b.writeAgenda(agenda); err != nil {
			return err
		}
	}
	return b.write(governed("proposal/", id[:]), m)
}

func (m motionRecord) actions() ([]action, error) {
	var body struct{ Actions []action }
	err := cbor.Unmarshal(m.Body, &body)
	return body.Actions, err
}

func (m motionRecord) approved(event []byte) bool {
	for key := range slices.Chunk(m.Approvals, 32) {
		if bytes.Equal(key, event) {
			return true
		}
	}
	return false
}

// place is a seat.
type place struct {
	event  [32]byte
	weight uint64
}

func (b books) seats() (out []place) {
	for at := range slices.Chunk(b[governed("seats")], 40) {
		s := books{"": at[32:]}
		out = append(out, place{[32]byte(at), s.integer("", 0)})
	}
	return out
}

// give puts a seat among the others, in rising order of the event keys; without weight it takes it away.
func (b books) give(event []byte, weight uint64) {
	seats := slices.DeleteFunc(b.seats(), func(s place) bool { return bytes.Equal(s.event[:], event) })
	if weight > 0 {
		seats = append(seats, place{[32]byte(event), weight})
	}
	slices.SortFunc(seats, func(x, y place) int { return bytes.Compare(x.event[:], y.event[:]) })
	var record []byte
	for _, s := range seats {
		record = append(append(record, s.event[:]...), be64(s.weight)...)
	}
	b[governed("seats")] = record
}

// pending reports whether an accepted proposal waits for the end of the epoch.
func (b books) pending() bool {
	agenda, err := b.agenda()
	return err == nil && len(agenda.Accepted)+len(agenda.Leaving) > 0
}

// seal ends the epoch: what was accepted takes effect.
func (b books) seal() error {
	epoch := b.integer(governed("terms"), 0) + 1
	b.set(governed("terms"), 0, epoch)
	agenda, err := b.agenda()
	if err != nil {
		return err
	}
	for id := range slices.Chunk(agenda.Accepted, 32) {
		var m motionRecord
		if err := cbor.Unmarshal(b[governed("proposal/", id)], &m); err != nil {
			return err
		}
		actions, err := m.actions()
		if err != nil {
			return err
		}
		for _, a := range actions {
			b.give(a.Member, a.Weight)
		}
		m.Stage, m.Epoch = 3, epoch
		if err := b.write(governed("proposal/", id), m); err != nil {
			return err
		}
	}
	agenda.Decided, agenda.Accepted, agenda.Leaving = append(agenda.Decided, agenda.Accepted...), nil, nil
	return b.writeAgenda(agenda)
}

// root is the state's root: section 8.
func (b books) root() [32]byte {
	var entries []mapEntry
	for key, value := range b {
		entries = append(entries, mapEntry{sum([]byte(key)), value})
	}
	return mapRoot(entries)
}
