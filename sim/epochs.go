package sim

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

// keptEpochs is how many of the latest epochs a shard keeps what it computed of: as many as engine.Shared does.
const keptEpochs = 4

// keepVerified remembers an event that was checked.
func (s *shard) keepVerified(id dag.ID, v dag.Verified) {
	epoch := v.Epoch()
	if s.verified[epoch] == nil {
		s.verified[epoch] = map[dag.ID]dag.Verified{}
	}
	s.verified[epoch][id] = v
}

// turned takes note that a node is in an epoch, and lets go of what nobody looks at any more.
func (s *shard) turned(n *node, epoch uint64) {
	for i := range n.rates {
		n.rates[i].held = 0
	}
	clear(n.guests)
	n.graph, n.seen = n.engine.Graph(), 0
	n.before, n.now = n.now, n.engine.Network()
	if epoch <= s.newest {
		return
	}
	s.newest = epoch
	for old := range s.verified { // each goes by itself, so the order does not matter
		if old+keptEpochs < epoch {
			delete(s.verified, old)
		}
	}
	for arena := range s.measured.chains { // likewise
		if arena.Origin().Epoch+keptEpochs < epoch {
			delete(s.measured.chains, arena)
		}
	}
}

// attached takes note of the events that have come to a node's graph since the last time, and goes with the node into the next epoch.
func (s *shard) attached(n *node, at uint64) {
	s.attachedTo(n, n.graph, at)
	if g := n.engine.Graph(); g != n.graph {
		s.turned(n, n.engine.Rules().Epoch())
		s.attachedTo(n, g, at)
	}
}

func (s *shard) attachedTo(n *node, g *dag.Graph, at uint64) {
	for ; n.seen < g.Len(); n.seen++ {
		s.measured.totals.Deliveries++
		s.measured.second.Deliveries++
		event := s.learn(n, g, g.At(n.seen))
		if !event.IsWitness() {
			mark(s.payload(event), n, s, at)
		}
	}
}

// learn lets a node's intake know of an event in its graph: how far the key's events are there, and whom it admits.
func (s *shard) learn(n *node, g *dag.Graph, i dag.Index) *dag.Event {
	event := g.Arena().Event(i)
	b := n.rates.bucket(s.chainOf(g.Arena(), i))
	b.held = max(b.held, uint32(event.Seq()))
	if event.Kind() == governance.KindAdmit {
		if admit, err := governance.DecodeAdmit(event.Body()); err == nil {
			if n.guests == nil {
				n.guests = map[dag.Key]struct{}{}
			}
			n.guests[admit.Event] = struct{}{}
			s.measured.suite.Admission.Attached(event, n.now)
		}
	}
	return event
}

// recall takes note of the events that a node found on its disk.
func (s *shard) recall(n *node) {
	n.now, n.before = nil, nil
	s.turned(n, n.engine.Rules().Epoch())
	for ; n.seen < n.graph.Len(); n.seen++ {
		s.learn(n, n.graph, n.graph.At(n.seen))
	}
}

// forgetAfter is how long, in µs, a gossip message is kept: longer than any router remembers it, and than any way takes.
func (w *world) forgetAfter() uint64 { return 2*uint64(w.scenario.Gossip.Seen) + 300_000_000 }

// tell takes note of what an engine says about epochs.
func (s *shard) toldOfEpochs(n *node, at uint64, notice engine.Notice) {
	switch notice := notice.(type) {
	case engine.Sealed:
		s.sealed(n, at, notice)
	case engine.Reissued:
		if s.honest(n) {
			s.reissued(n, notice)
			s.measured.suite.Liveness.Reissued(notice.Old)
		}
	case engine.Behind:
		s.behind(n, notice)
	}
}

// reissued takes note that a node has issued a payload again. One that began anew with a snapshot cannot know what became of its anchors
// meanwhile, and issues them again in any case; a payment is guarded by its sequence number, and the rest says the same twice.
func (s *shard) reissued(n *node, r engine.Reissued) {
	if place, known := s.measured.place[r.Old]; n.skipped && known && s.measured.payloads[place].kind == ledger.KindAnchor {
		return
	}
	s.measured.suite.Once.Reissued(r.Old, r.New)
}

// sealed takes note that an epoch is over at a node.
func (s *shard) sealed(n *node, at uint64, sealed engine.Sealed) {
	if !s.honest(n) {
		return
	}
	suite, number := s.measured.suite, int(n.number)
	suite.Seals.Sealed(number, at, sealed.Epoch, sealed.Seal, sealed.Network)
	suite.Pruning.Sealed(number, at, sealed.Epoch)
	if sealed.Network.Epoch == n.engine.Network().Epoch { // else several were sealed at once
		suite.Admission.Sealed(number, at, sealed.Epoch, n.terms(sealed.Epoch).Admissions, n.engine.State())
	}
}

// terms returns what holds at a node in its epoch or the one before.
func (n *node) terms(epoch uint64) *engine.Network {
	if n.before != nil && n.before.Epoch == epoch {
		return n.before
	}
	return n.engine.Network()
}

// tidyEvery is the time, in µs, between two looks at what can be let go of.
const tidyEvery = 10_000_000

// tidy lets the shards let go of old messages, and looks at what nodes keep of the past.
func (w *world) tidy() {
	if w.now%tidyEvery != 0 {
		return
	}
	for _, s := range w.shards {
		s.messages.forget(w.now, w.forgetAfter())
	}
	w.eachHonest(func(s *shard, n *node) {
		o := n.engine.Overview()
		s.measured.suite.Pruning.Check(int(n.number), w.now, n.since, o.Oldest, o.Epoch)
	})
}
