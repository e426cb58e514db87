package engine

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Engine is one node's decisions. It is used by one goroutine at a time.
type Engine struct {
	config  Config
	storage Storage

	// The graph and its order; see attach.go.
	arena *dag.Arena
	graph *dag.Graph
	rules *finality.Rules
	order *finality.Order

	// What the order means; see apply.go.
	state    *ledger.State
	log      *proof.Log
	last     commitMark
	ordered  []dag.Index // all ordered events, in order
	commits  []commitRecord
	latency  latencyRing
	fetching bool                   // the events that are being attached come from a peer's answer
	late     map[dag.Index]struct{} // un-ordered payload events that came so: their latency says nothing

	// Checkpoints; see checkpoint.go.
	signing signing

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

	counters Counters
	totals   Totals
}

// New returns an engine that goes on where the storage ends. It replays the stored events, which takes about 10 us each.
func New(config Config, storage Storage, now uint64) (*Engine, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	storage = guarded{storage}
	n := &config.Network
	e := &Engine{config: config, storage: storage, state: n.Genesis, pending: map[dag.ID]uint64{}, late: map[dag.Index]struct{}{}}
	e.chain.confirmed = map[dag.Key]struct{}{}
	e.rules = finality.NewRules(n.Committee, firstEpoch, [32]byte(n.ID))
	e.arena = dag.NewArena(n.ID, n.Approvals, admission(n.Members), e.rules)
	e.graph = dag.NewGraph(e.arena, config.Policy.Graph)
	e.order = finality.NewOrder(e.rules)
	e.takeSeat()
	var err error
	if e.log, err = proof.OpenLog(0, logStore{storage}); err != nil {
		return nil, err
	}
	return e, e.restore(now)
}

// firstEpoch is the epoch of a network's first events.
const firstEpoch = 1

// Step takes one input at a time in ms since the Unix epoch and appends what is to be done to out. An error wraps ErrStorage
// and means that the node must stop; whatever else goes wrong is told by a refusal or a Skipped.
func (e *Engine) Step(now uint64, in Input, out *Effects) error {
	if err := e.attempt(now, in, out); err != nil {
		return err
	}
	return e.proceed(now, out)
}

func (e *Engine) handle(now uint64, in Input, out *Effects) error {
	switch in := in.(type) {
	case Gossip:
		return e.receive(now, in.From, in.Events, out)
	case Sync:
		return e.exchange(now, in, out)
	case Cosigned:
		return e.cosigned(in.Cosignature, out)
	case PeerUp:
		return e.peerUp(now, in, out)
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
	case Flush:
		return e.flush(now, in, out)
	case Disk:
		e.disk = in
	case Override:
		e.chain.known = true
		out.reply(in.Ticket, nil, dag.ID{})
	case Wake:
	default:
		return fmt.Errorf("engine: unknown input %T", in)
	}
	return nil
}

// proceed does what has become due or possible, in a fixed order, and says when to wake the engine again.
func (e *Engine) proceed(now uint64, out *Effects) error {
	for _, do := range []func(uint64, *Effects) error{
		e.closeDueBatch, e.issueOutbox, e.witness, e.cosignDue, e.maintainSync,
	} {
		if err := skip(do(now, out), out); err != nil {
			return err
		}
	}
	return nil
}
