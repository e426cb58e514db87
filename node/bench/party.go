package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

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
	dir     string // removed in the end; empty for none
	genesis *bootstrap.Genesis
	guests  []*guest
	ctx     context.Context // of all gateways
	cancel  context.CancelFunc
}

// guest is a running gateway.
type guest struct {
	account dag.Account
	client  *client.Client
	cancel  context.CancelFunc
	done    chan struct{} // closed when it has ended
	failed  error         // why it ended; valid after that
}

// stop ends the gateway.
func (g *guest) stop() error {
	g.cancel()
	<-g.done
	g.client.Close()
	return g.failed
}

// newParty founds the network and starts its gateways in a new folder below dir.
func newParty(ctx context.Context, size int, dir string) (_ *party, err error) {
	folder, err := os.MkdirTemp(dir, "lot-bench-")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &party{dir: folder, ctx: ctx, cancel: cancel}
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
		if _, err := p.start(g.Home); err != nil {
			return nil, err
		}
	}
	return p, p.meet(ctx)
}

// start runs the gateway of a data folder until the party ends or it is stopped.
func (p *party) start(h *home.Home) (*guest, error) {
	c, err := h.Config(nil)
	if err != nil {
		return nil, err
	}
	keys, err := h.Vault(c)
	if err != nil {
		return nil, err
	}
	member, err := home.Membership(p.genesis, keys)
	if err != nil {
		return nil, err
	}
	token := api.NewToken()
	n, err := node.New(node.Options{
		Config: c, Genesis: p.genesis, Vault: keys, DataDir: h.DataDir(), Token: token, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	g := &guest{account: member.Account, done: make(chan struct{})}
	var ctx context.Context
	ctx, g.cancel = context.WithCancel(p.ctx)
	go func() {
		defer close(g.done)
		g.failed = n.Run(ctx)
	}()
	p.guests = append(p.guests, g)
	g.client, err = client.New(client.Options{Address: n.APIAddress().String(), Token: token})
	return g, err
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
			case <-g.done:
				return g.failed
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}

// close stops the gateways and removes their folders.
func (p *party) close() (err error) {
	p.cancel()
	for _, g := range p.guests {
		<-g.done
		err = errors.Join(err, g.failed)
	}
	if p.dir == "" {
		return err
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}
