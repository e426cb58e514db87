package main

import (
	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/home"
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
		return nil, err
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
