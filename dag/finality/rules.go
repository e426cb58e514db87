package finality

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// What an event can do wrong. Rules.Judge wraps one of them, and package dag adds dag.ErrInvalid.
var (
	ErrEpoch        = errors.New("wrong epoch")
	ErrRound        = errors.New("wrong round")
	ErrForkApproved = errors.New("approves an event of a forked key")
)

// errOrder says that vertices were skipped.
var errOrder = fmt.Errorf("%w: the arena's vertices must be judged one after the other, from the first on", dag.ErrNotJudged)

// Rules judges the events of one epoch and knows what their cones say: heads, rounds, votes and certificates. All of it is a
// function of cones, so any number of simulated nodes may share one Rules beside their shared arena. It implements
// dag.Judge and serves one arena. An event costs one pass over the committee for each of its parents. It is not safe
// for concurrent use.
type Rules struct {
	committee *Committee
	epoch     uint64
	seed      [32]byte
	leaders   []uint8 // by slot, as far as rounds have come

	arena         *dag.Arena
	marks         []mark // by vertex
	rows          rowTable
	forkedMembers bool // the arena knows a fork of a member
	columns       []column
	tracked       map[dag.ChainIndex]int // forked chains outside the committee; place in columns

	scratch []tally
}

// mark is what is kept of a vertex besides its row. The events of a member at which its round rises are its starts; they
// form a tree towards the first, climbed in long jumps, so that first(m, R) takes logarithmic time on any branch.
// See E. Myers, "An applicative random-access stack", Information Processing Letters 17 (1983).
type mark struct {
	member    int16  // the issuer's number, or -1
	round     uint32 // as claimed
	committee uint32 // the highest R for which a quorum has an event of round R or more in the cone
	start     dag.Index
	up        dag.Index // of a start: the start before it, or 0
	jump      dag.Index // of a start: one further up, or 0
	depth     uint32    // of a start: the number of starts above it
	vote      dag.Index // of a start: its vote for slot round-1, or NoIndex for nil
	cert      dag.Index // of a start: its certificate for slot round-2, or NoIndex
}

// NewRules returns the rules of an epoch, numbered from 1. The seed decides the leaders.
func NewRules(committee *Committee, epoch uint64, seed [32]byte) *Rules {
	r := &Rules{
		committee: committee, epoch: epoch, seed: seed,
		rows:    rowTable{stride: committee.Len()},
		tracked: map[dag.ChainIndex]int{},
	}
	for i := range dag.Index(dag.Roots) {
		r.rows.clear(i)
		r.marks = append(r.marks, mark{member: -1})
	}
	return r
}

// Committee returns the epoch's committee.
func (r *Rules) Committee() *Committee { return r.committee }

// Epoch returns the epoch's number, from 1.
func (r *Rules) Epoch() uint64 { return r.epoch }

// Leader returns the number of the member that leads a slot.
func (r *Rules) Leader(slot uint64) int {
	if slot < uint64(len(r.leaders)) {
		return int(r.leaders[slot])
	}
	return chooseLeader(r.committee, r.seed, r.epoch, slot)
}

// Judge implements dag.Judge. An error wraps ErrEpoch, ErrRound or ErrForkApproved, or dag.ErrNotJudged if the rules were not
// asked about all vertices before.
func (r *Rules) Judge(a *dag.Arena, i dag.Index) error {
	if int(i) > len(r.marks) || (r.arena != nil && r.arena != a) {
		return fmt.Errorf("%w: got vertex %d, expected %d", errOrder, i, len(r.marks))
	}
	r.arena = a
	r.forget(i)
	v := a.Vertex(i)
	if v.Event.Epoch() != r.epoch {
		return fmt.Errorf("%w: it claims %d, this is epoch %d", ErrEpoch, v.Event.Epoch(), r.epoch)
	}
	past := r.rows.clear(i)
	r.joinParents(past, v.Prev, v.Approves)
	m := mark{member: r.memberOf(v), committee: r.quorumRound(past, r.parentRound(v.Prev, v.Approves))}
	if err := r.checkRound(v, &m); err != nil {
		return err
	}
	r.marks = append(r.marks, m)
	r.track(i, v)
	r.enter(i, v, past)
	return r.checkApprovals(i, v)
}

