package catchup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/engine"
)

// gateway is a peer with a real server, and a way in which it differs from an honest one.
type gateway struct {
	ledger *ledgerOf
	server *Server
	twist  twist

	mu    sync.Mutex
	epoch int // the newest end that it has
	asked []request
}

// Snapshot implements Source.
func (g *gateway) Snapshot(context.Context) (*engine.Snapshot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.epoch == 0 {
		return nil, engine.ErrNoSnapshot
	}
	return g.ledger.end(g.epoch), nil
}

func (g *gateway) advance(epoch int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.epoch = epoch
}

func (g *gateway) requests(ask string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.asked {
		if r.Ask == ask {
			n++
		}
	}
	return n
}

// town is peers in one process.
type town struct {
	mu       sync.Mutex
	gateways map[string]*gateway
	hidden   map[string]bool // not connected
}

func newTown() *town { return &town{gateways: map[string]*gateway{}, hidden: map[string]bool{}} }

// add adds a peer that has the end of an epoch.
func (w *town) add(tb testing.TB, name string, l *ledgerOf, epoch int) *gateway {
	tb.Helper()
	g := &gateway{ledger: l, epoch: epoch}
	g.server = NewServer(ServerConfig{Genesis: l.network.Cosigners, Source: g})
	tb.Cleanup(g.server.Close)
	w.gateways[name] = g
	return g
}

// hide lets a peer come or go.
func (w *town) hide(name string, hidden bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hidden[name] = hidden
}

// Connected implements Peers.
func (w *town) Connected() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.gateways)), func(name string) bool { return w.hidden[name] })
}

var errAway = errors.New("connection refused")

// Request implements Peers.
func (w *town) Request(ctx context.Context, to, protocol string, message []byte, most int) ([]byte, error) {
	w.mu.Lock()
	g, hidden := w.gateways[to], w.hidden[to]
	w.mu.Unlock()
	if hidden || protocol != Protocol {
		return nil, errAway
	}
	r, err := requestCodec.Decode(message)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	g.asked = append(g.asked, r)
	g.mu.Unlock()
	honest := func() (response, error) {
		b, err := g.server.Answer(ctx, "me", message)
		if err != nil {
			return response{}, fmt.Errorf("%w: %w", mesh.ErrRefused, err)
		}
		return responseCodec.Decode(b)
	}
	var a response
	if g.twist == nil {
		a, err = honest()
	} else {
		a, err = g.twist(ctx, r, honest)
	}
	if err != nil {
		return nil, err
	}
	b, err := encodeAnything(a)
	if err == nil && len(b) > most {
		err = mesh.ErrTooLarge
	}
	return b, err
}

// encodeAnything encodes answers that no honest peer would give too.
func encodeAnything(r response) ([]byte, error) {
	codec := responseCodec
	codec.Check = func(response) error { return nil }
	return codec.Encode(r)
}

// twist is a way to answer otherwise than an honest peer.
type twist = func(ctx context.Context, r request, honest func() (response, error)) (response, error)

// finer makes a peer say that the state is cut into more chunks than it need be.
func finer(bits uint64) twist {
	return func(_ context.Context, _ request, honest func() (response, error)) (response, error) {
		a, err := honest()
		if a.Answer == answerHead {
			a.Bits = bits
		}
		return a, err
	}
}

// CertificatesSince implements Source: what the snapshot says is all there is.
func (*gateway) CertificatesSince(context.Context, uint64) (proof.Chain, error) {
	return nil, engine.ErrNotFound
}
