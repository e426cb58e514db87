package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/client"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/home"
)

// party is a network of whole gateways in this process, which meet over loopback TCP. All members have a seat.
type party struct {
	dir     string
	genesis *bootstrap.Genesis
	guests  []*guest
	group   *errgroup.Group
	cancel  context.CancelFunc
}

type guest struct {
	vault  *vault.Vault
	config config.Config
	node   *node.Node
	member bootstrap.Member
	client *client.Client
}

// newParty founds the network and starts its gateways in a new folder below dir.
func newParty(ctx context.Context, size int, dir string) (_ *party, err error) {
	folder, err := os.MkdirTemp(dir, "lot-bench-")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &party{dir: folder, cancel: cancel}
	p.group, ctx = errgroup.WithContext(ctx)
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	manifest := bootstrap.Manifest{Name: "bench", Created: uint64(time.Now().UnixMilli()), Parameters: bootstrap.DefaultParameters()}
	var seeds []string
	for n := range size {
		g, err := p.invite(fmt.Sprint("member-", n), seeds)
		if err != nil {
			return nil, err
		}
		manifest.Members = append(manifest.Members, g.member)
		seeds = append(seeds, g.config.Network.Listen[0]+"/p2p/"+g.member.Host.String())
	}
	if p.genesis, err = bootstrap.NewGenesis(manifest); err != nil {
		return nil, err
	}
	for _, g := range p.guests {
		if err := p.start(ctx, g); err != nil {
			return nil, err
		}
	}
	return p, p.meet(ctx)
}

// invite makes a gateway's keys and configuration.
func (p *party) invite(name string, seeds []string) (*guest, error) {
	path := filepath.Join(p.dir, name+".age")
	v, err := vault.Create(path, vault.IdentityFile(vault.DefaultIdentityFile(path)), vault.GatewaySeeds()...)
	if err != nil {
		return nil, err
	}
	card, err := home.Card(v, name)
	if err != nil {
		return nil, err
	}
	g := &guest{vault: v, config: config.Defaults()}
	if g.member, err = card.Member(1, 1<<40); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	c := &g.config
	c.Network.Listen, c.Network.Seeds = []string{fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", port)}, append([]string(nil), seeds...)
	c.Network.MDNS, c.Network.DHT = false, "server"
	c.API.Listen, c.MQTT.Listen, c.Storage.Reserve = "127.0.0.1:0", "", 1
	p.guests = append(p.guests, g)
	return g, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func (p *party) start(ctx context.Context, g *guest) (err error) {
	token := api.NewToken()
	g.node, err = node.New(node.Options{
		Config: g.config, Genesis: p.genesis, Vault: g.vault, DataDir: filepath.Join(p.dir, g.member.Name), Token: token,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	p.group.Go(func() error { return g.node.Run(ctx) })
	g.client, err = client.New(client.Options{Address: g.node.APIAddress().String(), Token: token})
	return err
}

// meet waits until every gateway is connected to every other and in sync.
func (p *party) meet(ctx context.Context) error {
	for _, g := range p.guests {
		for {
			status, err := g.client.Status(ctx)
			if err == nil && status.Sync.InSync && status.Peers == len(p.guests)-1 {
				break
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}

// close stops the gateways and removes their folders.
func (p *party) close() error {
	p.cancel()
	err := p.group.Wait()
	return errors.Join(err, os.RemoveAll(p.dir))
}
