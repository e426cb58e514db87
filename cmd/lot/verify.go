package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/home"
)

// Steps of a verification besides those of package proof.
const (
	stepFile   = "file"   // the bytes are a proof file
	stepDevice = "device" // the device itself signed the reading
)

// verdict is what `lot verify --json` prints.
type verdict struct {
	OK         bool            `json:"ok"`        // whether every step holds
	Effective  bool            `json:"effective"` // whether the event did what it says
	Network    dag.NetworkID   `json:"network"`
	Name       string          `json:"name"` // of the network
	Steps      []verdictStep   `json:"steps"`
	Failed     *verdictFailure `json:"failed,omitempty"`
	Event      *verdictEvent   `json:"event,omitempty"`
	Checkpoint *verdictLog     `json:"checkpoint,omitempty"`
	Reading    *verdictReading `json:"reading,omitempty"`
}

type verdictStep struct {
	Name    string `json:"name"`
	Finding string `json:"finding"`
}

type verdictFailure struct {
	Step   string `json:"step"`
	Reason string `json:"reason"`
	Hint   string `json:"hint,omitempty"`
}

type verdictEvent struct {
	ID       dag.ID  `json:"id"`
	Kind     string  `json:"kind"`
	Key      dag.Key `json:"key"`
	Seq      uint64  `json:"seq"`
	Status   string  `json:"status"`
	LogIndex uint64  `json:"log_index"`
}

type verdictLog struct {
	Size        uint64 `json:"size"`
	Root        string `json:"root"`
	Weight      uint64 `json:"weight"` // that signed
	Total       uint64 `json:"total"`
	SignedFirst uint64 `json:"signed_first"` // by the signers' clocks, s since the Unix epoch
	SignedLast  uint64 `json:"signed_last"`
}

type verdictReading struct {
	Device dag.Key         `json:"device"`
	Seq    uint64          `json:"seq"`
	Time   uint64          `json:"time"` // ms since the Unix epoch, by the device's clock
	Sensor string          `json:"sensortype"`
	Value  json.RawMessage `json:"value"`
	Unit   string          `json:"unit"`
}

func (p *program) verifyCommand() *cobra.Command {
	var genesis string
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify FILE --genesis GENESIS",
		Short: "Check a proof file without any gateway or network",
		Long: "Check every step of a proof: that more than two thirds of the network's committee signed a checkpoint of the log, that the log\n" +
			"holds the event, that the event anchors the batch with the reading, and that the device signed the reading. Nothing but the\n" +
			"two files is needed, and nothing but the genesis is trusted.",
		Args: wants("FILE"),
	}
	c.Flags().StringVar(&genesis, "genesis", "", "the `FILE` with the network's genesis (default: genesis.toml in the data folder)")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		g, err := p.genesis(genesis)
		if errors.Is(err, home.ErrNoNetwork) {
			return usage(c, "missing: --genesis, and there is none in the data folder")
		}
		if err != nil {
			return err
		}
		content, err := p.readInput(args[0], proof.MaxFileSize)
		if err != nil {
			return err
		}
		v := judge(content, g)
		if err := p.emit(asJSON, v, func(w io.Writer) { v.print(w) }); err != nil {
			return err
		}
		return v.err(args[0])
	}
	return c
}

// judge verifies a proof file against a network.
func judge(content []byte, g *bootstrap.Genesis) *verdict {
	v := &verdict{Network: g.ID(), Name: g.Name(), Steps: []verdictStep{}}
	file, err := proof.Parse(content)
	if err != nil {
		return v.fail(stepFile, err)
	}
	result, err := proof.Verify(file, node.Cosigners(g))
	var step *proof.StepError
	if errors.As(err, &step) {
		return v.fail(step.Step, step.Err)
	}
	if err != nil {
		return v.fail(stepFile, err)
	}
	v.take(result)
	if result.Reading != nil {
		if err := v.checkDevice(result.Reading); err != nil {
			return v.fail(stepDevice, err)
		}
	}
	v.OK = true
	return v
}

// take notes what package proof found.
func (v *verdict) take(r *proof.Result) {
	for _, step := range r.Steps {
		v.Steps = append(v.Steps, verdictStep{step.Name, step.Finding})
	}
	v.Effective = r.Effective()
	e, c := r.Event, r.Checkpoint
	v.Event = &verdictEvent{e.ID(), e.Kind(), e.Key(), e.Seq(), r.Status.String(), r.LogIndex}
	first, last := c.SignedBetween()
	v.Checkpoint = &verdictLog{c.Size, c.Root.String(), c.Weight(), r.Total, first, last}
}

// checkDevice checks the device's own signature, which the ledger does not look at.
func (v *verdict) checkDevice(raw []byte) error {
	r, err := reading.Parse(raw)
	if err != nil {
		return err
	}
	if _, err := reading.Verify(r); err != nil {
		return err
	}
	v.Reading = &verdictReading{r.Device(), r.Seq(), r.Time(), r.Sensor(), json.RawMessage(r.Number()), r.Unit()}
	v.Steps = append(v.Steps, verdictStep{stepDevice, fmt.Sprintf("reading %d of %s is signed by the device: %s %s %s at %s",
		r.Seq(), r.Device(), r.Sensor(), r.Number(), r.Unit(), time.UnixMilli(int64(r.Time())).UTC().Format(time.RFC3339))})
	return nil
}

// fail notes the step that does not hold.
func (v *verdict) fail(step string, err error) *verdict {
	v.Failed = &verdictFailure{Step: step, Reason: err.Error()}
	switch {
	case errors.Is(err, proof.ErrOtherNetwork):
		v.Failed.Hint = "the proof may be good: give the genesis of the network that it names"
	case errors.Is(err, proof.ErrUnknownSigner) || errors.Is(err, dag.ErrSignature) || errors.Is(err, proof.ErrInclusion):
		v.Failed.Hint = "something in the file was changed after it was made, or it never was a proof; get it again from its source"
	}
	return v
}

// print writes the steps for people.
func (v *verdict) print(w io.Writer) {
	for _, step := range v.Steps {
		fmt.Fprintf(w, "ok      %-10s  %s\n", step.Name, safe(step.Finding))
	}
	switch {
	case v.Failed != nil:
		fmt.Fprintf(w, "FAILED  %-10s  %s\n", v.Failed.Step, safe(v.Failed.Reason))
	case v.Effective:
		fmt.Fprintf(w, "The proof holds in network %q.\n", v.Name)
	default:
		fmt.Fprintf(w, "The proof holds in network %q: of an event that had no effect.\n", v.Name)
	}
}

// err returns the verdict as the program's outcome.
func (v *verdict) err(path string) error {
	switch {
	case v.Failed != nil:
		return fail(exitFailure, v.Failed.Hint, "%s is refused at step %q", path, v.Failed.Step)
	case !v.Effective:
		return fail(exitNoEffect, "what it says does not count, although it is on the ledger", "the event in %s had no effect: %s", path, v.Event.Status)
	}
	return nil
}
