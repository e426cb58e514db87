package main

import (
	"errors"
	"log/slog"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/home"
	"github.com/ledgerofthings/lot/node/store"
)

// keeper is a gateway that was set up, whether it runs or not, as verbs look at it that work on its data folder.
type keeper struct {
	home    *home.Home
	config  config.Config
	genesis *bootstrap.Genesis
	key     dag.Key // issues its events
	name    string
}

// gateway opens the folder of a gateway that is in a network.
func (p *program) gateway() (*keeper, error) {
	h, err := p.open()
	if err != nil {
		return nil, err
	}
	g := &keeper{home: h}
	if g.config, err = h.Config(p.environ); err != nil {
		return nil, err
	}
	if g.genesis, err = h.Genesis(); err != nil {
		return nil, explainGenesis(h, err)
	}
	keys, err := h.Vault(g.config)
	if err != nil {
		return nil, err
	}
	signer, err := keys.Signer(vault.Event)
	if err != nil {
		return nil, err
	}
	g.key = signer.Key()
	member, _ := g.genesis.MemberByEvent(g.key) // one that joined later is not in it
	g.name = or(member.Name, or(g.config.Name, fallbackName))
	return g, nil
}

// explainGenesis tells a gateway that is in no network yet from one whose genesis is lost: the data folder of that one says which network
// it belongs to, and founding another would not bring it back.
func explainGenesis(h *home.Home, err error) error {
	if !errors.Is(err, home.ErrNoNetwork) {
		return err
	}
	data, openErr := store.Open(h.DataDir(), store.Options{ReadOnly: true, Logger: slog.New(slog.DiscardHandler)})
	if openErr != nil {
		return err // there is none, or it does not say
	}
	defer data.Close()
	id, getErr := data.Get([]byte(archive.NetworkKey))
	if getErr != nil || len(id) != len(dag.NetworkID{}) {
		return err
	}
	return fail(exitFailure, "put it back from a backup, or copy it from another gateway of the network: all have the same",
		"%s is lost: the data folder belongs to network %s", h.GenesisPath(), dag.NetworkID(id))
}

// files returns what of the home folder goes into a backup.
func (g *keeper) files() archive.Home {
	files := archive.Home{Dir: g.home.Dir(), Network: g.genesis.ID(), Key: g.key}
	for _, path := range []string{g.config.IdentityFile, g.config.PassphraseFile} {
		if path == "" {
			continue
		}
		if path = g.home.Resolve(path); path != vault.DefaultIdentityFile(g.home.VaultPath()) {
			files.Elsewhere = append(files.Elsewhere, path)
		}
	}
	return files
}
