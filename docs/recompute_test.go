package docs

import (
	"cmp"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// history computes the order again from the lines of an export, as sections 5 and 6 of protocol.md say, and slowly: every
// question is answered by walking cones. It uses the votes, certificates and commits of the export for nothing.
type history struct {
	epochStart
	keys    []dag.Key // of the committee, in the order of numbers
	weights []uint64
	total   uint64
	events  map[dag.ID]*engine.Line
	view    set // all events
	cones   map[dag.ID]set
}

type set map[dag.ID]bool

// epochStart is what an epoch's order begins with: sections 4 to 6.
type epochStart struct {
	epoch  uint64
	seed   [32]byte // of the leaders
	before uint64   // commits made before
	time   uint64   // ledger time
}

// firstEpoch begins when a network was founded.
func firstEpoch(network dag.NetworkID, created uint64) epochStart {
	return epochStart{epoch: 1, seed: network, time: created}
}

func newHistory(lines []engine.Line, start epochStart) *history {
	h := &history{epochStart: start, events: map[dag.ID]*engine.Line{}, view: set{}, cones: map[dag.ID]set{}}
	for _, m := range lines[0].Members {
		h.keys, h.weights, h.total = append(h.keys, m.Key), append(h.weights, m.Weight), h.total+m.Weight
	}
	for i := range lines {
		if lines[i].Type == "event" {
			h.events[lines[i].ID], h.view[lines[i].ID] = &lines[i], true
		}
	}
	return h
}

func (h *history) quorum(weight uint64) bool { return 3*weight > 2*h.total }

// cone returns what can be reached from an event, the event included and the roots left out.
func (h *history) cone(id dag.ID) set {
	if c, ok := h.cones[id]; ok {
		return c
	}
	c := set{id: true}
	e := h.events[id]
	for _, parent := range append(slices.Clone(e.Approves), e.Prev) {
		if h.events[parent] == nil {
			continue
		}
		for member := range h.cone(parent) {
			c[member] = true
		}
	}
	h.cones[id] = c
	return c
}

// first is first(m, round) in a cone; zero if there is none, or if the cone shows a fork of m.
func (h *history) first(cone set, m int, round uint64) dag.ID {
	var chain []*engine.Line
	for id := range cone {
		if e := h.events[id]; e.Key == h.keys[m] {
			chain = append(chain, e)
		}
	}
	slices.SortFunc(chain, func(a, b *engine.Line) int { return cmp.Compare(a.Seq, b.Seq) })
	for n := 1; n < len(chain); n++ {
		if chain[n].Prev != chain[n-1].ID {
			return dag.ID{}
		}
	}
	for _, e := range chain {
		if e.Round >= round {
			return e.ID
		}
	}
	return dag.ID{}
}

func (h *history) leader(slot uint64) int { return leaderOf(h.weights, h.seed, h.epoch, slot) }

// candidate returns the candidate of a slot in a cone; zero for none.
func (h *history) candidate(cone set, slot uint64) dag.ID {
	x := h.first(cone, h.leader(slot), slot)
	if x.IsZero() || h.events[x].Round != slot {
		return dag.ID{}
	}
	return x
}

// vote returns what m votes for in a cone, zero for nil; cast is false if it does not vote there.
func (h *history) vote(cone set, m int, slot uint64) (candidate dag.ID, cast bool) {
	v := h.first(cone, m, slot+1)
	if v.IsZero() {
		return v, false
	}
	return h.candidate(h.cone(v), slot), true
}

// certificate returns what m certifies in a cone; zero for nothing.
func (h *history) certificate(cone set, m int, slot uint64) dag.ID {
	d := h.first(cone, m, slot+2)
	if d.IsZero() {
		return d
	}
	for candidate, weight := range h.votes(h.cone(d), slot) {
		if !candidate.IsZero() && h.quorum(weight) {
			return candidate
		}
	}
	return dag.ID{}
}

// votes adds up the votes in a cone; those for nil stand under zero.
func (h *history) votes(cone set, slot uint64) map[dag.ID]uint64 {
	weights := map[dag.ID]uint64{}
	for m, w := range h.weights {
		if candidate, cast := h.vote(cone, m, slot); cast {
			weights[candidate] += w
		}
	}
	return weights
}

// decision is what became of a slot: a candidate, or skipped, or neither yet.
type decision struct {
	candidate dag.ID
	skipped   bool
}

func (d decision) open() bool { return d.candidate.IsZero() && !d.skipped }

// decide decides a slot, those above it being decided as far as they can be.
func (h *history) decide(slot uint64, above map[uint64]decision, highest uint64) decision {
	certified := map[dag.ID]uint64{}
	for m, w := range h.weights {
		certified[h.certificate(h.view, m, slot)] += w
	}
	for candidate, weight := range certified {
		if !candidate.IsZero() && h.quorum(weight) {
			return decision{candidate: candidate}
		}
	}
	if h.quorum(h.votes(h.view, slot)[dag.ID{}]) {
		return decision{skipped: true}
	}
	anchor := slot + 3
	for anchor <= highest && above[anchor].skipped {
		anchor++
	}
	if anchor > highest || above[anchor].open() {
		return decision{}
	}
	for m := range h.weights {
		if c := h.certificate(h.cone(above[anchor].candidate), m, slot); !c.IsZero() {
			return decision{candidate: c}
		}
	}
	return decision{skipped: true}
}

// commits returns the commits that follow from the events, up to the one that seals the epoch; nil stands for no seal.
func (h *history) commits(seals func(c *engine.Line) bool) (commits []engine.Line) {
	var highest uint64
	for _, e := range h.events {
		highest = max(highest, e.Round)
	}
	decided := map[uint64]decision{}
	for slot := highest; slot > 0; slot-- {
		decided[slot] = h.decide(slot, decided, highest)
	}
	ordered, last := set{}, h.time
	for slot := uint64(1); slot <= highest && !decided[slot].open(); slot++ {
		if decided[slot].skipped {
			continue
		}
		c := engine.Line{Type: "commit", Number: h.before + uint64(len(commits)) + 1, Slot: slot, Leader: decided[slot].candidate}
		last = max(last, h.median(c.Leader, slot))
		c.Time, c.Order = last, h.take(c.Leader, ordered)
		commits = append(commits, c)
		if seals != nil && seals(&c) {
			break
		}
	}
	return commits
}

// take orders what the cone of a candidate adds.
func (h *history) take(leader dag.ID, ordered set) (order []dag.ID) {
	var events []ready
	for id := range h.cone(leader) {
		if !ordered[id] {
			e := h.events[id]
			r := ready{id: id, key: e.Key, seq: e.Seq, parents: [][32]byte{e.Prev}}
			for _, parent := range e.Approves {
				r.parents = append(r.parents, parent)
			}
			events = append(events, r)
		}
	}
	for _, id := range orderOf(leader, events) {
		ordered[id] = true
		order = append(order, id)
	}
	return order
}

// median returns the time of a commit by itself; 0 without a quorum.
func (h *history) median(leader dag.ID, slot uint64) uint64 {
	type claim struct{ time, weight uint64 }
	var claims []claim
	var total uint64
	for m, w := range h.weights {
		if e := h.first(h.cone(leader), m, slot-1); !e.IsZero() {
			claims, total = append(claims, claim{h.events[e].Time, w}), total+w
		}
	}
	if !h.quorum(total) {
		return 0
	}
	slices.SortFunc(claims, func(a, b claim) int { return cmp.Compare(a.time, b.time) })
	var below uint64
	for _, c := range claims {
		if below += c.weight; 2*below >= total {
			return c.time
		}
	}
	return 0
}
