package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/home"
)

// Founding is a network to be founded on this machine.
type Founding struct {
	Network    string             // its name
	Dir        string             // folder below which each gateway gets one of its own
	Program    string             // path of this program, which Start runs
	Gateways   []string           // names of the members
	Seats      int                // how many of these, from the first on, have a seat in the committee, all of one weight; 0 for all
	Balance    uint64             // of each member, in base units
	Others     []bootstrap.Member // further members, which have no gateway here
	Parameters bootstrap.Parameters
	Adjust     func(*config.Config) // changes each gateway's configuration; nil for not
}

// Found makes the gateways' keys, the network of which they are the members, and their configurations on free ports of
// loopback; each knows those before it as seeds. With an error come the gateways made so far, whose folders are there.
func Found(ctx context.Context, f Founding) (*bootstrap.Genesis, []*Gateway, error) {
	manifest := bootstrap.Manifest{Name: f.Network, Created: uint64(time.Now().UnixMilli()), Parameters: f.Parameters}
	manifest.Members = append(manifest.Members, f.Others...)
	var gateways []*Gateway
	for n, name := range f.Gateways {
		h, _, err := home.Init(filepath.Join(f.Dir, name), home.Setup{Name: name})
		if err != nil {
			return nil, gateways, err
		}
		g := &Gateway{Name: name, Home: h, program: f.Program}
		gateways = append(gateways, g)
		member, err := g.member(f.weight(n), f.Balance)
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

// weight returns that of the n-th gateway's seat.
func (f *Founding) weight(n int) uint64 {
	if f.Seats != 0 && n >= f.Seats {
		return 0
	}
	return 1
}

// member opens the vault and returns the gateway's place in the genesis.
func (g *Gateway) member(weight, balance uint64) (m bootstrap.Member, err error) {
	if g.keys, err = g.Home.Vault(config.Defaults()); err != nil {
		return m, err
	}
	card, err := home.Card(g.keys, g.Name)
	if err != nil {
		return m, err
	}
	return card.Member(weight, balance)
}

// portsEach is how many ports a gateway needs.
const portsEach = 3

func configureAll(ctx context.Context, genesis *bootstrap.Genesis, gateways []*Gateway, adjust func(*config.Config)) error {
	ports, err := FreePorts(ctx, portsEach*len(gateways))
	if err != nil {
		return err
	}
	var seeds []string
	for n, g := range gateways {
		member, err := g.Home.Join(genesis, g.keys)
		if err != nil {
			return err
		}
		p2p, err := g.configure(ports[portsEach*n:], seeds, adjust)
		if err != nil {
			return err
		}
		seeds = append(seeds, p2p+"/p2p/"+member.Host.String())
	}
	return nil
}

// configure writes the gateway's configuration, on loopback only, and returns the address for other gateways.
func (g *Gateway) configure(ports []int, seeds []string, adjust func(*config.Config)) (p2p string, err error) {
	c := config.Defaults()
	c.Name = g.Name
	p2p = fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", ports[0])
	c.Network.Listen, c.Network.Seeds, c.Network.MDNS, c.Network.DHT = []string{p2p}, seeds, false, "server"
	c.API.Listen, c.MQTT.Listen = fmt.Sprintf("127.0.0.1:%d", ports[1]), fmt.Sprintf("127.0.0.1:%d", ports[2])
	if adjust != nil {
		adjust(&c)
	}
	g.API, g.MQTT = c.API.Listen, c.MQTT.Listen
	return p2p, os.WriteFile(g.Home.ConfigPath(), c.Encode(), 0o600)
}
