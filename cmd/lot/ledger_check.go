package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/archive/audit"
	"github.com/ledgerofthings/lot/node/joining"
	"github.com/ledgerofthings/lot/node/store"
)

// ledgerCheckView is what `lot ledger check --json` prints.
type ledgerCheckView struct {
	Sound bool `json:"sound"`
	*audit.Report
	Rebuilt *archive.Rebuilt `json:"rebuilt,omitempty"`
	Repair  *audit.Repaired  `json:"repair,omitempty"`

	all bool // list every finding
}

func (p *program) ledgerCheckCommand() *cobra.Command {
	var repair, force, all, asJSON bool
	c := &cobra.Command{
		Use:   "check",
		Short: "Verify every record of the data folder, and repair what can be",
		Long: "Verify the data folder of a gateway that is off: that every record can be read, events with their ids, signatures and places, the\n" +
			"transparency log against what was signed, the state against its root, batches against anchors, devices and files, and the files\n" +
			"beside it. Equal faults are told together: what, where, what to do; --all lists each. The exit code is 0 if there is none, or if\n" +
			"all were repaired.\n\n" +
			"With --repair what is damaged is taken out, and at its next start the gateway works it out again or fetches only what is missing from\n" +
			"its peers. If the disk has damaged the database's own files, what can be read is copied into a new one, and the damaged one stays\n" +
			"beside it. What nobody else has stays as it is, unless --force puts it aside so that the gateway starts.",
		Args: wants(),
	}
	c.Flags().BoolVar(&repair, "repair", false, "take out what is damaged and can be had again")
	c.Flags().BoolVar(&force, "force", false, "with --repair: also put aside what cannot be had again")
	c.Flags().BoolVar(&all, "all", false, "list every fault, not the first ones of each kind")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if force && !repair {
			return usage(c, "--force goes with --repair")
		}
		view, err := p.ledgerCheck(c.Context(), repair, force)
		if err != nil {
			return err
		}
		view.all = all
		if err := p.emit(asJSON, view, func(w io.Writer) { printLedgerCheck(w, view) }); err != nil {
			return err
		}
		return view.verdict()
	}
	return c
}

// ledgerCheck checks and repairs. A database with damaged files is rebuilt first.
func (p *program) ledgerCheck(ctx context.Context, repair, force bool) (view ledgerCheckView, err error) {
	g, err := p.gateway()
	if err != nil {
		return view, err
	}
	if view, err = p.ledgerCheckOnce(ctx, g, repair, force); err == nil || !store.IsDamage(err) {
		return view, err
	}
	if !repair {
		return view, fail(exitFailure, "`lot ledger check --repair` copies what can be read into a new database, and keeps the damaged one", "%w", err)
	}
	rebuilt, err := archive.Rebuild(g.home.DataDir(), p.dataOptions(g, false), uint64(p.now().UnixMilli()))
	if err != nil {
		return view, fail(exitFailure, "restore a backup into a new folder", "%w", err)
	}
	view, err = p.ledgerCheckOnce(ctx, g, repair, force)
	view.Rebuilt = &rebuilt
	return view, err
}

func (p *program) ledgerCheckOnce(ctx context.Context, g *keeper, repair, force bool) (view ledgerCheckView, err error) {
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
	if err != nil {
		return view, err
	}
	p.checkFiles(g, view.Report)
	if view.Sound = view.Report.Sound(); !repair || view.Sound {
		return view, nil
	}
	done, err := audit.Repair(data, view.Report, uint64(p.now().UnixMilli()), force)
	view.Repair = &done
	return view, err
}

// checkFiles adds the faults of the files beside the data folder that are not needed to open it.
func (p *program) checkFiles(g *keeper, r *audit.Report) {
	now := func() uint64 { return uint64(p.now().UnixMilli()) }
	if _, err := joining.OpenFile(g.home.InvitationsPath(), now); err != nil {
		r.Findings = append(r.Findings, &audit.Finding{Kind: "file", Where: g.home.InvitationsPath(), What: err.Error(),
			Remedy: "take it from a backup, or move it away"})
	}
	if _, _, err := g.home.Pin(); err != nil {
		r.Findings = append(r.Findings, &audit.Finding{Kind: "file", Where: g.home.PinPath(), What: err.Error(), Remedy: "take it from a backup"})
	}
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
