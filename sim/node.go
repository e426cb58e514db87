package sim

import (
	"encoding/binary"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/disk"
	"github.com/ledgerofthings/lot/sim/gossip"
)

// node is one simulated gateway: the engine, and models of all that is around it.
type node struct {
	number    uint32
	sequence  uint32 // counts what it puts into queues
	life      uint32 // counts its starts
	boots     uint32 // counts the engines that were made for it
	up        bool
	since     uint64 // µs: when it last started
	deaf      bool   // its engine stopped by itself; only a restart helps
	reasons   int    // for being down
	adversary attack.Adversary
	self      engine.Self // what its engine was made with
	engine    *engine.Engine
	disk      *disk.Disk
	router    gossip.Router
	links     []link // by rising peer

	wall     int64  // µs that its wall clock is ahead
	skew     int64  // µs that the engine's clock is ahead, which goes on at the usual pace where the wall clock is set back
	busy     uint64 // µs until which its processor works
	lineUp   uint64 // µs until which its line sends
	lineDown uint64 // µs until which its line receives
	syncTime uint64 // µs of a synced write
	wakeAt   uint64 // µs of the wake that counts; 0 for none
	signed   uint64 // size of the newest checkpoint it knows
	graph    *dag.Graph
	seen     int                  // events of graph that were measured
	now      *engine.Network      // what holds in the epoch of graph
	before   *engine.Network      // and in the one before, if the node was in it
	guests   map[dag.Key]struct{} // whom events of graph admit
	skipped  bool                 // it began anew with a snapshot, and does not know what was before
	fetch    *fetch               // the snapshot that it fetches; nil for none
	rates    buckets              // of keys, for events
	signers  buckets              // of members, for checkpoints
	damaged  bool                 // the scenario has damaged its disk

	devices []device
	stats   nodeStats
}

// link is a connection that a node may have.
type link struct {
	peer       uint32
	generation uint32 // counts the times that the pair was connected
	asked      uint16 // requests to the peer that it has not answered
	controls   uint64 // µs at which the last control message arrives at the peer: they keep their order
	up         bool   // as far as the node knows
}

// link returns the link to a peer; nil if the node has none.
func (n *node) link(peer uint32) *link {
	if len(n.links) <= 16 {
		for i := range n.links {
			if n.links[i].peer == peer {
				return &n.links[i]
			}
		}
		return nil
	}
	i, ok := slices.BinarySearchFunc(n.links, peer, func(l link, peer uint32) int { return int(int64(l.peer) - int64(peer)) })
	if !ok {
		return nil
	}
	return &n.links[i]
}

// connected reports whether the node believes to be connected with a peer.
func (n *node) connected(peer uint32) bool {
	l := n.link(peer)
	return l != nil && l.up
}

// clock returns the node's time in ms since the Unix epoch at a virtual time.
func (n *node) clock(at uint64) uint64 {
	return uint64(epochStart + (int64(at)+n.skew)/1000)
}

// virtual returns the virtual time at which the node's clock first shows a time.
func (n *node) virtual(clock uint64) uint64 {
	return uint64(max(0, (int64(clock)-epochStart)*1000-n.skew))
}

// charge lets the node's processor work for so many µs, once it is done with what it has, and returns when that is finished.
func (n *node) charge(at, work uint64) uint64 {
	n.busy = max(n.busy, at) + work
	n.stats.busy += work
	return n.busy
}

// honest reports whether the node follows the protocol in all of this run.
func (s *shard) honest(n *node) bool { return s.world.attackOf[n.number] == nil }

// step lets the node's engine handle an input at a time, and sends on their way what comes of it.
func (s *shard) step(n *node, at uint64, in engine.Input) {
	if n.deaf {
		return
	}
	s.effects.Reset()
	at = max(at, n.busy)
	var err error
	if n.adversary != nil {
		if g, ok := in.(*engine.Gossip); ok { // adversaries are given values
			in = engine.Gossip{From: g.From, Events: slices.Clone(g.Events)}
		}
		err = n.adversary.Step(n.clock(at), in, &s.effects)
	} else {
		err = n.engine.Step(n.clock(at), in, &s.effects.Effects)
	}
	if err != nil {
		s.stopped(n, err)
		return
	}
	s.settle(n, at)
}

// stopped notes that a node cannot go on, which only a broken disk may cause.
func (s *shard) stopped(n *node, err error) {
	n.deaf = true
	s.measured.moment(s.now, n.number, "stopped by itself: "+err.Error())
	if !n.damaged {
		s.fail(n, "the engine stopped although its disk is sound: %w", err)
	}
}

// settle makes the step's writes as durable as the product does, and carries out its effects.
func (s *shard) settle(n *node, at uint64) {
	out := &s.effects
	release := at
	if out.Promises() || len(out.Whispers)+len(out.Submissions) > 0 {
		s.written(n, n.disk.Commit())
		release += n.syncTime
	} else {
		s.written(n, n.disk.Append())
	}
	s.measure(n, at)
	for _, b := range out.Broadcasts {
		s.publish(n, release, b)
	}
	for _, w := range out.Whispers {
		s.whisper(n, release, w)
	}
	for _, r := range out.Submissions {
		s.submit(n, release, r)
	}
	for i := range out.Sends {
		s.sendExchange(n, release, &out.Sends[i])
	}
	s.setWake(n, out.WakeAt)
}

// written fails the run if the engine wrote what no disk takes.
func (s *shard) written(n *node, err error) {
	if err != nil {
		s.fail(n, "the disk: %w", err)
	}
}

// setWake sees to it that the node is woken when its engine wants it.
func (s *shard) setWake(n *node, clock uint64) {
	if clock == 0 {
		n.wakeAt = 0
		return
	}
	at := max(n.virtual(clock), s.now+1)
	if at != n.wakeAt {
		n.wakeAt = at
		s.push(n, at, kindWake, n.life, 0)
	}
}

// hash names a node's decisions so far: the digest of its graph, its place in the order and the state it came to.
func (n *node) hash() (h [32]byte) {
	if n.engine == nil {
		return h
	}
	o := n.engine.Overview()
	digest := n.engine.Graph().Digest()
	b := make([]byte, 0, 1200)
	for i := range digest {
		b = append(b, digest[i][:]...)
	}
	root := n.engine.State().Root()
	b = append(b, root[:]...)
	for _, v := range []uint64{uint64(o.Events), o.Commits, o.LogSize, o.Signed, uint64(o.Tips), n.stats.bytesIn, n.stats.bytesOut} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return dag.HashBlock(b)
}
