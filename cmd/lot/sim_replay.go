package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/engine/record"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// replayView is what `lot sim replay --json` prints.
type replayView struct {
	Same       bool              `json:"same"` // whether the engine did the same in every step
	Steps      uint64            `json:"steps"`
	Program    string            `json:"program"`     // version of lot that recorded
	Replayer   string            `json:"replayed_by"` // version of this one
	Network    dag.NetworkID     `json:"network"`
	Key        dag.Key           `json:"key"`     // of the gateway
	Started    uint64            `json:"started"` // ms since the Unix epoch
	Ended      uint64            `json:"ended"`   // of the last step
	Commit     uint64            `json:"commit"`
	Root       string            `json:"state_root"` // hex
	Digest     string            `json:"digest"`     // hex, of all writes and effects
	Truncated  bool              `json:"truncated"`  // the record ends without an end, as after a kill
	Why        string            `json:"why"`        // the record ends
	Failed     string            `json:"failed,omitempty"`
	Damaged    string            `json:"damaged,omitempty"`
	Difference *replayDifference `json:"difference,omitempty"`
}

type replayDifference struct {
	Step     uint64 `json:"step"`
	Time     uint64 `json:"time"` // ms since the Unix epoch
	Input    string `json:"input"`
	What     string `json:"what"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
}

func (p *program) simReplayCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "replay FILE",
		Short: "Give a recorded gateway's inputs to this program and compare what it does",
		Long: "Replay a record that `lot up --record` wrote: an engine is given what the gateway's was given, and every write and every message of\n" +
			"it is compared. The first step that comes out otherwise is shown, and the exit code is 1. Nothing but the file is needed, and nothing\n" +
			"is sent anywhere. A record that breaks off, because the gateway was killed, is replayed up to its last whole step.\n\n" +
			"A record reveals as much as the gateway's data folder: the readings that it took, the names of its devices, its payments, its peers. It\n" +
			"holds no private key; of the keys that encrypt batches it holds those of the batches that were closed while it was written, whose\n" +
			"readings stand in it in plain already.",
		Args: wants("FILE"),
	}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		view, err := p.replay(c.Context(), args[0])
		if err != nil {
			return err
		}
		if err := p.emit(asJSON, view, view.print); err != nil {
			return err
		}
		return view.err(args[0])
	}
	return c
}

// replay replays a record. Damage of the record is part of the view.
func (p *program) replay(ctx context.Context, path string) (*replayView, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	defer func() { _ = file.Close() }() // it is only read
	outcome, err := record.Replay(file, record.Setup{
		Network: recordedNetwork, Storage: memstore.New(),
		Progress: func(uint64, uint64) error { return ctx.Err() },
	})
	view := viewReplay(outcome)
	switch {
	case errors.Is(err, record.ErrDamaged) && !outcome.Header.Network.IsZero():
		view.Same, view.Damaged = false, err.Error()
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return view, nil
}

// recordedNetwork makes the network that a record's genesis describes.
func recordedNetwork(h *record.Header) (engine.Network, error) {
	genesis, err := bootstrap.ParseGenesis(h.Genesis)
	if err != nil {
		return engine.Network{}, fmt.Errorf("%w: its genesis: %w", record.ErrFormat, err)
	}
	return node.NewNetwork(genesis)
}

func viewReplay(o *record.Outcome) *replayView {
	v := &replayView{
		Same: o.Difference == nil, Steps: o.Steps, Program: o.Header.Program, Replayer: version, Network: o.Header.Network, Key: o.Header.Key,
		Started: o.Header.Started, Ended: max(o.Ended, o.Header.Started), Commit: o.Commit, Root: hex.EncodeToString(o.Root[:]),
		Digest: hex.EncodeToString(o.Digest[:]), Truncated: o.Truncated, Why: o.Why, Failed: o.Failed,
	}
	if d := o.Difference; d != nil {
		v.Difference = &replayDifference{d.Step, d.Time, d.Input, d.What, d.Expected, d.Got}
	}
	return v
}

// print writes the outcome for people.
func (v *replayView) print(w io.Writer) {
	ended := v.Why
	switch {
	case v.Truncated:
		ended = "it breaks off here"
	case v.Damaged != "":
		ended = "it is damaged from here on"
	}
	fields(w, "Network", v.Network.String(), "Gateway", v.Key.String(), "Recorded by", "lot "+safe(v.Program), "Replayed by", v.replayer(),
		"From", moment(v.Started), "To", moment(v.Ended), "Steps", fmt.Sprint(v.Steps), "Record", ended,
		"Commit", fmt.Sprint(v.Commit), "State", v.Root, "Digest", v.Digest)
	if v.Failed != "" {
		fields(w, "Stopped by", v.Failed)
	}
	if d := v.Difference; d != nil {
		fmt.Fprintf(w, "\nStep %d, %s, %s:\n", d.Step, moment(d.Time), safe(d.Input))
		fields(w, "  Differs", d.What, "  Recorded", d.Expected, "  Replayed", d.Got)
		return
	}
	if v.Same {
		fmt.Fprint(w, "\nThe replay did the same in every step.\n")
	}
}

// replayer says which version replays, and whether it is another than the one that recorded.
func (v *replayView) replayer() string {
	if v.Program != v.Replayer {
		return "lot " + v.Replayer + ", another version, which may rightly decide otherwise"
	}
	return "lot " + v.Replayer
}

// moment is a time in ms since the Unix epoch, for people.
func moment(ms uint64) string {
	return time.UnixMilli(int64(ms)).UTC().Format("2006-01-02 15:04:05.000 MST")
}

// err returns the outcome as the program's.
func (v *replayView) err(path string) error {
	switch {
	case v.Damaged != "":
		return fail(exitFailure, "get the file again from its source; what came before the damage was replayed", "%s: %s", path, v.Damaged)
	case v.Difference != nil && v.Program != v.Replayer:
		return fail(exitFailure, "another version may rightly decide otherwise: replay it with the version that recorded",
			"step %d of %s comes out otherwise; it was recorded by lot %s, and this is %s", v.Difference.Step, path, v.Program, v.Replayer)
	case v.Difference != nil:
		return fail(exitFailure, "the program is not deterministic or was changed, or the record was: keep the file", "step %d of %s comes out otherwise",
			v.Difference.Step, path)
	}
	return nil
}
