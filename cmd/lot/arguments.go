package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/dag"
)

// wants returns the check for exactly these arguments, which stand in the usage line in this order.
func wants(names ...string) cobra.PositionalArgs { return wantsUpTo(len(names), names...) }

// wantsUpTo is wants with only the first least arguments required.
func wantsUpTo(least int, names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usage(c, "missing: %s", strings.Join(names[len(args):least], " "))
		case len(args) > len(names) && len(names) == 0:
			return usage(c, "it takes no arguments, and %q is one", args[0])
		case len(args) > len(names):
			return usage(c, "too many arguments: %q is not known", args[len(names)])
		}
		return nil
	}
}

// eventArgument reads an event id.
func eventArgument(c *cobra.Command, text string) (dag.ID, error) {
	id, err := dag.ParseID(text)
	if err != nil {
		return id, usage(c, "%v", err)
	}
	return id, nil
}

// numberArgument reads a positive whole number.
func numberArgument(c *cobra.Command, name, text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 || n > dag.MaxInteger {
		return 0, usage(c, "%s: %q is not a whole number from 1 to %d", name, text, uint64(dag.MaxInteger))
	}
	return n, nil
}

// limitFlag adds --limit for a listing.
func limitFlag(c *cobra.Command, limit *int, standard int, what string) {
	c.Flags().IntVarP(limit, "limit", "n", standard, "show at most `N` "+what+", 1 to 1000")
}

// checkLimit refuses a limit that the gateway would refuse.
func checkLimit(c *cobra.Command, limit int) error {
	if limit < 1 || limit > maxLimit {
		return usage(c, "--limit %d: choose 1 to %d", limit, maxLimit)
	}
	return nil
}
