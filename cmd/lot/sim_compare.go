package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim/sweep"
)

func (p *program) simCompareCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "compare DIR DIR",
		Short: "Say whether two runs have the same tables, byte for byte, and else which row differs first",
		Args:  wants("DIR", "DIR"),
	}
	jsonFlag(c, &asJSON)
	c.RunE = func(_ *cobra.Command, args []string) error {
		comparison, err := sweep.Compare(args[0], args[1])
		if err != nil {
			return err
		}
		if err := p.emit(asJSON, comparison, func(w io.Writer) { printComparison(w, comparison) }); err != nil {
			return err
		}
		if n := len(comparison.Differences); n > 0 {
			return fail(exitFailure, "", "%d of %d tables differ", n, comparison.Tables)
		}
		return nil
	}
	return c
}

func printComparison(w io.Writer, c sweep.Comparison) {
	if len(c.Differences) == 0 {
		fmt.Fprintf(w, "All %d tables are the same, byte for byte.\n", c.Tables)
	}
	for _, d := range c.Differences {
		fmt.Fprintln(w, safe(d.String()))
	}
	if !c.SameScenario {
		fmt.Fprintln(w, "The scenarios or the seeds differ.")
	}
	if !c.SameVersion {
		fmt.Fprintln(w, "The runs are of two versions of the program.")
	}
}