// forget drops what an event left behind that got index i before and was found invalid.
func (r *Rules) forget(i dag.Index) {
	r.marks = r.marks[:i]
	for n := range r.columns {
		r.columns[n].heads = r.columns[n].heads[:i]
	}
}

// memberOf returns the number of the issuer, or -1.
func (r *Rules) memberOf(v *dag.Vertex) int16 {
	if v.Prev != dag.NoIndex {
		return r.marks[v.Prev].member
	}
	if n, ok := r.committee.Number(v.Event.Key()); ok {
		return int16(n)
	}
	return -1
}

func (r *Rules) joinParents(dst row, prev dag.Index, approves []dag.Index) {
	for _, p := range approves {
		r.joinRow(dst, r.rows.at(p))
	}
	if prev != dag.NoIndex {
		r.joinRow(dst, r.rows.at(prev))
	}
}

// parentRound returns the highest committee round of some parents.
func (r *Rules) parentRound(prev dag.Index, approves []dag.Index) uint32 {
	var highest uint32
	for _, p := range approves {
		highest = max(highest, r.marks[p].committee)
	}
	if prev != dag.NoIndex {
		highest = max(highest, r.marks[prev].committee)
	}
	return highest
}

// quorumRound returns the highest R, not below from, for which a quorum has claimed R or more in a cone with these heads.
// Each step up adds a round that no parent alone had a quorum for, so there are hardly ever two.
func (r *Rules) quorumRound(heads row, from uint32) uint32 {
	for {
		var weight uint64
		for m, h := range heads {
			if r.headRound(h) > from {
				weight += r.committee.members[m].Weight
			}
		}
		if !r.committee.Quorum(weight) {
			return from
		}
		from++
	}
}

// checkRound applies step 1 and records the round. m.committee is that of the strict past.
func (r *Rules) checkRound(v *dag.Vertex, m *mark) error {
	claimed, low, high := v.Event.Round(), uint64(1), uint64(m.committee)+1
	switch {
	case m.member < 0:
		low, high = 0, 0
	case v.Prev == dag.NoIndex:
		high = 1
	default:
		low = uint64(r.marks[v.Prev].round)
	}
	if claimed < low || claimed > high {
		return fmt.Errorf("%w: it claims %d, its cone allows %d to %d", ErrRound, claimed, low, high)
	}
	m.round = uint32(claimed)
	return nil
}

// enter adds vertex i to its own cone and lets it vote.
func (r *Rules) enter(i dag.Index, v *dag.Vertex, heads row) {
	for n := range r.columns {
		r.growColumn(&r.columns[n], i)
	}
	m := &r.marks[i]
	if m.member < 0 {
		return
	}
	heads[m.member] = r.join(heads[m.member], head(i))
	m.committee = r.quorumRound(heads, m.committee)
	r.linkStart(i, v.Prev)
	r.castNewest(i)
}

// checkApprovals applies step 2.
func (r *Rules) checkApprovals(i dag.Index, v *dag.Vertex) error {
	for _, p := range v.Approves {
		if p >= dag.Roots && r.forkVisible(i, p) {
			return fmt.Errorf("%w: %s of %s", ErrForkApproved, r.arena.ID(p).Short(), r.arena.Event(p).Key().Short())
		}
	}
	return nil
}

// forkVisible reports whether the cone of vertex i shows a fork of the key that issued vertex p.
func (r *Rules) forkVisible(i, p dag.Index) bool {
	if m := r.marks[p].member; m >= 0 {
		return r.rows.at(i)[m].forked()
	}
	return r.outsiderForked(r.arena.Vertex(p).Chain, i)
}
