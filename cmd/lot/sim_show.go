package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim/scenario"
	"github.com/ledgerofthings/lot/sim/scenarios"
)

func (p *program) simShowCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "show NAME",
		Short: "Print a scenario that comes with Lot, to be copied and changed",
		Args:  wants("NAME"),
	}
	c.RunE = func(_ *cobra.Command, args []string) error {
		name := strings.TrimPrefix(args[0], "builtin:")
		if text, known := scenarios.Read(name); known {
			return p.print(string(text))
		}
		_, err := scenario.Open("builtin:" + name)
		return err
	}
	return c
}
