package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	genesis "github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/config"
)

// helper is how a peer that only helps others is run.
type helper struct {
	genesis, key string
	network      config.Network
	log          config.Log
}

func (p *program) bootstrapCommand() *cobra.Command {
	defaults := config.Defaults()
	h := helper{network: defaults.Network, log: defaults.Log}
	c := &cobra.Command{
		Use:   "bootstrap --genesis FILE",
		Short: "Run a peer that only helps gateways to find each other",
		Long: "Run a peer that is no member: it answers lookups of the network's members and carries no events. Gateways take its addresses as\n" +
			"seeds. Once they know each other they do without it.",
		Args: wants(),
	}
	c.Flags().StringVar(&h.genesis, "genesis", "", "the `FILE` with the network's genesis (required)")
	c.Flags().StringVar(&h.key, "key", "bootstrap.key", "the `FILE` with this peer's key, which is made if there is none; its addresses change with it")
	c.Flags().StringArrayVar(&h.network.Listen, "listen", h.network.Listen, "`ADDRESS` to listen on, a multiaddress; may be repeated")
	c.Flags().StringArrayVar(&h.network.Announce, "announce", nil, "`ADDRESS` told to others instead, a multiaddress; may be repeated")
	c.Flags().StringArrayVar(&h.network.Seeds, "seed", nil, "`ADDRESS` of another peer that helps; may be repeated")
	c.Flags().StringVar(&h.log.Level, "log-level", h.log.Level, "`LEVEL`: debug, info, warn or error")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if h.genesis == "" {
			return usage(c, "missing: --genesis")
		}
		checked := defaults
		checked.Network, checked.Log = h.network, h.log
		if err := checked.Validate(); err != nil {
			return usage(c, "%w", err)
		}
		return p.help(c.Context(), h)
	}
	return c
}

// help runs the peer until ctx ends.
func (p *program) help(ctx context.Context, h helper) error {
	g, err := genesis.LoadGenesis(h.genesis)
	if err != nil {
		return err
	}
	seed, err := ensureKey(h.key)
	if err != nil {
		return err
	}
	members := map[string]bool{}
	for _, id := range g.Peers() {
		members[id.String()] = true
	}
	m, err := mesh.New(mesh.Config{
		HostKey: seed[:], Network: strings.TrimPrefix(g.ID().String(), "lotnet:"), Admit: func(id string) bool { return members[id] },
		Listen: h.network.Listen, Announce: h.network.Announce, Static: h.network.Seeds, BootstrapOnly: true,
		Limits: mesh.Limits{LowWater: h.network.LowWater, HighWater: h.network.HighWater},
		Logger: newLogger(p.err, h.log), UserAgent: "lot/" + version,
	})
	if err != nil {
		return err
	}
	if err := m.Start(); err != nil {
		return errors.Join(err, m.Close())
	}
	text := fmt.Sprintf("A bootstrap peer of network %q is up. Gateways find each other through it with: lot up --seed ADDRESS\n\n", g.Name())
	for _, address := range m.Addresses() {
		text += address + "\n"
	}
	if err := p.print(text); err != nil {
		return errors.Join(err, m.Close())
	}
	<-ctx.Done()
	return m.Close()
}

// ensureKey returns the seed in a key file, which it makes if there is none.
func ensureKey(path string) ([32]byte, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if _, err := createKey(path); err != nil {
			return [32]byte{}, err
		}
	}
	return readKey(path)
}
