package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/catchup"
	"github.com/ledgerofthings/lot/node/home"
)

// pinPrefix tells a pin from the name of a file.
const pinPrefix = "lotpin:"

func (p *program) checkpointImportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import PIN|FILE",
		Short: "Make this gateway check its network from a recent checkpoint on",
		Long: "Keep the end of an epoch as the one from which this gateway checks its network, from its next start on. A pin is believed as it is, so\n" +
			"it must come by a way that you trust. A file is checked before, from the genesis or from the pin that the data folder has. A pin\n" +
			"is never replaced by an older one.",
		Args: wants("PIN|FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			h, err := p.open()
			if err != nil {
				return err
			}
			g, err := h.Genesis()
			if err != nil {
				return err
			}
			return p.trust(h, g, args[0])
		},
	}
}

// trust keeps the pin that an argument stands for, and says so.
func (p *program) trust(h *home.Home, g *bootstrap.Genesis, argument string) error {
	old, err := pinOf(h)
	if err != nil {
		return err
	}
	next, err := p.readPin(g, old, argument)
	if err != nil {
		return err
	}
	switch {
	case next == old:
		return p.print(fmt.Sprintf("This gateway checks network %q from the end of epoch %d on already.\n", safe(g.Name()), old.Epoch))
	case next.Epoch < old.Epoch:
		return p.print(fmt.Sprintf("This gateway checks network %q from the end of epoch %d on already, which is newer.\n", safe(g.Name()), old.Epoch))
	case next.Epoch == old.Epoch:
		return fail(exitFailure, "find out which is right; if it is the new one, delete "+h.PinPath()+" and do it again",
			"the data folder pins the end of epoch %d to %s, and this is %s", old.Epoch, old, next)
	}
	if err := home.ReplaceFile(h.PinPath(), []byte(next.String()+"\n")); err != nil {
		return fmt.Errorf("keep the pin: %w", err)
	}
	return p.print(fmt.Sprintf("This gateway checks network %q from the end of epoch %d on, %s.\n", safe(g.Name()), next.Epoch, next))
}

// readPin returns the pin that an argument is, or that the file proves which it names. old is the pin that is trusted already.
func (p *program) readPin(g *bootstrap.Genesis, old proof.Pin, argument string) (proof.Pin, error) {
	if strings.HasPrefix(argument, pinPrefix) {
		pin, err := proof.ParsePin(argument)
		if err != nil {
			return pin, fail(exitFailure, "copy all of it, \"lotpin:\" and what follows without spaces", "%w", err)
		}
		return pin, nil
	}
	content, err := p.readInput(argument, catchup.MaxFileSize)
	if err != nil {
		return proof.Pin{}, err
	}
	f, err := catchup.ParseFile(content)
	if err != nil {
		return proof.Pin{}, fail(exitFailure, "`lot checkpoint export` writes one", "%s: %w", argument, err)
	}
	start := catchup.Start{Committee: node.Cosigners(g), Pin: old}
	v, err := f.Verify(start)
	if errors.Is(err, proof.ErrPin) {
		if older, failed := f.Verify(catchup.Start{Committee: start.Committee}); failed == nil && older.Seal != nil && older.Seal.Leaf.Epoch < old.Epoch {
			v, err = older, nil
		}
	}
	switch {
	case errors.Is(err, proof.ErrPin):
		return proof.Pin{}, fail(exitFailure, "give the pin itself if somebody whom you trust tells it",
			"%s does not follow from what this gateway trusts, %s: %w", argument, start, err)
	case errors.Is(err, proof.ErrOtherNetwork):
		return proof.Pin{}, fail(exitFailure, "--home names another gateway", "%s is of another network than %q: %w", argument, g.Name(), err)
	case err != nil:
		return proof.Pin{}, fail(exitFailure, "get it again from its source", "%s does not hold: %w", argument, err)
	case v.Seal == nil:
		return proof.Pin{}, fail(exitNotYet, "the genesis is where to begin until the first epoch is over", "%s names no end of an epoch", argument)
	}
	return v.Seal.Pin(), nil
}
