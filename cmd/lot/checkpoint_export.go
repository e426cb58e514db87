package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (p *program) checkpointExportCommand() *cobra.Command {
	var genesis string
	c := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Write a file by which others can check the ledger without a connection, and print its pin",
		Long: "Write the certificates and the newest checkpoint of the gateway to a file: for an auditor, or for `lot checkpoint import` on another\n" +
			"gateway. The pin is printed to be told to others by a way that they trust, such as by telephone. Without FILE, or with -, the\n" +
			"file goes to standard output and the pin to standard error.",
		Args: wantsUpTo(0, "FILE"),
	}
	c.Flags().StringVar(&genesis, "genesis", "", "the `FILE` with the network's genesis (default: genesis.toml in the data folder)")
	c.RunE = func(c *cobra.Command, args []string) error {
		checked, err := p.verifiedCheckpoint(c, genesis)
		if err != nil {
			return err
		}
		path, pinTo := "-", p.err
		if len(args) > 0 && args[0] != "-" {
			path, pinTo = args[0], p.out
		}
		if err := p.deliverBytes(path, checked.content); err != nil {
			return err
		}
		return checked.printPin(pinTo)
	}
	return c
}

// printPin says what the file stands for.
func (c *checkpoint) printPin(w io.Writer) error {
	text := "The network is in its first epoch, so there is nothing to pin yet.\n"
	if s := c.verdict.Seal; s != nil {
		text = fmt.Sprintf("%s\nIt names the end of epoch %d of network %q.\n", s.Pin(), s.Leaf.Epoch, safe(c.genesis.Name()))
	}
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}
