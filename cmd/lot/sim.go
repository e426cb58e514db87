package main

import (
	"errors"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim/report"
)

func (p *program) simCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "sim",
		Short: "Simulate networks of thousands of gateways",
		Long: "Simulate networks: the gateways' own code on virtual time, with links, clocks, disks and attackers as a scenario describes them.\n" +
			"One scenario, one seed and one program give the same tables, byte for byte.\n\n" +
			"A first run:               lot sim run quickstart\n" +
			"What else there is:        lot sim list\n" +
			"A scenario of your own:    lot sim show quickstart > mine.toml",
	}
	c.AddCommand(
		p.simRunCommand(), p.simSweepCommand(), p.simMergeCommand(), p.simListCommand(), p.simShowCommand(), p.simCheckCommand(),
		p.simAttackCommand(), p.simSwarmCommand(), p.simCompareCommand(), p.simReplayCommand(),
	)
	return c
}

// simVersion names the program in the tables of runs: the release, or the revision that it was built from.
func simVersion() string {
	v := buildVersion()
	text := v.Version
	if v.Revision != "" {
		text += "+" + v.Revision[:min(12, len(v.Revision))]
	}
	if v.Modified {
		text += ".modified"
	}
	return text
}

// stored gives an error of writing results its exit code and advice.
func stored(err error) error {
	if errors.Is(err, report.ErrFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fail(exitDisk, "free some space, or name a place on another disk", "%w", err)
	}
	if errors.Is(err, report.ErrForeign) {
		return fail(exitFailure, "--out names another folder", "%w", err)
	}
	return err
}
