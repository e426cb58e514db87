package main

import (
	"bufio"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (p *program) graphCommand() *cobra.Command {
	c := &cobra.Command{Use: "graph", Short: "Export the graph of events"}
	c.AddCommand(p.graphExportCommand())
	return c
}

func (p *program) graphExportCommand() *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "export",
		Short: "Write events, rounds, votes and the resulting order as JSON lines",
		Long: "Write the graph as JSON lines: the network, every event with the votes and certificates that it casts, and the commits with the\n" +
			"order that follows from them. Whoever has the file can compute the order again.",
		Args: wants(),
	}
	c.Flags().StringVarP(&output, "output", "o", "", "the `FILE` to write (default: standard output)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		return p.deliver(output, func(w io.Writer) error {
			buffered := bufio.NewWriter(w)
			if err := gateway.Graph(c.Context(), buffered); err != nil {
				return err
			}
			if err := buffered.Flush(); err != nil {
				return fmt.Errorf("write the graph: %w", err)
			}
			return nil
		})
	}
	return c
}
