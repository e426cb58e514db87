package governance

import (
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Stage is how far a proposal has come.
type Stage uint64

// A proposal is open until a quorum has approved it, and then accepted until the epoch is sealed; or it lapses.
const (
	StageOpen      Stage = iota + 1 // approvals are counted
	StageAccepted                   // it takes effect when the epoch is sealed
	StageEffective                  // it took effect, but for what was skipped
	StageLapsed                     // it found no quorum in its time
)

var stageNames = [...]string{StageOpen: "open", StageAccepted: "accepted", StageEffective: "effective", StageLapsed: "lapsed"}

// String returns the text form, such as "accepted".
func (s Stage) String() string {
	if s == 0 || s >= Stage(len(stageNames)) {
		return "unknown"
	}
	return stageNames[s]
}

// MarshalText implements encoding.TextMarshaler.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Stage) UnmarshalText(text []byte) error {
	i := slices.Index(stageNames[:], string(text))
	if i <= 0 {
		return fmt.Errorf("stage of a proposal %.40q: want one of %q", text, stageNames[1:])
	}
	*s = Stage(i)
	return nil
}

// motion is a proposal as the state has it.
type motion struct {
	_         struct{} `cbor:",toarray"`
	Proposer  dag.Key
	Body      []byte // of the proposing event
	Expires   uint64
	Approvals []byte // a keyList, in the order in which they came
	Stage     Stage
	Epoch     uint64   // the first one for which it is effective; 0 before that
	Skipped   []uint64 // places of the actions that could not be done any more, from 0
}

var motionCodec = ledger.PayloadCodec[motion]{
	Kind: "proposal", MaxSize: ledger.MaxValueLength, Check: func(motion) error { return nil },
}

func proposalKey(id dag.ID) []byte { return entryKey(proposalPrefix, id[:]...) }

// readMotion returns a proposal and what it asks for.
func readMotion(v ledger.View, id dag.ID) (m motion, p *Propose, ok bool) {
	b, ok := get(v, proposalKey(id), -1)
	if !ok {
		return m, nil, false
	}
	m, err := motionCodec.Decode(b)
	if err != nil {
		return m, nil, false
	}
	p, err = DecodePropose(m.Body)
	return m, p, err == nil
}

func (b *books) putMotion(id dag.ID, m *motion) {
	value, err := motionCodec.Encode(*m)
	if err != nil {
		b.fail(ledger.Refuse(ledger.StatusMalformedPayload, "%v", err))
		return
	}
	b.put(proposalKey(id), value)
}

func (m *motion) approvals() keyList { return parseKeys(m.Approvals) }

// approved reports whether a member approves, or agreed to the seat that it is given.
func (m *motion) approved(event dag.Key) bool { return slices.Contains(m.approvals(), event) }

// tally is the state of a vote.
type tally struct {
	weight, needed uint64
	missing        []dag.Key // who has not agreed to take a seat
}

func (t tally) accepted() bool { return t.weight >= t.needed && len(t.missing) == 0 }

// count counts the approvals of the seats at hand; those of frozen keys count no more, though their weight is still part of the
// whole. Whoever is given a seat must have agreed, as the network might wait for it in vain otherwise.
func (m *motion) count(v ledger.View, f freezer, p *Propose) tally {
	seats := readSeats(v)
	t := tally{needed: seats.needed()}
	for _, key := range m.approvals() {
		if _, frozen := f.Frozen(key); !frozen {
			t.weight += seats.weight(key)
		}
	}
	for _, key := range p.joiners(v, seats) {
		if !m.approved(key) {
			t.missing = append(t.missing, key)
		}
	}
	return t
}

// joiners returns the members that would get a seat.
func (p *Propose) joiners(v ledger.View, seats committee) []dag.Key {
	var out []dag.Key
	for i := range p.Actions {
		a := &p.Actions[i]
		if a.Verb != VerbSeat || a.Weight == 0 || seats.weight(a.Member) > 0 || slices.Contains(out, a.Member) {
			continue
		}
		if _, ok := readRegistration(v, a.Member); ok {
			out = append(out, a.Member)
		}
	}
	return out
}
