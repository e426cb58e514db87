package ledger

import "github.com/ledgerofthings/lot/dag"

// Deadline is when something is to happen without anybody's event: when a commit is opened at whose ledger time, and
// number of checkpoints, both are reached. Time alone would run out while the network is down; checkpoints alone can be
// hurried.
type Deadline struct {
	Time        uint64 // ledger time in ms since the Unix epoch, from 1
	Checkpoints uint64 // as State.Checkpoints counts them; 0 asks for none
}

// pending is a deadline with where it waits.
type pending struct {
	Deadline
	timeCame bool // the time was reached, the checkpoints were not
}

func (d pending) record() []byte {
	if d.timeCame {
		return record(d.Time, d.Checkpoints, 1)
	}
	return record(d.Time, d.Checkpoints, 0)
}

func parsePending(b []byte) pending {
	return pending{Deadline{Time: integer(b, 0), Checkpoints: integer(b, 1)}, integer(b, 2) == 1}
}

func deadlineKey(module string, id []byte) []byte { return entryKey(deadlinePrefix+module+"/", id) }

// SetDeadline sets one of the module's deadlines, in place of the one with the same id if there is one. When it is due the
// module's Expire is called with the id. A time that has passed already makes it due with the next commit. Once the time
// has come the committee works until the checkpoints are reached, so ask for few more than there are. The id is the
// module's choice, of at most MaxKeyLength bytes.
func (tx *Tx) SetDeadline(id []byte, d Deadline) *Refusal {
	if r := checkLength(id); r != nil {
		return r
	}
	if d.Time > dag.MaxInteger || d.Checkpoints > dag.MaxInteger {
		return Refuse(StatusOverflow, "deadline at %d ms and %d checkpoints", d.Time, d.Checkpoints)
	}
	d.Time = max(d.Time, 1)
	tx.ClearDeadline(id)
	tx.setPending(id, pending{Deadline: d})
	return nil
}

// ClearDeadline removes one of the module's deadlines, if it is there.
func (tx *Tx) ClearDeadline(id []byte) {
	key := deadlineKey(tx.module, id)
	b, ok := tx.entries.Get(key)
	if !ok {
		return
	}
	tx.entries = tx.entries.Delete(key)
	tx.deadlines = tx.deadlines.without(tx.module, string(id), parsePending(b))
}

// Deadline returns one of the module's deadlines.
func (tx *Tx) Deadline(id []byte) (d Deadline, ok bool) {
	b, ok := tx.entries.Get(deadlineKey(tx.module, id))
	if !ok {
		return Deadline{}, false
	}
	return parsePending(b).Deadline, true
}

func (tx *Tx) setPending(id []byte, d pending) {
	tx.entries = tx.entries.Set(deadlineKey(tx.module, id), d.record())
	tx.deadlines = tx.deadlines.with(tx.module, string(id), d)
}

// Due returns when the earliest deadline is due, in ms since the Unix epoch; 0 if there is none. It is Time, and not less,
// when the time of one has come already: then there is work that only further commits do, since what is missing is
// checkpoints, or the turn of what was more than MaxDuePerCommit.
func (s *State) Due() uint64 {
	if s.deadlines.byCheckpoints.Len() > 0 {
		return s.head.time
	}
	_, d, ok := first(s.deadlines.byTime)
	if !ok {
		return 0
	}
	return max(d.Time, s.head.time)
}
