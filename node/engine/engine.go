package engine

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// Engine is one node's decisions. It is used by one goroutine at a time.
type Engine struct {
	config  Config
	storage Storage
	shared  *Shared
	key     []byte // room for a key of storage

	// The epoch that the node is in; see epoch.go, seal.go and epochrecord.go.
	epoch   *epoch
	network *Network     // what holds in it
	base    uint64       // the position of its first event
	bytes   uint64       // of its events
	slot    byte         // where the state with which it began is in storage
	ranges  []epochRange // the epochs of which events are on disk, the current one as the last
	voided  []void       // own events of the epoch before, to be issued again
	early   early        // events of later epochs
	mending mending
	indexAt uint64     // ms, when index was made
	started uint64     // ms, when the engine was made
	index   *pastIndex // of an earlier epoch; nil until a peer asks
	pruning pruning

	// The graph and its order; see attach.go.
	arena *dag.Arena
	graph *dag.Graph
	rules *finality.Rules
	order *finality.Order

	// What the order means; see outcome.go and apply.go.
	at          *outcome // of the newest commit
	committedAt uint64   // when that was decided here, ms; 0 before the first
	latency     latencyRing
	fetching    bool                   // the events that are being attached come from a peer's answer
	late        map[dag.Index]struct{} // un-ordered payload events that came so: their latency says nothing

	// Checkpoints, and the certificates that lead to who signs them; see checkpoint.go and ancestry.go.
	signing signing
	proven  provenChains

	// Own events; see issue.go and witness.go.
	chain    ownChain
	outbox   outbox
	spending spending
	seat     seat

	// Peers; see peers.go and exchange.go.
	peers peers

	// Readings; see readings.go and batch.go.
	disk    Disk
	devices devices
	batch   openBatch
	pending map[dag.ID]uint64 // anchors that are not final yet, and their batches
	stalled []uint64          // batches whose anchors had no effect while anchors were paused

	counters Counters
	totals   Totals
}

// New returns an engine that goes on where the storage ends. It replays the stored events, which takes about 10 us each.
func New(config Config, storage Storage, now uint64) (*Engine, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	e := &Engine{started: now, config: config, storage: guarded{storage}, pending: map[dag.ID]uint64{}, late: map[dag.Index]struct{}{}}
	var err error
	if e.shared, err = config.shared(); err != nil {
		return nil, err
	}
	return e, e.restore(now)
}

// Step takes one input at a time in ms since the Unix epoch and appends what is to be done to out. An error wraps ErrStorage
// or ErrTooOld and means that the node must stop; whatever else goes wrong is told by a refusal or a Skipped.
func (e *Engine) Step(now uint64, in Input, out *Effects) error {
	if err := e.attempt(now, in, out); err != nil {
		return err
	}
	return e.proceed(now, out)
}

func (e *Engine) handle(now uint64, in Input, out *Effects) error {
	switch in := in.(type) {
	case *Gossip:
		return e.receive(now, in.From, in.Events, out)
	case Gossip:
		return e.receive(now, in.From, in.Events, out)
	case Sync:
		return e.exchange(now, in, out)
	case Cosigned:
		return e.cosigned(in.Cosignature, out)
	case PeerUp:
		e.peerUp(now, in, out)
	case PeerDown:
		e.peerDown(in.Peer)
	case Reading:
		return e.reading(now, in, out)
	case AddDevice:
		return e.addDevice(now, in, out)
	case RemoveDevice:
		return e.removeDevice(now, in, out)
	case Transfer:
		return e.transfer(now, in, out)
	case Govern:
		return e.govern(now, in, out)
	case Flush:
		return e.flush(now, in, out)
	case Disk:
		e.disk = in
	case Override:
		e.chain.known, e.chain.override = true, true
		out.reply(in.Ticket, nil, dag.ID{})
	case Wake:
	default:
		return fmt.Errorf("engine: unknown input %T", in)
	}
	return nil
}

// proceed does what has become due or possible, in a fixed order, and says when to wake the engine again.
func (e *Engine) proceed(now uint64, out *Effects) error {
	e.settle()
	if err := e.reissue(now, out); err != nil {
		return err
	}
	if err := skip(e.closeDueBatch(now, out), out); err != nil {
		return err
	}
	if err := skip(e.anchorStalled(now, out), out); err != nil {
		return err
	}
	if err := skip(e.issueOutbox(now, out), out); err != nil {
		return err
	}
	if err := skip(e.witness(now, out), out); err != nil {
		return err
	}
	if err := skip(e.cosignDue(now, out), out); err != nil {
		return err
	}
	e.maintainSync(now, out)
	if err := e.reissue(now, out); err != nil { // what was done since may have sealed the epoch
		return err
	}
	return e.prune(now, out)
}
