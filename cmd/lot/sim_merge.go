package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim/sweep"
)

func (p *program) simMergeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "merge OUT [DIR ...]",
		Short: "Join the folders of a sweep that was run in parts",
		Long: "Copy the complete runs of the folders DIR into the folder OUT, and write the tables over all of them. Each run is checked against its\n" +
			"manifest. Where several machines wrote to one folder, name that alone: only the tables are written then.",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(c, "missing: OUT")
			}
			return nil
		},
	}
	c.RunE = func(_ *cobra.Command, args []string) error {
		summary, err := sweep.Merge(args[0], args[1:]...)
		switch {
		case errors.Is(err, sweep.ErrDiffers):
			return fail(exitFailure, "one of the machines is faulty, or the two programs of one version are not the same", "%w", err)
		case errors.Is(err, sweep.ErrNoSweep):
			return fail(exitFailure, "name folders that `lot sim sweep` wrote", "%w", err)
		case err != nil:
			return stored(err)
		}
		return p.sweepSummary(args[0], summary)
	}
	return c
}
