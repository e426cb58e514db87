package process

import (
	"context"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/node/config"
)

// Founding is a network to be founded on this machine.
type Founding struct {
	Network    string   // its name
	Dir        string   // folder below which each gateway gets one of its own
	Program    string   // path of this program
	Gateways   []string // names of the members, which all have the same weight
	Balance    uint64   // of each member, in base units
	Parameters bootstrap.Parameters
	Adjust     func(*config.Config) // changes each gateway's configuration; nil for not
}

// Found makes the gateways' keys, the network of which they are the members, and their configurations on free ports of
// loopback; each knows those before it as seeds. With an error come the gateways made so far, whose folders are there.
func Found(ctx context.Context, f Founding) (*bootstrap.Genesis, []*Gateway, error) {
	manifest := bootstrap.Manifest{Name: f.Network, Created: uint64(time.Now().UnixMilli()), Parameters: f.Parameters}
	var gateways []*Gateway
	for _, name := range f.Gateways {
		g, err := New(f.Dir, f.Program, name)
		if err != nil {
			return nil, gateways, err
		}
		gateways = append(gateways, g)
		member, err := g.Card.Member(1, f.Balance)
		if err != nil {
			return nil, gateways, err
		}
		manifest.Members = append(manifest.Members, member)
	}
	genesis, err := bootstrap.NewGenesis(manifest)
	if err != nil {
		return nil, gateways, err
	}
	return genesis, gateways, configureAll(ctx, genesis, gateways, f.Adjust)
}

func configureAll(ctx context.Context, genesis *bootstrap.Genesis, gateways []*Gateway, adjust func(*config.Config)) error {
	ports, err := FreePorts(ctx, PortsEach*len(gateways))
	if err != nil {
		return err
	}
	var seeds []string
	for n, g := range gateways {
		if err := g.Configure(genesis, ports[PortsEach*n:], seeds, adjust); err != nil {
			return err
		}
		seeds = append(seeds, g.Seed)
	}
	return nil
}
