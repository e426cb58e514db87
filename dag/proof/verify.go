package proof

import (
	"fmt"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// The steps of a verification, in their order.
const (
	StepCommittee  = "committee"  // who may sign is well-formed
	StepEpochs     = "epochs"     // the committee changed, each change signed by a quorum of the one before
	StepCheckpoint = "checkpoint" // a quorum of this network's committee signed the log's head
	StepEvent      = "event"      // the block is an event of this network, signed by its issuer
	StepLog        = "log"        // the log with that head holds the event and its outcome
	StepEffect     = "effect"     // what the event did; a no-op is no failure
	StepReading    = "reading"    // the event anchors a batch that holds the reading
)

// StepError says at which step a verification failed.
type StepError struct {
	Step string // one of the Step constants
	Err  error
}

// Error implements error.
func (e *StepError) Error() string { return fmt.Sprintf("proof refused at step %q: %v", e.Step, e.Err) }

// Unwrap returns what was wrong.
func (e *StepError) Unwrap() error { return e.Err }

// Step is what one step of a verification showed, in words for people.
type Step struct {
	Name    string
	Finding string
}

// Result is what a proof file proves.
type Result struct {
	Network    dag.NetworkID
	Checkpoint SignedCheckpoint
	Committee  Committee // that signed the checkpoint: the verifier's own, or the last one of the file's chain
	Total      uint64    // weight of the whole committee, beside Checkpoint.Weight
	Event      dag.Verified
	LogIndex   uint64
	Status     ledger.Status
	Reading    []byte // nil in the proof of an event alone
	Anchor     ledger.Anchor
	Steps      []Step
}

// Effective reports whether the event did what it says. If not, Status says why, and a reading counts as not anchored.
func (r *Result) Effective() bool { return r.Status == ledger.StatusApplied }

// Verify checks a proof against a network's committee, of genesis or of a seal that the verifier trusts, and says step by step
// what it shows, or fails with a *StepError. It needs nothing but its arguments. The device's own signature inside a reading is not looked at here.
func Verify(f *File, committee Committee) (*Result, error) {
	v := verification{file: f, committee: committee, result: &Result{Network: committee.Network, LogIndex: f.Event.Index}}
	steps := []struct {
		name  string
		check func() (finding string, err error)
	}{
		{StepCommittee, v.checkCommittee},
		{StepEpochs, v.checkEpochs},
		{StepCheckpoint, v.checkCheckpoint},
		{StepEvent, v.checkEvent},
		{StepLog, v.checkLog},
		{StepEffect, v.checkEffect},
		{StepReading, v.checkReading},
	}
	for _, step := range steps {
		finding, err := step.check()
		if err != nil {
			return nil, &StepError{Step: step.name, Err: err}
		}
		if finding != "" {
			v.result.Steps = append(v.result.Steps, Step{Name: step.name, Finding: finding})
		}
	}
	return v.result, nil
}

// verification is one run of Verify. Each check relies on those before it.
type verification struct {
	file      *File
	committee Committee // the verifier's
	result    *Result
}

func (v *verification) checkCommittee() (string, error) {
	if err := v.committee.Validate(); err != nil {
		return "", err
	}
	v.result.Committee, v.result.Total = v.committee, v.committee.Total()
	return fmt.Sprintf("network %s has %d members with weight %d", v.committee.Network, len(v.committee.Members), v.result.Total), nil
}

func (v *verification) checkEpochs() (string, error) {
	chain := v.file.Chain
	if len(chain) == 0 {
		return "", nil
	}
	_, committee, err := chain.Verify(v.committee.Network, v.committee)
	if err != nil {
		return "", err
	}
	v.result.Committee, v.result.Total = committee, committee.Total()
	return fmt.Sprintf("the committee is another by now: the seals of %d earlier epochs, each signed by more than two thirds of its own "+
		"committee, lead to the one of epoch %d with %d members of weight %d",
		len(chain), committee.Epoch, len(committee.Members), v.result.Total), nil
}

func (v *verification) checkCheckpoint() (string, error) {
	signed, err := v.file.Chain.openAfter(v.file.Checkpoint, v.result.Committee)
	if err != nil {
		return "", err
	}
	v.result.Checkpoint = signed
	first, last := signed.SignedBetween()
	return fmt.Sprintf("%d of %d members, with weight %d of %d, signed the log at size %d with root %s, by their clocks from %s to %s",
		len(signed.cosignatures), len(v.result.Committee.Members), signed.weight, v.result.Total, signed.Size, signed.Root,
		clock(first), clock(last)), nil
}

func (v *verification) checkEvent() (string, error) {
	e, err := dag.Decode(v.file.Event.Block)
	if err != nil {
		return "", err
	}
	if e.Network() != v.committee.Network {
		return "", fmt.Errorf("event %s: %w: %s", e.ID(), ErrOtherNetwork, e.Network())
	}
	if v.result.Event, err = dag.Verify(e); err != nil {
		return "", err
	}
	return fmt.Sprintf("event %s of kind %q is number %d of key %s, whose signature holds", e.ID(), e.Kind(), e.Seq(), e.Key()), nil
}

func (v *verification) checkLog() (string, error) {
	part := v.file.Event
	v.result.Status = ledger.Status(part.Status)
	leaf := EventLeaf{Event: v.result.Event.ID(), Status: v.result.Status}
	if err := CheckInclusion(v.result.Checkpoint.TreeHead, part.Index, leaf.Hash(), part.Path); err != nil {
		return "", err
	}
	return fmt.Sprintf("the log holds the event at index %d of %d, with outcome %q",
		part.Index, v.result.Checkpoint.Size, v.result.Status), nil
}

func (v *verification) checkEffect() (string, error) {
	if v.result.Effective() {
		return "the event took effect", nil
	}
	return fmt.Sprintf("the event had NO EFFECT when its turn came (%s): the order has it, but it changed nothing",
		v.result.Status), nil
}

func (v *verification) checkReading() (string, error) {
	part := v.file.Reading
	if part == nil {
		return "", nil
	}
	anchor, err := decodeAnchor(v.result.Event.Event)
	if err != nil {
		return "", err
	}
	if err := CheckReading(anchor, part.Index, part.Bytes, part.Path); err != nil {
		return "", err
	}
	v.result.Anchor, v.result.Reading = anchor, part.Bytes
	verb := "anchors"
	if !v.result.Effective() {
		verb = "names, without effect,"
	}
	return fmt.Sprintf("the event %s a batch of %d readings, of which the one at index %d is these %d bytes", verb, anchor.Count,
		part.Index, len(part.Bytes)), nil
}

// clock writes a time in s since the Unix epoch for people.
func clock(seconds uint64) string { return time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339) }
