package main

import (
	"github.com/spf13/cobra"
)

func (p *program) networkCommand() *cobra.Command {
	c := &cobra.Command{Use: "network", Short: "Found a network, look at one, join one"}
	c.AddCommand(p.networkNewCommand(), p.networkShowCommand(), p.networkJoinCommand())
	return c
}
