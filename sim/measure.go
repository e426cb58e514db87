package sim

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/report"
)

// measurements are what one shard saw. Those of all shards are added up when the run ends; see collect.go.
type measurements struct {
	totals   report.Totals
	second   report.Second // since the last look at all nodes
	payloads []payload
	place    map[dag.ID]int32         // by event: its place in payloads
	chains   map[*dag.Arena]*[]uint32 // by the arena's number of a chain: this shard's number of its key, plus one
	commits  []commit
	timeline []report.Moment
	suite    *invariant.Suite
	told     []*finality.Commit  // up to which an order was told to the checkers
	added    *ledger.State       // whose balances were added up last
	split    []invariant.Finding // nodes whose order differs from what a quorum has signed
}

// nodeStats is what is counted of a node.
type nodeStats struct {
	restarts           int
	issued             uint64
	bytesIn, bytesOut  uint64
	copies, duplicates uint64
	busy               uint64
	upTime             uint64
}

// payload is how one payload event fared at the nodes of a shard.
type payload struct {
	id       dag.ID
	kind     string
	size     int
	issuer   int // its node; -1 if it was issued in another shard
	issued   uint64
	approved uint64   // when the first event that approves it was issued here; 0 for none
	arrivals []uint32 // by node of the shard: when, see stamp; 0 for never
	finals   []uint32
	finalOwn uint64
	status   ledger.Status
}

// commit is one commit as the nodes of a shard decided it.
type commit struct {
	engine.Committed
	first, last uint64
	nodes       int
}

func (m *measurements) sent(bytes uint64) {
	m.totals.Bytes += bytes
	m.second.Bytes += bytes
}

func (m *measurements) moment(at uint64, node uint32, what string) {
	m.timeline = append(m.timeline, report.Moment{At: at, Node: int(node), Kind: report.MomentNode, What: what})
}

// measure takes note of what a step of a node brought: events that it attached, and what it decided.
func (s *shard) measure(n *node, at uint64) {
	s.attached(n, at)
	for _, notice := range s.effects.Notices {
		s.noticed(n, at, notice)
	}
}

// chainOf returns this shard's number of the key that issued an event.
func (s *shard) chainOf(a *dag.Arena, i dag.Index) uint32 {
	c, known := a.Vertex(i).Chain, s.measured.chains[a]
	if known == nil {
		known = new([]uint32)
		s.measured.chains[a] = known
	}
	for int(c) >= len(*known) {
		*known = append(*known, 0)
	}
	if (*known)[c] == 0 {
		(*known)[c] = s.chainNumber(a.ChainKey(c)) + 1
	}
	return (*known)[c] - 1
}

// mark notes when a payload was attached at a node, the first time.
func mark(p *payload, n *node, s *shard, at uint64) {
	if place := &p.arrivals[int(n.number)/len(s.world.shards)]; *place == 0 {
		*place = s.world.stamp(at)
	}
}

// stampUnit is the resolution, in µs, in which the times of single nodes are kept: in that of 16 µs 19 hours fit 32 bits, and 4 bytes are
// kept for every payload event and node. Longer runs have a coarser one.
func (w *world) stampUnit() uint64 { return max(16, uint64(w.scenario.Duration)>>32+1) }

// stamp packs a time; it is never 0.
func (w *world) stamp(at uint64) uint32 { return uint32(min(at/w.stampUnit()+1, 1<<32-1)) }

// payload returns the record of a payload event, making it if it is new in this shard.
func (s *shard) payload(event *dag.Event) *payload {
	m, id := &s.measured, event.ID()
	place, known := m.place[id]
	if !known {
		m.payloads = append(m.payloads, payload{
			id: id, kind: event.Kind(), size: event.Size(), issuer: -1, arrivals: make([]uint32, len(s.nodes)), finals: make([]uint32, len(s.nodes)),
		})
		place = int32(len(m.payloads) - 1)
		m.place[id] = place
	}
	return &m.payloads[place]
}

