package proof

// Stillness is how long the newest commit must stand before a member signs it out of turn, in ms.
const Stillness = 300

// Due reports whether the commit that moves ledger time from previous to current (ms since the Unix epoch) calls for a
// checkpoint: the first one of each second of ledger time does. It depends on the order alone, so all members sign the
// same heads without talking about it.
func Due(previous, current uint64) bool { return current/1000 > previous/1000 }

// Schedule tells one member when to cosign. Heads that are Due come from the order. When the order stands still, the
// newest head is signed too, so that the last events before a silence get their proof; this never shifts what is due. It
// is a plain value; its owner asks it with each commit and again at Wake.
type Schedule struct {
	newest     TreeHead
	ledgerTime uint64   // of the newest commit, in ms since the Unix epoch
	seen       uint64   // when the newest commit was seen, by the member's own clock in ms
	signed     TreeHead // the largest head that was signed
}

// NewSchedule resumes at a node's start: the head and ledger time of its newest commit, the last head that it signed, as
// it persisted them (zero values at first), and its clock in ms since the Unix epoch.
func NewSchedule(newest TreeHead, ledgerTime uint64, signed TreeHead, now uint64) Schedule {
	return Schedule{newest: newest, ledgerTime: ledgerTime, signed: signed, seen: now}
}

// Commit notes a commit with its ledger time and the log's head after it, and reports whether that head is to be signed.
func (s *Schedule) Commit(now, ledgerTime uint64, head TreeHead) (sign bool) {
	due := Due(s.ledgerTime, ledgerTime)
	s.newest, s.ledgerTime, s.seen = head, ledgerTime, now
	return due && s.unsigned()
}

// Seal notes the commit that sealed an epoch, with its ledger time and the head that ends with the seal leaf. That head is
// due whatever the time, and it reports whether it is to be signed: only those who cosign in the epoch that ends can.
func (s *Schedule) Seal(now, ledgerTime uint64, head TreeHead) (sign bool) {
	s.newest, s.ledgerTime, s.seen = head, ledgerTime, now
	return s.unsigned()
}

// Wake returns when to call Still next, in ms of the member's own clock; false if there is nothing to wait for.
func (s *Schedule) Wake() (at uint64, ok bool) { return s.seen + Stillness, s.unsigned() }

// Still returns the newest head if it is unsigned and has stood for the time of Stillness.
func (s *Schedule) Still(now uint64) (head TreeHead, sign bool) {
	return s.newest, s.unsigned() && now >= s.seen+Stillness
}

// Signed notes that head was cosigned. The caller has persisted it before the cosignature leaves.
func (s *Schedule) Signed(head TreeHead) {
	if head.Size > s.signed.Size {
		s.signed = head
	}
}

// Last returns the largest head that was signed: what Cosign takes as last, and what is to be persisted.
func (s *Schedule) Last() TreeHead { return s.signed }

// unsigned reports whether the newest head is larger than all that were signed.
func (s *Schedule) unsigned() bool { return s.newest.Size > s.signed.Size }
