package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/home"
	"github.com/ledgerofthings/lot/node/joining"
)

const (
	// joinTimeout bounds all that is asked of a sponsor.
	joinTimeout = 2 * time.Minute
	// maxTokenInput bounds a token on standard input, in bytes.
	maxTokenInput = 4 << 10
)

// joinView is what `lot join --json` prints.
type joinView struct {
	Name      string        `json:"name"` // of this gateway in the network
	Network   string        `json:"network"`
	NetworkID dag.NetworkID `json:"network_id"`
	Home      string        `json:"home"`
	Event     *dag.ID       `json:"event,omitempty"` // the admission; none if the gateway was in the network before
	Made      bool          `json:"made"`            // whether the keys are new

	advice string // on copies, for people
}

func (p *program) joinCommand() *cobra.Command {
	var setup home.Setup
	var asJSON bool
	c := &cobra.Command{
		Use:   "join TOKEN",
		Short: "Join the network that an invitation is for",
		Long: "Join a network with the token that `lot invite` prints on one of its gateways, which has to be running. What is missing in the data\n" +
			"folder is made first. With - the token is read from standard input, where other users of this machine do not see it.\n\n" +
			"It can be repeated if it was interrupted, at any point.",
		Args: wants("TOKEN"),
	}
	c.Flags().StringVar(&setup.Name, "name", "", "the gateway's `NAME` in the network (default: that of the invitation, or of this machine)")
	c.Flags().StringVar(&setup.PassphraseFile, "passphrase-file", "", "lock new keys with the passphrase in this `FILE`, instead of an identity file beside them")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		i, err := p.invitation(args[0])
		if err != nil {
			return err
		}
		g, name, err := p.newcomer(c, i, setup)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(c.Context(), joinTimeout)
		defer cancel()
		view, err := p.joinBy(ctx, g, i, name)
		if err != nil {
			return joinFailure(err)
		}
		return p.emit(asJSON, view, func(w io.Writer) { printJoin(w, view) })
	}
	return c
}

// invitation reads a token.
func (p *program) invitation(text string) (*bootstrap.Invitation, error) {
	if text == "-" {
		content, err := p.readInput(text, maxTokenInput)
		if err != nil {
			return nil, err
		}
		text = string(content)
	}
	i, err := bootstrap.ParseInvitation(text)
	if err != nil {
		return nil, fail(exitFailure, "copy the whole token that `lot invite` prints, in quotes if it goes over several lines", "%w", err)
	}
	return i, nil
}

// newcomer makes what is missing in the data folder, and chooses the name under which the gateway applies.
func (p *program) newcomer(c *cobra.Command, i *bootstrap.Invitation, setup home.Setup) (*gatewaySetup, string, error) {
	invited := i.Terms().Name
	if setup.Name != "" && invited != "" && setup.Name != invited {
		return nil, "", usage(c, "the invitation is for the name %q, not for --name %q", invited, setup.Name)
	}
	asked := or(setup.Name, invited)
	setup.Name = asked
	g, err := p.setUp(setup)
	if err != nil {
		return nil, "", err
	}
	if c.Flags().Changed("passphrase-file") && !g.made.Keys {
		setup.Name = "" // another name than in the configuration is what the network may know it by
		if err := g.agrees(c, setup); err != nil {
			return nil, "", err
		}
	}
	return g, or(asked, g.name), nil
}

// joinBy takes the gateway into the network. Each step may be taken again: the sponsor answers the same application with the same
// admission, and what it makes the gateway write comes last.
func (p *program) joinBy(ctx context.Context, g *gatewaySetup, i *bootstrap.Invitation, name string) (joinView, error) {
	view := joinView{Name: name, NetworkID: i.Terms().Network, Home: g.home.Dir(), Made: g.made.Keys, advice: g.copies()}
	in, err := g.home.Within(view.NetworkID)
	if err != nil {
		return view, err
	}
	if in {
		return alreadyIn(view, g)
	}
	client, err := p.visit(g, i)
	if err != nil {
		return view, err
	}
	defer client.Close()
	genesis, err := client.Genesis(ctx)
	if err != nil {
		return view, err
	}
	view.Network = genesis.Name()
	application, err := applyAs(g.vault, i, name)
	if err != nil {
		return view, err
	}
	event, err := client.Apply(ctx, application)
	if err != nil {
		return view, err
	}
	view.Event = &event
	return view, g.home.Enter(home.Entry{Genesis: genesis, Name: name, Pin: i.Terms().Pin, Seeds: i.Addresses()})
}

// alreadyIn completes the view of a gateway that is in the network.
func alreadyIn(view joinView, g *gatewaySetup) (joinView, error) {
	genesis, err := g.home.Genesis()
	if err != nil {
		return view, err
	}
	self, err := g.home.Self(genesis, g.vault, g.name)
	view.Network, view.Name = genesis.Name(), self.Name
	return view, err
}

// visit returns a client of the sponsor.
func (p *program) visit(g *gatewaySetup, i *bootstrap.Invitation) (*joining.Client, error) {
	host, err := g.vault.Seed(vault.Host)
	if err != nil {
		return nil, err
	}
	return joining.NewClient(i, host[:], "lot/"+version)
}

// applyAs signs the application to the sponsor.
func applyAs(v *vault.Vault, i *bootstrap.Invitation, name string) (governance.SignedApplication, error) {
	var signers [3]dag.Signer
	for n, purpose := range []string{vault.Host, vault.Event, vault.Cosign} {
		var err error
		if signers[n], err = v.Signer(purpose); err != nil {
			return governance.SignedApplication{}, err
		}
	}
	a := governance.Application{
		Name: name, Host: signers[0].Key(), Event: signers[1].Key(), Cosign: signers[2].Key(), Sponsor: i.Issuer(),
	}
	return a.Sign(i.Terms().Network, i.ID(), signers[0], signers[1], signers[2])
}

// joinFailure adds what to do about an error.
func joinFailure(err error) error {
	switch {
	case errors.Is(err, mesh.ErrUnreachable):
		return fail(exitUnreachable, "is the sponsor running, and can it be reached from here? Its operator may need to open its port, or to set network.announce",
			"the sponsor answers at none of its addresses: %s", strings.TrimPrefix(err.Error(), mesh.ErrUnreachable.Error()+": "))
	case errors.Is(err, mesh.ErrNotAdmitted):
		return fail(exitNotYet, "try again in a minute; if it stays so, ask for a new invitation", "the sponsor takes no newcomers at present: %w", err)
	case errors.Is(err, joining.Busy), errors.Is(err, joining.Unavailable), errors.Is(err, mesh.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		return fail(exitNotYet, "the invitation is not used up by that", "%w", err)
	case errors.Is(err, joining.Declined):
		return fail(exitFailure, "--name chooses another name for this gateway", "%w", err)
	}
	return err
}

func printJoin(w io.Writer, v joinView) {
	if v.Event == nil {
		fmt.Fprintf(w, "This gateway is %q in network %q already.\nStart it with: lot up\n", v.Name, safe(v.Network))
		return
	}
	if v.Made {
		fmt.Fprintf(w, "The keys of gateway %q are made in %s.\n%s\n\n", v.Name, v.Home, v.advice)
	}
	fmt.Fprintf(w, "This gateway is admitted as %q to network %q, %s.\nIt takes part from the network's next epoch on. Start it with: lot up\n",
		v.Name, safe(v.Network), v.NetworkID)
}
