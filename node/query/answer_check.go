package query

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
	"github.com/ledgerofthings/lot/dag/proof"
)

func (h *Head) present() bool        { return h != nil }
func (s *State) present() bool       { return s != nil }
func (e *Events) present() bool      { return e != nil }
func (s *Standing) present() bool    { return s != nil }
func (s *Submitted) present() bool   { return s != nil }
func (c *Consistency) present() bool { return c != nil }
func (r *Refusal) present() bool     { return r != nil }

func (h *Head) check() error {
	switch {
	case len(h.Chain) > 0 && len(h.Note) > 0:
		return errors.New("both certificates and a checkpoint")
	case len(h.Note) > proof.MaxNoteSize || (len(h.Note) > 0) != (len(h.Leaf) > 0):
		return fmt.Errorf("a checkpoint of %d bytes with a leaf of %d", len(h.Note), len(h.Leaf))
	case len(h.Note) == 0 && len(h.Path) > 0 || len(h.Note)+len(h.Chain) == 0 && len(h.Growth) > 0:
		return errors.New("a path that leads nowhere")
	}
	return errors.Join(h.Path.check(), h.Growth.check())
}

func (s *State) check() error {
	if len(s.Entries) == 0 || len(s.Entries) > MaxItems {
		return fmt.Errorf("%d entries, want 1 to %d", len(s.Entries), MaxItems)
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		if len(e.Way) > merklemap.MaxProofSize || !e.Present && len(e.Value) > 0 {
			return fmt.Errorf("entry %d: a way of %d bytes to a value of %d", i, len(e.Way), len(e.Value))
		}
	}
	return nil
}

func (e *Events) check() error {
	if len(e.Events) == 0 || len(e.Events) > MaxItems {
		return fmt.Errorf("%d events, want 1 to %d", len(e.Events), MaxItems)
	}
	for i := range e.Events {
		if err := e.Events[i].check(); err != nil {
			return fmt.Errorf("event %d: %w", i, err)
		}
	}
	return nil
}

func (e *Event) check() error {
	ordered := e.State == EventOrdered
	switch e.State {
	case EventUnknown, EventAttached, EventPending, EventOrdered, EventVoid:
	default:
		return fmt.Errorf("unknown state %.20q", e.State)
	}
	switch {
	case !ordered && (e.Status != 0 || e.Index != 0 || len(e.Path) > 0):
		return errors.New("a place in the log without being ordered")
	case e.Index > dag.MaxInteger || len(e.Block) > dag.MaxEventSize:
		return fmt.Errorf("index %d, block of %d bytes", e.Index, len(e.Block))
	case e.State != EventVoid && !e.Successor.IsZero():
		return errors.New("a successor of an event that is not void")
	}
	return errors.Join(e.Path.check(), checkText(e.Why))
}

func (s *Standing) check() error {
	switch {
	case s.Epoch < dag.FirstEpoch || s.Epoch > dag.MaxInteger || s.Seq > dag.MaxInteger:
		return fmt.Errorf("epoch %d or seq %d out of range", s.Epoch, s.Seq)
	case (s.Seq > 0) != (len(s.Head) > 0):
		return fmt.Errorf("seq %d with an event of %d bytes", s.Seq, len(s.Head))
	case len(s.Head) > dag.MaxEventSize || len(s.Ticket) > dag.MaxEventSize || len(s.Tips) > MaxTips:
		return fmt.Errorf("an event of %d or %d bytes, or %d tips", len(s.Head), len(s.Ticket), len(s.Tips))
	}
	return nil
}

func (s *Submitted) check() error {
	if len(s.Events) == 0 || len(s.Events) > MaxItems {
		return fmt.Errorf("%d events, want 1 to %d", len(s.Events), MaxItems)
	}
	for i := range s.Events {
		if s.Events[i].Attached && s.Events[i].Why != "" {
			return errors.New("a reason against what was done")
		}
		if err := checkText(s.Events[i].Why); err != nil {
			return err
		}
	}
	return nil
}

func (c *Consistency) check() error { return c.Path.check() }

func (r *Refusal) check() error {
	switch r.Reason {
	case Malformed, Busy, Gone, Refused, Unavailable:
		return checkText(r.Detail)
	}
	return fmt.Errorf("unknown reason %.20q", string(r.Reason))
}

func checkText(text string) error {
	if len(text) > MaxDetail || !utf8.ValidString(text) {
		return fmt.Errorf("a text of %d bytes, at most %d of UTF-8 are allowed", len(text), MaxDetail)
	}
	return nil
}
