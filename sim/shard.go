package sim

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/disk"
	"github.com/ledgerofthings/lot/sim/gossip"
	"github.com/ledgerofthings/lot/sim/queue"
)

// The kinds of queue items.
const (
	kindGossip    = iota // a copy of gossip message Ref arrives
	kindControl          // parcel Ref arrives: a control message of gossip
	kindExchange         // parcel Ref arrives: a message of the graph exchange
	kindWake             // the engine asked for it
	kindHeartbeat        // gossip mends its mesh; Ref is the life of the node
	kindLoad             // load Ref has work; Arg is the life of the load's clock
	kindConnect          // the connection with node Ref is there; Arg counts the connections of that pair
	kindSubmit           // parcel Ref arrives: a reading, as from a device
	kindHangUp           // the connection Arg with node Ref is gone
)

// shard owns some of the nodes. Only its goroutine touches it while a window runs.
type shard struct {
	world  *world
	number int
	nodes  []node // those whose number modulo the number of shards is the shard's
	queue  *queue.Queue
	now    uint64 // µs; of the item that is worked off

	shared   *engine.Shared
	pool     *disk.Pool
	fresh    *disk.Snapshot // of a node that has done nothing yet
	messages messageTable
	verified map[uint64]map[dag.ID]dag.Verified // events by epoch and id: one value for each, since what is known of an event is kept with it
	newest   uint64                             // epoch that a node of this shard is in
	notes    map[string]note
	chains   map[dag.Key]uint32
	parcels  parcels
	outboxes []outbox     // by shard: what is to be handed over after the window
	imported [][]uint32   // by shard and its message number: this shard's number plus one
	measured measurements // see measure.go

	effects  attack.Effects // of the step that is being carried out
	controls gossip.Outbox  // of the heartbeat or answer that is being carried out
	wanted   []*fetch       // by nodes that have begun to fetch a snapshot in this window
	resend   []gossip.Message
	targets  []uint32
	gossip   engine.Gossip   // the input that an arriving event is, made anew for each
	arrival  [1]dag.Verified // what is in it
	err      error           // why the shard cannot go on
}

// node returns a node of this shard.
func (s *shard) node(number uint32) *node { return &s.nodes[int(number)/len(s.world.shards)] }

// runWindow works off what happens before a time.
func (s *shard) runWindow(before uint64) {
	for s.err == nil {
		item, ok := s.queue.Pop(before)
		if !ok {
			return
		}
		s.now = item.At
		s.measured.totals.Items++
		s.handle(&item)
	}
}

func (s *shard) handle(item *queue.Item) {
	n := s.node(item.Target)
	switch item.Kind {
	case kindGossip:
		s.arrive(n, item)
	case kindControl:
		s.control(n, item)
	case kindExchange:
		s.exchange(n, item)
	case kindWake:
		s.wake(n, item)
	case kindHeartbeat:
		s.heartbeat(n, item)
	case kindLoad:
		s.load(n, item)
	case kindConnect:
		s.connect(n, item)
	case kindSubmit:
		s.submitted(n, item)
	case kindHangUp:
		s.hangUp(n, item)
	}
}

// fail stops the run: something happened that no scenario can ask for.
func (s *shard) fail(n *node, format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("node %d at %.6f s: %w", n.number, float64(s.now)/1e6, fmt.Errorf(format, args...))
	}
}

// push puts an item of a node's own into the queue.
func (s *shard) push(n *node, at uint64, kind uint8, ref, arg uint32) {
	n.sequence++
	s.queue.Push(queue.Item{At: max(at, s.now), Source: n.number, Seq: n.sequence, Target: n.number, Ref: ref, Arg: arg, Kind: kind})
}
