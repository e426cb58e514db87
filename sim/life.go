package sim

import (
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/disk"
	"github.com/ledgerofthings/lot/sim/gossip"
)

// start makes a node's engine from what is on its disk. It is not connected yet.
func (s *shard) start(n *node) {
	n.life++
	n.up, n.since = true, s.world.now
	n.busy = max(n.busy, s.world.now)
	n.skew = n.wall
	n.router = gossip.NewRouter(&s.world.gossip, s.world.now)
	if !s.boot(n) {
		return
	}
	if n.life > 1 {
		s.restarted(n)
	}
	s.push(n, s.world.now+gossip.InitialDelay+s.random(n)%uint64(s.world.scenario.Gossip.Heartbeat), kindHeartbeat, n.life, 0)
}

// boot makes a node's engine from what is on its disk, and reports whether that can be.
func (s *shard) boot(n *node) bool {
	n.deaf, n.adversary = false, nil
	n.rates, n.signers, n.wakeAt, n.signed = nil, nil, 0, 0
	n.self = s.world.founding.selves[n.number]
	n.boots++
	n.self.Random = source(s.seedOf(n), "engine", int(n.boots))
	if !s.honest(n) {
		n.self.Signer = attack.NewGate(n.self.Signer)
	}
	e, err := engine.New(s.config(n.self), n.disk, n.clock(s.world.now))
	if err != nil {
		n.engine = nil
		s.now = s.world.now
		s.stopped(n, err)
		return false
	}
	n.engine = e
	n.signed = e.Overview().Signed
	s.written(n, n.disk.Commit())
	s.recall(n)
	s.push(n, s.world.now+1, kindWake, n.life, 0)
	n.wakeAt = s.world.now + 1
	return true
}

// seedOf gives every node randomness of its own.
func (s *shard) seedOf(n *node) uint64 { return mix(s.world.seed ^ mix(uint64(n.number))) }

// config is what a node's engine is made from.
func (s *shard) config(self engine.Self) engine.Config {
	network := &s.world.scenario.Network
	policy := engine.DefaultPolicy
	policy.BatchCount, policy.BatchWindow = network.BatchCount, network.BatchWindow.Milliseconds()
	policy.Graph.TipAge, policy.Keep = network.TipAge.Milliseconds(), network.Keep.Milliseconds()
	return engine.Config{Network: s.world.founding.network, Self: self, Policy: policy, Shared: s.shared, Mute: engine.Mute{Attached: true}}
}

// stop ends a node's life: of its unsynced writes as many turns survive as keep says. Its own connections are gone.
func (s *shard) stop(n *node, keep func(turns int) int) {
	n.up, n.engine, n.adversary, n.graph, n.fetch = false, nil, nil, nil, nil
	n.disk.Crash(keep)
	for i := range n.links {
		n.links[i].up = false
	}
}

// all keeps every write, as a process does that ends in good order.
func all(turns int) int { return turns }

// fall stops a node until as many reasons are gone as there came, and lets its peers notice after a time.
func (w *world) fall(number uint32, notice uint64, keep func(turns int) int) {
	s, n := w.shardOf(number), w.node(number)
	n.reasons++
	if !n.up {
		return
	}
	s.stop(n, keep)
	for _, peer := range w.graph[number] {
		generation := w.generations[pairOf(number, peer)]
		w.tell(peer, w.now+notice, kindHangUp, number, generation)
	}
}

// rise takes away one reason for a node to be down. With the last of them it starts again and is connected.
func (w *world) rise(number uint32) {
	s, n := w.shardOf(number), w.node(number)
	if n.reasons--; n.reasons > 0 {
		return
	}
	n.reasons = 0
	if n.up && !n.deaf {
		return
	}
	n.stats.restarts++
	s.start(n)
	w.takeOver(number)
	for _, peer := range w.graph[number] {
		if w.node(peer).up && !w.air.cutOff(number, peer) {
			w.connectPair(number, peer, redialAfter, redialWithin)
		}
	}
}

// takeOver puts an adversary in the place of a node's engine while its attack lasts.
func (w *world) takeOver(number uint32) {
	a := w.attackOf[number]
	n := w.node(number)
	if a == nil || n.engine == nil || w.now < uint64(a.plan.From) || a.over(w) {
		return
	}
	if n.adversary = w.adversary(a, n); n.adversary != nil {
		s := w.shardOf(number)
		s.now = w.now
		s.step(n, w.now, engine.Wake{}) // a quiet node starts at once
	}
}

func (a *assault) over(w *world) bool { return a.plan.Until != 0 && w.now >= uint64(a.plan.Until) }

// adversary makes the adversary of a node.
func (w *world) adversary(a *assault, n *node) attack.Adversary {
	s := w.shardOf(n.number)
	victim := attack.Victim{
		Network: n.engine.Network(), Self: n.self, Engine: n.engine, Params: a.plan.Params,
		Random: rand.New(rand.NewPCG(s.seedOf(n), uint64(a.number)<<32|uint64(n.life))), Peers: s.peersOf(n),
		Twin: func() (*engine.Engine, error) { return s.twin(n) },
	}
	if a.plan.Until != 0 {
		victim.Until = n.clock(uint64(a.plan.Until))
	}
	for _, other := range a.others {
		victim.Others = append(victim.Others, w.founding.selves[other])
	}
	adversary, err := a.kind.Make(victim)
	if err != nil {
		s.err = errors.Join(s.err, err)
		return nil
	}
	return adversary
}

// twin returns a second engine of a node, on a copy of its disk.
func (s *shard) twin(n *node) (*engine.Engine, error) {
	now := n.disk.Snapshot()
	defer now.Release()
	copied := disk.New(s.pool)
	copied.Restore(now)
	return engine.New(s.config(n.self), copied, n.clock(s.world.now))
}

// peersOf returns the peers that a node is connected with, as its engine was told.
func (s *shard) peersOf(n *node) (list []engine.PeerUp) {
	for i := range n.links {
		if n.links[i].up {
			list = append(list, s.peerUp(n.links[i].peer))
		}
	}
	return list
}

// heal connects the pairs that were cut and are not any more.
func (w *world) heal(c *cut) {
	w.air.cuts = slices.DeleteFunc(w.air.cuts, func(other *cut) bool { return other == c })
	w.across(c, func(a, b uint32) {
		if !w.air.cutOff(a, b) && w.node(a).up && w.node(b).up {
			w.connectPair(a, b, redialAfter, redialWithin)
		}
	})
}

// across visits the pairs of neighbours that a cut separates.
func (w *world) across(c *cut, visit func(a, b uint32)) {
	for a, peers := range w.graph {
		for _, b := range peers {
			if uint32(a) < b && c.side[a] != c.side[b] {
				visit(uint32(a), b)
			}
		}
	}
}
