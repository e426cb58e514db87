package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/client"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/home"
	"github.com/ledgerofthings/lot/node/process"
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
	account dag.Account
	client  *client.Client
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
	f := process.Founding{
		Network: "bench", Dir: folder, Balance: 1 << 40, Parameters: bootstrap.DefaultParameters(),
		Adjust: func(c *config.Config) { c.MQTT.Listen, c.Storage.Reserve = "", 16<<20 },
	}
	for n := range size {
		f.Gateways = append(f.Gateways, fmt.Sprint("member-", n))
	}
	genesis, gateways, err := process.Found(ctx, f)
	if err != nil {
		return nil, err
	}
	p.genesis = genesis
	for _, g := range gateways {
		if err := p.start(ctx, g.Home); err != nil {
			return nil, err
		}
	}
	return p, p.meet(ctx)
}

// start runs the gateway of a data folder.
func (p *party) start(ctx context.Context, h *home.Home) error {
	c, err := h.Config(nil)
	if err != nil {
		return err
	}
	keys, err := h.Vault(c)
	if err != nil {
		return err
	}
	member, err := home.Membership(p.genesis, keys)
	if err != nil {
		return err
	}
	token := api.NewToken()
	n, err := node.New(node.Options{
		Config: c, Genesis: p.genesis, Vault: keys, DataDir: h.DataDir(), Token: token, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	p.group.Go(func() error { return n.Run(ctx) })
	g := &guest{account: member.Account}
	if g.client, err = client.New(client.Options{Address: n.APIAddress().String(), Token: token}); err != nil {
		return err
	}
	p.guests = append(p.guests, g)
	return nil
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
