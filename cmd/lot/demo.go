package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/demo"
)

func (p *program) demoCommand() *cobra.Command {
	var o demo.Options
	var sabotage string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show five gateways and twenty devices at work on this machine",
		Long: "Start five gateways as separate processes, let twenty simulated devices publish signed readings to them, and show what\n" +
			"becomes of these. Every thing that is shown is also checked: the exit code is 0 only if all of it held. It goes on until\n" +
			"Ctrl-C, or as long as --for says.",
		Args: wants(),
	}
	c.Flags().DurationVar(&o.For, "for", 0, "stop after this time, such as 30s (default: at Ctrl-C)")
	c.Flags().BoolVar(&o.Once, "once", false, "stop as soon as everything was shown")
	c.Flags().StringVar(&o.CSV, "csv", "", "replay the series in this folder of CSV files (timestamp,value) instead of simulated sensors")
	c.Flags().StringVar(&o.Dir, "dir", "", "keep the gateways' folders here (default: a temporary folder, of which only proof and genesis stay)")
	c.Flags().StringVar(&sabotage, "break", "", "sabotage one claim, to see that the demo notices")
	_ = c.Flags().MarkHidden("break") // for tests; the flag exists
	c.RunE = func(c *cobra.Command, _ []string) error {
		if o.For < 0 {
			return usage(c, "--for %s: want a time above 0", o.For)
		}
		o.Break = demo.Claim(sabotage)
		if sabotage != "" && !demo.IsClaim(o.Break) {
			return usage(c, "--break %q: there is no such claim; there are %v", sabotage, demo.Claims)
		}
		var err error
		if o.Program, err = os.Executable(); err != nil {
			return err
		}
		o.Out, o.Color = p.out, p.colored()
		err = demo.Run(c.Context(), o)
		if errors.Is(err, demo.ErrClaim) {
			return fail(exitFailure, "the lines above say what happened instead", "%w", err)
		}
		if errors.Is(err, demo.ErrEarly) {
			return fail(exitFailure, "give it more time (it says when all is shown); --once ends it at that moment", "%w", err)
		}
		return err
	}
	return c
}
