package governance

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// MaxDecided is how many decided proposals are remembered.
const MaxDecided = 64

// agenda lists the proposals by what is to be done about them.
type agenda struct {
	open     []item   // in the order in which they were proposed
	accepted []dag.ID // in the order in which they were accepted: they take effect in it
	decided  []dag.ID // effective or lapsed, the newest last
	leaving  keyList  // members that give up their seats at the end of the epoch
}

// item is an open proposal.
type item struct {
	id       dag.ID
	proposer dag.Key
}

// add lists a new proposal.
func (a *agenda) add(id dag.ID, proposer dag.Key) *ledger.Refusal {
	own := 0
	for _, i := range a.open {
		if i.proposer == proposer {
			own++
		}
	}
	if own >= MaxOpen || len(a.open)+len(a.accepted) >= MaxOpenInAll {
		return ledger.Refuse(ledger.StatusLimitReached, "%d of your proposals are open and %d in all, at most %d and %d are allowed: "+
			"wait until some are decided", own, len(a.open)+len(a.accepted), MaxOpen, MaxOpenInAll)
	}
	a.open = append(a.open, item{id, proposer})
	return nil
}

func (a *agenda) accept(id dag.ID) {
	a.close(id)
	a.accepted = append(a.accepted, id)
}

// close takes a proposal off the open ones.
func (a *agenda) close(id dag.ID) {
	a.open = slices.DeleteFunc(a.open, func(i item) bool { return i.id == id })
}

// remember lists a proposal as decided and returns those that are to be forgotten for it.
func (a *agenda) remember(id dag.ID) (forgotten []dag.ID) {
	a.decided = append(a.decided, id)
	surplus := max(0, len(a.decided)-MaxDecided)
	forgotten, a.decided = a.decided[:surplus], a.decided[surplus:]
	return forgotten
}

// agendaWire is the record of an agenda. Each list is one string of identifiers: those of open proposals stand in pairs.
type agendaWire struct {
	_                                struct{} `cbor:",toarray"`
	Open, Accepted, Decided, Leaving []byte
}

var agendaCodec = ledger.PayloadCodec[agendaWire]{
	Kind: agendaKey, MaxSize: ledger.MaxValueLength, Check: func(agendaWire) error { return nil },
}

// readAgenda returns an agenda of its own to the caller.
func readAgenda(v ledger.View) (a agenda) {
	b, _ := get(v, []byte(agendaKey), -1)
	wire, err := agendaCodec.Decode(b)
	if err != nil { // there is none yet
		return agenda{}
	}
	open := parseKeys(wire.Open)
	for i := 0; i+1 < len(open); i += 2 {
		a.open = append(a.open, item{dag.ID(open[i]), open[i+1]})
	}
	a.accepted, a.decided, a.leaving = parseIDs(wire.Accepted), parseIDs(wire.Decided), parseKeys(wire.Leaving)
	return a
}

func (b *books) putAgenda(a agenda) {
	var open keyList
	for _, i := range a.open {
		open = append(open, dag.Key(i.id), i.proposer)
	}
	value, err := agendaCodec.Encode(agendaWire{
		Open: open.record(), Accepted: idRecord(a.accepted), Decided: idRecord(a.decided), Leaving: a.leaving.record(),
	})
	if err != nil {
		b.fail(ledger.Refuse(ledger.StatusMalformedPayload, "%v", err))
		return
	}
	b.put([]byte(agendaKey), value)
}

func parseIDs(b []byte) []dag.ID {
	var out []dag.ID
	for _, key := range parseKeys(b) {
		out = append(out, dag.ID(key))
	}
	return out
}

func idRecord(ids []dag.ID) []byte {
	var out []byte
	for _, id := range ids {
		out = append(out, id[:]...)
	}
	return out
}

// Pending reports whether something waits for the epoch to be sealed that ought not to wait: an accepted proposal, or a member
// that gives up its seat.
func Pending(s *ledger.State) bool {
	a := readAgenda(s)
	return len(a.accepted) > 0 || len(a.leaving) > 0
}
