package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/catchup"
	"github.com/ledgerofthings/lot/node/engine"
)

const (
	// catchUpRest is how long a gateway that could not load a snapshot waits before it tries again; each time it fails for twice as long,
	// up to catchUpMost: who says that the network is ahead may lie.
	catchUpRest = 10 * time.Second
	catchUpMost = 5 * time.Minute
	// nearEpochs is how many epochs a gateway goes through event by event rather than load a snapshot, if its peers have kept them.
	nearEpochs = 2
)

// catcher loads a snapshot when the engine says that the network is far ahead. One fetch is under way at most.
type catcher struct {
	n *Node

	mu       sync.Mutex
	running  bool
	stopped  bool // nothing is begun any more
	notUntil time.Time
	rest     time.Duration // after the next failure
	progress catchup.Progress
}

// behind starts to load a snapshot, unless that is under way or has just failed.
func (n *Node) behind(e engine.Behind) {
	c := n.catcher
	c.mu.Lock()
	defer c.mu.Unlock()
	near := e.Replayable && e.Epoch <= n.loop.engine.Network().Epoch+nearEpochs // what is missed comes event by event
	if c.running || c.stopped || near || time.Now().Before(c.notUntil) {
		return
	}
	c.running = true
	n.background.Go(func() { c.run(n.ctx, e) })
}

// run fetches a snapshot and lets the engine begin with it.
func (c *catcher) run(ctx context.Context, e engine.Behind) {
	n := c.n
	network, _ := n.roster.now()
	n.log.Info("the network is far ahead: loading a snapshot of its state", "epoch", network.Epoch, "network", e.Epoch)
	result, err := catchup.Fetch(ctx, catchup.Options{
		Start: n.start(), Beyond: network.Epoch, Peers: catchup.OverMesh(n.mesh), Stager: stager{n.loop, n.installed}, Logger: n.log,
		Progress: c.note,
	})
	if errors.Is(err, engine.ErrPassed) {
		err = nil // the gateway came there by itself
	}
	if err != nil && ctx.Err() == nil {
		n.log.Warn("the snapshot could not be loaded; it is tried again, and what was fetched is kept", "error", err)
	}
	n.complainOf(result.Liars)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rest = min(max(2*c.rest, catchUpRest), catchUpMost); err == nil {
		c.rest = 0
	}
	c.running, c.progress, c.notUntil = false, catchup.Progress{}, time.Now().Add(max(c.rest, catchUpRest))
}

// stop keeps new fetches from beginning.
func (c *catcher) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
}

// complainOf tells which peers lied.
func (n *Node) complainOf(liars []catchup.Liar) {
	for _, liar := range liars {
		n.complaints.note("a peer lied about the state of the ledger", n.peerName(liar.Peer), peerHint, "lie", liar.Lie)
	}
}

// note remembers how far a fetch is.
func (c *catcher) note(p catchup.Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.progress = p
}

// now returns how far a fetch is, if one is under way.
func (c *catcher) now() (p catchup.Progress, running bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.progress, c.running
}

// start returns what is trusted when a snapshot is loaded.
func (n *Node) start() catchup.Start {
	return catchup.Start{Committee: n.network.Cosigners, Pin: n.options.Pin}
}

// stager lets a fetch keep what it has, in the goroutine that owns the engine and the storage.
type stager struct {
	loop      *loop
	installed func(*engine.Engine) error
}

// Staged implements catchup.Stager.
func (s stager) Staged(ctx context.Context, seal proof.Hash) (chunks map[engine.Chunk]bool, err error) {
	err = s.loop.exec(ctx, func() (err error) { chunks, err = engine.Staged(s.loop.store, seal); return err })
	return chunks, err
}

// Stage implements catchup.Stager.
func (s stager) Stage(ctx context.Context, seal proof.Hash, chunk engine.Chunk, entries []snapshot.Entry) error {
	return s.loop.exec(ctx, func() error { return engine.Stage(s.loop.store, seal, chunk, entries) })
}

// Unstage implements catchup.Stager.
func (s stager) Unstage(ctx context.Context) (done bool, err error) {
	err = s.loop.exec(ctx, func() (err error) { done, err = engine.Unstage(s.loop.store); return err })
	return done, err
}

// Install implements catchup.Stager: the engine that was far behind is replaced by one that begins with the snapshot.
func (s stager) Install(ctx context.Context, seal *proof.Seal, committee proof.Committee, chain proof.Chain) error {
	return s.loop.exec(ctx, func() error {
		e := s.loop.engine
		first := e.FirstNetwork()
		if err := engine.Install(s.loop.store, s.loop.now(), first, e.Self().Signer.Key(), seal, committee, chain); err != nil {
			return err
		}
		if err := s.loop.store.Commit(); err != nil {
			return err
		}
		if err := s.installed(e); err != nil {
			return fmt.Errorf("%w: %w", errHalfDone, err)
		}
		return nil
	})
}

// installed replaces the engine after a snapshot was put in place, and tells the new one who is connected. It runs in the goroutine
// that owns the engine.
func (n *Node) installed(before *engine.Engine) error {
	config := before.Config()
	if n.record != nil {
		n.log.Warn("the record ends here, since the gateway begins anew with a snapshot", "file", n.options.Record)
		n.closeRecord()
	}
	e, err := engine.New(config, n.loop.store, n.loop.now())
	if err != nil {
		return err
	}
	n.loop.engine, n.loop.steps = e, e
	network := e.Network()
	n.roster.enter(network, e.Signers())
	for _, guest := range e.Newcomers() {
		n.roster.welcome(guest)
	}
	n.roster.checkpoint(e.Overview().Signed)
	n.mesh.Recheck()
	n.tellReplicas()
	for _, p := range n.mesh.Peers() {
		if err := n.loop.step(request{input: n.peerUp(p.ID)}); err != nil {
			return err
		}
	}
	select {
	case n.begunAnew <- struct{}{}:
	default: // it is known already
	}
	n.log.Info("the state of the ledger was loaded", "epoch", network.Epoch)
	return nil
}

// serveSnapshots lets other gateways load the state from this one.
func (n *Node) serveSnapshots() error {
	n.snapshots = catchup.NewServer(catchup.ServerConfig{Genesis: n.network.Cosigners, Source: source{n.loop}, Logger: n.log})
	return n.mesh.Serve(catchup.Protocol, n.snapshots.Answer, catchup.Limits())
}

// source reads what the current epoch began with.
type source struct{ loop *loop }

// errNoEngine says that the engine cannot be asked.
var errNoEngine = errors.New("the gateway is stopping")

// Snapshot implements catchup.Source.
func (s source) Snapshot(ctx context.Context) (snap *engine.Snapshot, err error) {
	if s.loop.query(ctx, func(e *engine.Engine) { snap, err = e.Snapshot() }) != nil {
		return nil, errNoEngine
	}
	return snap, err
}

// CertificatesSince implements catchup.Source.
func (s source) CertificatesSince(ctx context.Context, epoch uint64) (chain proof.Chain, err error) {
	if s.loop.query(ctx, func(e *engine.Engine) { chain, err = e.CertificatesSince(epoch) }) != nil {
		return nil, errNoEngine
	}
	return chain, err
}
