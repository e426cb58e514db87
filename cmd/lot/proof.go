package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api/client"
)

func (p *program) proofCommand() *cobra.Command {
	c := &cobra.Command{Use: "proof", Short: "Get a proof file, which `lot verify` checks without any gateway"}
	c.AddCommand(p.proofReadingCommand(), p.proofEventCommand())
	return c
}

func (p *program) proofReadingCommand() *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "reading DEVICE SEQ",
		Short: "Prove that a reading is on the ledger; DEVICE is a name or DID",
		Args:  wants("DEVICE", "SEQ"),
	}
	c.Flags().StringVarP(&output, "output", "o", "", "the `FILE` to write (default: standard output)")
	c.RunE = func(c *cobra.Command, args []string) error {
		seq, err := numberArgument(c, "SEQ", args[1])
		if err != nil {
			return err
		}
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		key, err := findDevice(c.Context(), gateway, args[0])
		if err != nil {
			return err
		}
		proof, err := gateway.ReadingProof(c.Context(), key, seq)
		if err != nil {
			return err
		}
		return p.deliverBytes(output, proof)
	}
	return c
}

// findDevice returns the key of a device by its name or DID.
func findDevice(ctx context.Context, gateway *client.Client, device string) (dag.Key, error) {
	if strings.HasPrefix(device, "did:") {
		return dag.ParseKey(device)
	}
	devices, err := gateway.Devices(ctx)
	if err != nil {
		return dag.Key{}, err
	}
	for _, d := range devices {
		if d.Name == device {
			return d.Key, nil
		}
	}
	return dag.Key{}, fail(exitNotFound, "`lot device list` shows them; give the DID of one that was removed", "no device is registered by the name %q", device)
}

func (p *program) proofEventCommand() *cobra.Command {
	var output string
	c := &cobra.Command{Use: "event ID", Short: "Prove that an event has its place in the order, and what came of it", Args: wants("ID")}
	c.Flags().StringVarP(&output, "output", "o", "", "the `FILE` to write (default: standard output)")
	c.RunE = func(c *cobra.Command, args []string) error {
		id, err := eventArgument(c, args[0])
		if err != nil {
			return err
		}
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		proof, err := gateway.EventProof(c.Context(), id)
		if err != nil {
			return err
		}
		return p.deliverBytes(output, proof)
	}
	return c
}
