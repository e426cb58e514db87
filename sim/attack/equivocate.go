package attack

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

var equivocateKind = kind("equivocate", "issues two events for every sequence number and shows each to one half of the peers",
	makeEquivocate,
	Param{"every", 200, 1, 3_600_000, "ms between pairs of payload events, without a committee seat"},
	Param{"most", 1000, 1, 100_000, "events on each of the two branches"},
)

func makeEquivocate(c *captive) (attacker, error) {
	e := &equivocate{captive: c, clock: ticker{every: c.ms("every")}, left: [sides]int{int(c.param("most")), int(c.param("most"))}}
	for _, other := range append([]engine.Self{c.Self}, c.accomplices()...) {
		e.keys = append(e.keys, other.Signer.Key())
	}
	e.turn()
	return e, c.shut()
}

// equivocate runs two branches of its chain, each for one half of its peers. A member's branches take part in the rounds, and
// each builds only on what has not seen the other, so that a slot it leads has two candidates and its votes count for both
// sides; without a seat the branches carry payloads. Accomplices split their peers alike and hide each other's branches.
// Events of one branch have even times, those of the other odd ones, by which accomplices know them.
//
// It hopes that the two halves decide slots differently before they compare what they know.
//
// Against it: two quorums share an honest member as long as less than a third equivocates, and that one has a single chain. A cone
// that shows the fork counts none of its votes; nobody approves an event of a key whose fork it knows; the second ordered
// event of a number is a no-op and the key frozen. What the halves build names the other event as a parent, so both sides have
// both within a round or two.
//
// A report shows the fork reported by every node, the key frozen, skipped slots where it led, and one order. With a third of the
// weight or more, and honest halves that do not reach each other, it shows two orders: that is the bound, and the
// invariant of one order says so.
//
// See L. Lamport, R. Shostak, M. Pease, "The Byzantine generals problem", TOPLAS 4 (1982); for graphs, I. Keidar et al., "Cordial
// miners", DISC 2023.
type equivocate struct {
	*captive
	newest [sides]dag.Index // of each branch
	left   [sides]int       // how many events each may still get
	begun  int              // events in the graph when it began
	keys   []dag.Key        // of the accomplices, this one among them
	seats  []int            // theirs
	seen   int              // events in the graph when it last looked
	clock  ticker           // for payloads
}

// turn lets both branches begin where the node's chain is.
func (e *equivocate) turn() {
	prev := e.last()
	e.newest, e.begun, e.seen, e.seats = [sides]dag.Index{prev, prev}, e.Engine.Graph().Len(), 0, nil
	for _, key := range e.keys {
		if n, ok := e.Network.Committee.Number(key); ok {
			e.seats = append(e.seats, n)
		}
	}
}

func (e *equivocate) step(now uint64, in engine.Input, out *Effects) error {
	mark := len(out.Sends)
	if err := e.captive.step(now, in, out); err != nil {
		return err
	}
	for n := mark; n < len(out.Sends); n++ {
		if e.peers.isFriend(out.Sends[n].Peer) {
			continue
		}
		side := sideOf(out.Sends[n].Peer)
		hideEvents(out.Sends[n:n+1], func(id dag.ID) bool { return e.foreign(id, side) })
	}
	switch {
	case e.member < 0:
		return e.payloads(now, out)
	case e.Engine.Graph().Open() > 0 && e.Engine.Graph().Len() != e.seen:
		e.seen = e.Engine.Graph().Len()
		return e.witnesses(now, out)
	}
	return nil
}

// foreign reports whether an event is one that peers of a side are not to get from here: an accomplice's on the other branch.
func (e *equivocate) foreign(id dag.ID, side int) bool {
	i, ok := e.Engine.Graph().Find(id)
	return ok && i >= dag.Roots && e.onOther(i, side)
}

// onOther reports whether the event at i is an accomplice's on another branch than that of a side.
func (e *equivocate) onOther(i dag.Index, side int) bool {
	graph := e.Engine.Graph()
	event := graph.Arena().Event(i)
	return slices.Contains(e.keys, event.Key()) && graph.Position(i) >= e.begun && int(event.Time()%sides) != side
}

// mark makes the time of an event tell its branch.
func mark(f dag.Fields, side int) dag.Fields {
	f.Time = (f.Time+sides-1)/sides*sides + uint64(side)
	return f
}

// witnesses continues each branch that can claim a new round.
func (e *equivocate) witnesses(now uint64, out *Effects) error {
	for side := range sides {
		cone := e.clean(side)
		round, rises := highest(cone)
		if !rises || len(cone.Approves()) < dag.MinApproves {
			continue
		}
		if err := e.extend(now, side, e.witnessFields(now, e.newest[side], round, cone), out); err != nil {
			return err
		}
	}
	return nil
}

// payloads continues both branches with a payload each. What they approve is chosen before either is there.
func (e *equivocate) payloads(now uint64, out *Effects) error {
	if !e.clock.rings(now, out) {
		return nil
	}
	var twins [sides]dag.Fields
	for side := range sides {
		body, err := e.inventedAnchor(now)
		if err != nil {
			return err
		}
		twins[side] = e.after(now, e.newest[side])
		twins[side].Kind, twins[side].Body, twins[side].Approves = ledger.KindAnchor, body, e.tips(now, e.newest[side])
	}
	for side := range sides {
		if err := e.extend(now, side, twins[side], out); err != nil {
			return err
		}
	}
	return nil
}

// extend adds an event to a branch and shows it to the branch's side.
func (e *equivocate) extend(now uint64, side int, f dag.Fields, out *Effects) error {
	if e.left[side] == 0 {
		return nil
	}
	v, err := e.sign(mark(f, side))
	if err != nil {
		return err
	}
	if e.newest[side], err = e.attach(now, v, out); err != nil {
		e.left[side] = 0
		return err
	}
	e.left[side]--
	whisper(v.Block(), e.peers.side(side), out)
	return nil
}

// considered bounds how many events are looked at for one event of a branch.
const considered = 256

// clean returns a cone for the next event of a branch that holds nothing of the accomplices' other branches: members' tips first,
// since they have the votes, then the other tips, then whatever is newest.
func (e *equivocate) clean(side int) *finality.Prospect {
	rules, graph := e.Engine.Rules(), e.Engine.Graph()
	cone := rules.Prospect(e.member, e.newest[side])
	tips := graph.Tips()
	tips = tips[:min(len(tips), considered)]
	for _, members := range []bool{true, false} {
		for _, i := range tips {
			if _, member := rules.Member(i); member == members && e.isClean(i, side) {
				cone.Approve(i)
			}
		}
	}
	looked := 0
	for i := range graph.Newest {
		if looked++; len(cone.Approves()) >= dag.MinApproves || looked > considered {
			break
		}
		if e.isClean(i, side) {
			cone.Approve(i)
		}
	}
	return cone
}

// isClean reports whether the cone of the event at i holds nothing of the accomplices' branches on the other side.
func (e *equivocate) isClean(i dag.Index, side int) bool {
	return !slices.ContainsFunc(e.seats, func(n int) bool {
		newest, forked := e.Engine.Rules().Head(i, n)
		return forked || newest != dag.NoIndex && e.onOther(newest, side)
	})
}