// noticed takes note of what an engine told.
func (s *shard) noticed(n *node, at uint64, notice engine.Notice) {
	honest := s.honest(n)
	switch notice := notice.(type) {
	case engine.Final:
		s.final(n, at, notice)
	case engine.Committed:
		s.committed(n, at, notice)
	case engine.Checkpoint:
		n.signed = notice.Size
	case engine.Forked:
		if notice.Key == s.keyOf(n) { // what it issued on one branch may never count
			s.measured.suite.Liveness.Replaced(int(n.number), 0)
		}
		s.forked(n, at, notice.Key)
	case engine.Split:
		if honest {
			s.measured.split = append(s.measured.split, invariant.Finding{
				Rule: invariant.RuleOneOrder, At: at, Node: int(n.number),
				Detail: fmt.Sprintf("its log of size %d differs from the one that a quorum signed", notice.Size),
			})
		}
	case engine.Skipped:
		if honest {
			s.fail(n, "the engine met what it rules out: %w", notice.Err)
		}
	default:
		s.toldOfEpochs(n, at, notice)
	}
}

// forked takes note of a key that a node sees forked.
func (s *shard) forked(n *node, at uint64, key dag.Key) {
	s.measured.moment(at, n.number, "sees that key "+key.Short()+" has forked")
	if issuer := s.world.founding.issuers[key]; s.world.attackOf[issuer] == nil {
		s.measured.suite.Forks.Forked(int(issuer), at, int(n.number))
	}
}

func (s *shard) final(n *node, at uint64, f engine.Final) {
	p := s.payload(f.Event)
	if place := &p.finals[int(n.number)/len(s.world.shards)]; *place == 0 {
		*place = s.world.stamp(at)
	}
	p.status = f.Receipt.Status
	if f.Event.Key() == s.keyOf(n) {
		s.measured.second.Final++
		if p.finalOwn == 0 {
			p.finalOwn = at
		}
	}
	if s.honest(n) {
		s.measured.suite.Spends.Receipt(int(n.number), at, f.Event, f.Receipt.Status)
		s.measured.suite.Admission.Ordered(int(n.number), at, f.Event, n.terms(f.Event.Epoch()))
	}
}

func (s *shard) committed(n *node, at uint64, c engine.Committed) {
	if !s.honest(n) {
		return
	}
	m := &s.measured
	m.suite.Order.Committed(int(n.number), at, c.Number, c.Leader, c.Time)
	for uint64(len(m.commits)) < c.Number {
		m.commits = append(m.commits, commit{})
	}
	k := &m.commits[c.Number-1]
	if k.nodes == 0 {
		k.Committed, k.first = c, at
		if c.Number%s.world.supplyEvery == 0 {
			s.checkSupply(at, n.engine.State())
		}
	}
	k.first, k.last = min(k.first, at), max(k.last, at)
	k.nodes++
}

// issued takes note of an event that a node gives to the others.
func (s *shard) issued(n *node, at uint64, number uint32) {
	msg := s.messages.at(number)
	if msg.topic == topicCheckpoints && msg.verdict == accepted && s.honest(n) {
		s.measured.suite.Signatures.Signed(int(n.number), at, msg.cosigned.Head, msg.cosigned.Signature)
	}
	if msg.topic != topicEvents || msg.verdict != accepted || msg.issued {
		return
	}
	event := msg.event
	if event.Key() != s.keyOf(n) {
		return // somebody else's, sent again
	}
	msg.issued = true
	n.stats.issued++
	for _, id := range event.Approves() {
		if v, known := s.verified[event.Epoch()][id]; known && !v.IsWitness() {
			p := s.payload(v.Event)
			p.approved = earlier(p.approved, at)
		}
	}
	if s.honest(n) {
		s.measured.suite.Liveness.Issued(int(n.number), at, event.Event)
	}
	if event.IsWitness() {
		s.measured.totals.Witnesses++
		s.measured.second.Witnesses++
		return
	}
	s.measured.totals.Payloads++
	s.measured.second.Payloads++
	p := s.payload(event.Event)
	p.issuer, p.issued = int(n.number), at
}
