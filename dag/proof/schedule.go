package proof

import "slices"

// maxOwed is how many seals a Schedule holds for a member that cannot sign: more epochs without a quorum are past help.
const maxOwed = 16

// Stillness is how long the newest commit must stand before a member signs it out of turn, in ms.
const Stillness = 300

// Due reports whether the commit that moves ledger time from previous to current (ms since the Unix epoch) calls for a
// checkpoint: the first one of each second of ledger time does. It depends on the order alone, so all members sign the
// same heads without talking about it.
func Due(previous, current uint64) bool { return current/1000 > previous/1000 }

// Schedule tells one member when to cosign. Heads that are Due come from the order. When the order stands still, the
// newest head is signed too, so that the last events before a silence get their proof; this never shifts what is due. It
// is a plain value; its owner asks it with each commit and again at Wake.
//
// The head of a seal is owed: only those who cosign in the epoch that it ends can sign it, and nobody signs a smaller head
// after a larger one. So until it is signed nothing larger is, through crashes too, and no seal is left without a quorum.
type Schedule struct {
	newest     TreeHead
	ledgerTime uint64     // of the newest commit, in ms since the Unix epoch
	seen       uint64     // when the newest commit was seen, by the member's own clock in ms
	signed     TreeHead   // the largest head that was signed
	owed       []TreeHead // heads of seals above signed, rising
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
	return due && s.unsigned() && len(s.owed) == 0
}

// Seal is Commit for the one that sealed an epoch in whose committee this member is; the head ends with the seal leaf. It is
// due whatever the time.
func (s *Schedule) Seal(now, ledgerTime uint64, head TreeHead) (sign bool) {
	s.newest, s.ledgerTime, s.seen = head, ledgerTime, now
	s.Owe(head)
	return len(s.owed) == 1 && s.owed[0] == head
}

// Owe notes at a node's start, by rising size, each seal that has no certificate yet and whose epoch has this member in its
// committee. One that was signed is not owed.
func (s *Schedule) Owe(seal TreeHead) {
	if seal.Size <= s.signed.Size || len(s.owed) > 0 && seal.Size <= s.owed[len(s.owed)-1].Size {
		return
	}
	first := max(0, len(s.owed)+1-maxOwed)
	s.owed = append(slices.Clone(s.owed[first:]), seal) // the copy leaves other copies of the schedule as they are
}

// Forget drops the seals below a size that are owed: their epochs are long over, and nobody waits for a signature on them any more.
func (s *Schedule) Forget(below uint64) {
	for len(s.owed) > 0 && s.owed[0].Size < below {
		s.owed = s.owed[1:]
	}
}

// Wake returns when to call Still next, in ms of the member's own clock, 0 for at once; false if there is nothing to wait for.
func (s *Schedule) Wake() (at uint64, ok bool) {
	if len(s.owed) > 0 {
		return 0, true
	}
	return s.seen + Stillness, s.unsigned()
}

// Still returns the head that is to be signed now: that of the earliest seal that is owed, or else the newest head if it is
// unsigned and has stood for the time of Stillness.
func (s *Schedule) Still(now uint64) (head TreeHead, sign bool) {
	if len(s.owed) > 0 {
		return s.owed[0], true
	}
	return s.newest, s.unsigned() && now >= s.seen+Stillness
}

// Signed notes that head was cosigned. The caller has persisted it before the cosignature leaves; of a seal it keeps the
// cosignature itself until there is a certificate, as it cannot be made again after a larger head was signed.
func (s *Schedule) Signed(head TreeHead) {
	if head.Size > s.signed.Size {
		s.signed = head
	}
	for len(s.owed) > 0 && s.owed[0].Size <= s.signed.Size {
		s.owed = s.owed[1:]
	}
}

// Last returns the largest head that was signed: what Cosign takes as last, and what is to be persisted.
func (s *Schedule) Last() TreeHead { return s.signed }

// unsigned reports whether the newest head is larger than all that were signed.
func (s *Schedule) unsigned() bool { return s.newest.Size > s.signed.Size }
