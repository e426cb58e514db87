package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/catchup"
	"github.com/ledgerofthings/lot/node/home"
)

func (p *program) checkpointCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "checkpoint", Short: "Show, export and trust what the committee has signed about the ledger",
		Long: "What more than two thirds of the committee have signed about the ledger, and the certificates by which each committee has named\n" +
			"the one after it. Every verb checks all of it, from the genesis on, or from the pin that the data folder has.\n\n" +
			"A pin, \"lotpin:\" and 71 characters, names how an epoch ended. A gateway that has one checks its network from there on and\n" +
			"does not need to believe any committee before.",
	}
	c.AddCommand(p.checkpointShowCommand(), p.checkpointExportCommand(), p.checkpointImportCommand())
	return c
}

// trustedStarts returns from where on checkpoints of a network are checked: from the pin of the data folder, if that is in the network
// and has one, and from the genesis.
func (p *program) trustedStarts(g *bootstrap.Genesis) ([]catchup.Start, error) {
	genesis := catchup.Start{Committee: node.Cosigners(g)}
	h, err := p.at()
	if err != nil {
		return nil, err
	}
	own, err := h.Genesis()
	if err != nil || own.ID() != g.ID() {
		return []catchup.Start{genesis}, nil //nolint:nilerr // the genesis is given, and the folder is not needed
	}
	pin, err := pinOf(h)
	if err != nil || pin.IsZero() {
		return []catchup.Start{genesis}, err
	}
	return []catchup.Start{{Committee: genesis.Committee, Pin: pin}, genesis}, nil
}

// pinOf returns the pin of a data folder; the zero one if it has none.
func pinOf(h *home.Home) (proof.Pin, error) {
	pin, _, err := h.Pin()
	return pin, err
}

// verifyCheckpoint checks a file from the first of the starts that it reaches back to.
func verifyCheckpoint(f *catchup.File, starts []catchup.Start) (*catchup.Verdict, catchup.Start, error) {
	var faults []error
	for _, start := range starts {
		v, err := f.Verify(start)
		if err == nil {
			return v, start, nil
		}
		faults = append(faults, fmt.Errorf("from %s: %w", start, err))
		if !errors.Is(err, proof.ErrPin) {
			break // what contradicts a pin is not to be believed for another reason
		}
	}
	return nil, catchup.Start{}, errors.Join(faults...)
}

// verifiedCheckpoint asks the gateway for its checkpoint file and checks it.
func (p *program) verifiedCheckpoint(c *cobra.Command, genesis string) (*checkpoint, error) {
	g, err := p.genesis(genesis)
	if errors.Is(err, home.ErrNoNetwork) {
		return nil, usage(c, "missing: --genesis, and there is none in the data folder")
	}
	if err != nil {
		return nil, err
	}
	starts, err := p.trustedStarts(g)
	if err != nil {
		return nil, err
	}
	gateway, err := p.connect()
	if err != nil {
		return nil, err
	}
	content, err := gateway.CheckpointFile(c.Context())
	if err != nil {
		return nil, err
	}
	f, err := catchup.ParseFile(content)
	if err != nil {
		return nil, fail(exitFailure, "do gateway and command run the same version of lot?", "the gateway's answer: %w", err)
	}
	v, start, err := verifyCheckpoint(f, starts)
	if err != nil {
		return nil, fail(exitFailure, "the gateway is in another network, or what it has was not signed by this one's committee", "the gateway's checkpoint does not hold: %w", err)
	}
	return &checkpoint{genesis: g, content: content, verdict: v, start: start}, nil
}

// checkpoint is a file that was verified.
type checkpoint struct {
	genesis *bootstrap.Genesis
	content []byte
	verdict *catchup.Verdict
	start   catchup.Start // from where on
}
