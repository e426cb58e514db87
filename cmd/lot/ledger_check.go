package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/archive/audit"
	"github.com/ledgerofthings/lot/node/store"
)

// ledgerCheckView is what `lot ledger check --json` prints.
type ledgerCheckView struct {
	Sound bool `json:"sound"`
	*audit.Report
	Repair *audit.Repaired `json:"repair,omitempty"`
}

func (p *program) ledgerCheckCommand() *cobra.Command {
	var repair, force, asJSON bool
	c := &cobra.Command{
		Use:   "check",
		Short: "Verify every record of the data folder, and repair what can be",
		Long: "Verify the data folder of a gateway that is off: that every record can be read, events with their ids, signatures and places, the\n" +
			"transparency log against what was signed, the state against its root, batches against anchors, devices and files. Each fault is\n" +
			"a line: what, where, what to do. The exit code is 0 if there is none, or if all were repaired.\n\n" +
			"With --repair what is damaged is taken out, and at its next start the gateway works it out again or fetches only what is missing from\n" +
			"its peers. What nobody else has stays as it is, unless --force puts it aside so that the gateway starts.",
		Args: wants(),
	}
	c.Flags().BoolVar(&repair, "repair", false, "take out what is damaged and can be had again")
	c.Flags().BoolVar(&force, "force", false, "with --repair: also put aside what cannot be had again")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if force && !repair {
			return usage(c, "--force goes with --repair")
		}
		view, err := p.ledgerCheck(c.Context(), repair, force)
		if err != nil {
			return err
		}
		if err := p.emit(asJSON, view, func(w io.Writer) { printLedgerCheck(w, view) }); err != nil {
			return err
		}
		return view.verdict()
	}
	return c
}

func (p *program) ledgerCheck(ctx context.Context, repair, force bool) (view ledgerCheckView, err error) {
	g, err := p.gateway()
	if err != nil {
		return view, err
	}
	network, err := node.NewNetwork(g.genesis)
	if err != nil {
		return view, err
	}
	data, err := p.openData(g, !repair)
	if err != nil {
		return view, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	view.Report, err = audit.Check(ctx, data, audit.Options{
		Network: g.genesis.ID(), Key: g.key, First: network.Genesis, Cosigners: network.Cosigners, Progress: p.thousands("entries and batches"),
	})
	p.bar().clear()
	if errors.Is(err, store.ErrCorrupt) {
		return view, fail(exitFailure, "restore a backup into a new folder, or start with an empty one", "%w", err)
	}
	if err != nil {
		return view, err
	}
	if view.Sound = view.Report.Sound(); !repair || view.Sound {
		return view, nil
	}
	done, err := audit.Repair(data, view.Report, uint64(p.now().UnixMilli()), force)
	view.Repair = &done
	return view, err
}

// verdict returns an error if faults are left.
func (v *ledgerCheckView) verdict() error {
	total := uint64(len(v.Findings)) + v.More
	switch {
	case v.Sound:
		return nil
	case v.Repair == nil:
		return fail(exitFailure, "`lot ledger check --repair` does what can be done here", "the data folder has %s", faults(total))
	case v.More > 0:
		return fail(exitFailure, "check again: there are more than are repaired at once", "%s left", faults(v.More+uint64(v.Repair.Left)))
	case v.Repair.Left > 0:
		return fail(exitFailure, "the lines above say what to do about each", "%s left", faults(uint64(v.Repair.Left)))
	}
	return nil
}

// faults counts faults in words.
func faults(n uint64) string {
	if n == 1 {
		return "1 fault"
	}
	return count(n) + " faults"
}

func printLedgerCheck(w io.Writer, v ledgerCheckView) {
	for _, f := range v.Findings {
		fmt.Fprintln(w, safe(f.String()))
	}
	rows := [][]string{{"ENTRIES", "READ"}}
	for _, kind := range slices.Sorted(maps.Keys(v.Entries)) {
		rows = append(rows, []string{kind, count(v.Entries[kind])})
	}
	rows = append(rows, []string{"encrypted batch", count(v.Blobs)})
	table(w, rows...)
	switch {
	case v.Sound:
		fmt.Fprintln(w, "\nThe data folder is sound.")
	case v.Repair != nil:
		fmt.Fprintf(w, "\n%s repaired. The next `lot up` works out or fetches what is missing.\n", faults(uint64(v.Repair.Done)))
	}
}
