package record

import (
	"bytes"
	"fmt"
)

// Outcome is what a replay has found.
type Outcome struct {
	Header     Header
	Steps      uint64      // that were replayed, the making of the engine aside
	Ended      uint64      // the time of the last of them, ms since the Unix epoch
	Difference *Difference // the first; nil if all was the same
	// Truncated says that the record stops without an end: the gateway was killed, or the file cut. What came before counts.
	Truncated bool
	// Why says why the record ends, in words; empty if it is truncated.
	Why    string
	Failed string   // the error with which the recorded engine stopped in its last step, which is not replayed; else empty
	Commit uint64   // number of the newest commit
	Root   [32]byte // of the ledger's state
	Digest [32]byte // of all writes and effects: the same in every replay of one record by one program
}

// The kinds of differences.
const (
	WhatWrite   = "write"   // to storage
	WhatEffect  = "effect"  // broadcast, message, reply, notice or wake
	WhatRequest = "request" // for a signature or the keeping of a blob
	WhatState   = "state"   // of the ledger
	WhatError   = "error"   // the replayed engine failed
)

// Difference is the first thing that a replayed engine did otherwise than the recorded one.
type Difference struct {
	Step     uint64 // from 1; 0 for the making of the engine
	Time     uint64 // of the step, ms since the Unix epoch
	Input    string // its type and size, in words
	What     string // one of the constants
	Expected string // what was recorded
	Got      string // what the replay did instead
}

// String returns the difference in one line.
func (d *Difference) String() string {
	return fmt.Sprintf("step %d at %d, %s: another %s: recorded %s, replayed %s", d.Step, d.Time, d.Input, d.What, d.Expected, d.Got)
}

// differs compares the marks of a step with those that were recorded.
func (p *player) differs() *Difference {
	if p.first != nil {
		return p.first
	}
	if left := len(p.step.Answers) - p.asked; left > 0 {
		next := p.step.Answers[p.asked]
		return &Difference{What: WhatRequest, Expected: fmt.Sprintf("%s (about %x)", answerName(next.Kind), next.About), Got: "nothing more"}
	}
	for i := range max(len(p.step.Marks), len(p.tally.marks)) {
		if i >= len(p.step.Marks) || i >= len(p.tally.marks) || !p.step.Marks[i].equal(p.tally.marks[i]) {
			return p.markDiffers(i)
		}
	}
	if p.step.Count != p.tally.count || !bytes.Equal(p.step.Rest, p.tally.restHash()) {
		return &Difference{
			What: WhatWrite, Expected: fmt.Sprintf("%d writes and effects (hash %x)", p.step.Count, p.step.Rest),
			Got: fmt.Sprintf("%d (hash %x)", p.tally.count, p.tally.restHash()),
		}
	}
	return nil
}

// markDiffers describes mark i, which is not the same or there on one side only.
func (p *player) markDiffers(i int) *Difference {
	d := &Difference{What: WhatEffect, Expected: "nothing more", Got: "nothing more"}
	if i < len(p.step.Marks) {
		m := p.step.Marks[i]
		d.Expected = m.String()
		if m.isWrite() {
			d.What = WhatWrite
		}
	}
	if i < len(p.tally.marks) {
		m := p.tally.marks[i]
		d.Got = m.String() + ": " + detail(p.tally.contents[i])
		if m.isWrite() {
			d.What = WhatWrite
		}
	}
	return d
}

// isWrite reports whether a mark is of something that went into storage.
func (m mark) isWrite() bool { return m.Kind <= markBlob }
