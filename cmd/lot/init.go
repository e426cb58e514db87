package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/home"
)

// initView is what `lot init --json` prints.
type initView struct {
	Name string  `json:"name"`
	Home string  `json:"home"`
	Card string  `json:"card"`
	Key  dag.Key `json:"key"`
	Peer string  `json:"peer"`
	Made bool    `json:"made"` // whether the keys are new

	advice string // on copies, for people
}

func (p *program) initCommand() *cobra.Command {
	var setup home.Setup
	var quiet, asJSON bool
	c := &cobra.Command{
		Use:   "init",
		Short: "Make this gateway's keys and configuration, and print its member card",
		Long: "Make what is missing in the data folder: keys and configuration. Nothing that is there is overwritten, so it can be\n" +
			"repeated to see the member card: the line that whoever founds a network needs from each gateway. The card has public\n" +
			"keys only.",
		Args: wants(),
	}
	c.Flags().StringVar(&setup.Name, "name", "", "the gateway's `NAME` in its network (default: the name of this machine)")
	c.Flags().StringVar(&setup.PassphraseFile, "passphrase-file", "", "lock the keys with the passphrase in this `FILE`, instead of an identity file beside them")
	c.Flags().BoolVarP(&quiet, "quiet", "q", false, "print the member card only")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		g, err := p.setUp(setup)
		if err != nil {
			return err
		}
		if err := g.agrees(c, setup); err != nil {
			return err
		}
		card, err := home.Card(g.vault, g.name)
		if err != nil {
			return err
		}
		if quiet {
			return p.print(card.String() + "\n")
		}
		view, err := g.view(card)
		if err != nil {
			return err
		}
		return p.emit(asJSON, view, func(w io.Writer) { printCard(w, view) })
	}
	return c
}

// gatewaySetup is a data folder that is ready for use.
type gatewaySetup struct {
	home   *home.Home
	made   home.Made
	config config.Config
	vault  *vault.Vault
	name   string // that goes into the card
}

// setUp makes what is missing in the data folder and opens it.
func (p *program) setUp(setup home.Setup) (*gatewaySetup, error) {
	dir, err := p.homeDir()
	if err != nil {
		return nil, err
	}
	setup.Environ = p.environ
	asked := setup.Name
	if setup.Name == "" {
		setup.Name = p.machineName()
	}
	g := &gatewaySetup{}
	if g.home, g.made, err = home.Init(dir, setup); err != nil {
		return nil, err
	}
	if g.config, err = g.home.Config(p.environ); err != nil {
		return nil, err
	}
	if g.vault, err = g.home.Vault(g.config); err != nil {
		return nil, err
	}
	g.name = or(g.config.Name, or(asked, p.machineName()))
	return g, nil
}

// agrees refuses flags that a folder set up before contradicts, because they would have no effect.
func (g *gatewaySetup) agrees(c *cobra.Command, setup home.Setup) error {
	if setup.Name != "" && setup.Name != g.name {
		return fail(exitFailure, "change name in "+g.home.ConfigPath()+" if no network has its card yet", "this gateway is called %q already", g.name)
	}
	if c.Flags().Changed("passphrase-file") && !g.made.Keys {
		return fail(exitFailure, "its keys stay as they are; another --home makes another gateway",
			"the keys in %s were made before and are locked in their own way", g.home.Dir())
	}
	return nil
}

// copies says what to keep of the folder, and how: as docs/operating.md does.
func (g *gatewaySetup) copies() string {
	if g.config.PassphraseFile != "" {
		return "Keep copies of config.toml, vault.age and, once there is one, genesis.toml in a safe place, and the passphrase apart from the vault:\n" +
			"whoever has both has the keys."
	}
	return "Keep copies of config.toml, vault.age, vault.identity and, once there is one, genesis.toml in a safe place, the identity apart from\n" +
		"the vault: whoever has both has the keys."
}

func (g *gatewaySetup) view(card *bootstrap.Card) (initView, error) {
	peer, err := card.Host()
	if err != nil {
		return initView{}, err
	}
	return initView{
		Name: g.name, Home: g.home.Dir(), Card: card.String(), Key: card.Event(), Peer: peer.String(), Made: g.made.Keys, advice: g.copies(),
	}, nil
}

func printCard(w io.Writer, v initView) {
	verb := "were there already"
	if v.Made {
		verb = "are made"
	}
	fmt.Fprintf(w, `The keys of gateway %q %s in %s.
%s

Its member card, for whoever founds the network:

%s

To start alone, in a network of one:   lot up
To found a network with others:        lot network new NAME --card-file CARDS
To join one that has this card:        lot network join genesis.toml
To join one by an invitation:          lot join TOKEN
`, v.Name, verb, v.Home, v.advice, v.Card)
}

// machineName makes a gateway's name of the machine's.
func (p *program) machineName() string {
	host, err := os.Hostname()
	if err != nil {
		return fallbackName
	}
	return nameOf(host)
}

const fallbackName = "gateway"

// nameOf makes a valid name of any text: the first label of a host name, as far as its characters are allowed.
func nameOf(host string) string {
	label, _, _ := strings.Cut(strings.ToLower(host), ".")
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, label), "-")
	if !bootstrap.ValidName(name) {
		return fallbackName
	}
	return name
}
