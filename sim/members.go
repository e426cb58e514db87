package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// memberEvery is the time, in µs, between two looks at whether somebody who joins or leaves got on.
const memberEvery = 1_000_000

// chooseMembers decides who is there from the start.
func (w *world) chooseMembers() error {
	w.later = map[int]bool{}
	for i := range w.scenario.Joins {
		nodes, err := w.choose(w.scenario.Joins[i].Nodes, "join", i)
		if err != nil {
			return fmt.Errorf("join %d: %w", i+1, err)
		}
		var new []int
		for _, number := range nodes {
			if !w.later[number] {
				w.later[number] = true
				new = append(new, number)
			}
		}
		w.joins = append(w.joins, new)
	}
	return nil
}

// chooseSeats decides who keeps connections to the committee, since it has or may get a seat there.
func (w *world) chooseSeats() error {
	for member := range w.scenario.Network.Committee {
		w.seats = append(w.seats, member)
	}
	for i := range w.scenario.Governs {
		g := &w.scenario.Governs[i]
		if g.Verb != scenario.GovernSeat {
			continue
		}
		nodes, err := w.choose(g.Nodes, "govern", i)
		if err != nil {
			return fmt.Errorf("govern %d: %w", i+1, err)
		}
		for _, number := range nodes {
			if !slices.Contains(w.seats, number) {
				w.seats = append(w.seats, number)
			}
		}
	}
	return nil
}

// planMembers enters those who join and leave into the agenda.
func (w *world) planMembers() error {
	for i := range w.scenario.Joins {
		j := &w.scenario.Joins[i]
		sponsors, err := w.choose(j.Sponsors, "sponsors", i)
		if err != nil {
			return fmt.Errorf("join %d: sponsors: %w", i+1, err)
		}
		w.remark(uint64(j.At), uint64(j.Within), fmt.Sprintf("%d nodes join", len(w.joins[i])))
		for place, number := range w.joins[i] {
			g := &newcomer{number: uint32(number), sponsors: sponsors, turn: place}
			at := uint64(j.At) + uint64(j.Within)*uint64(place)/uint64(len(w.joins[i]))
			w.agenda.enter(at, g.apply)
		}
	}
	for i := range w.scenario.Leaves {
		l := &w.scenario.Leaves[i]
		nodes, err := w.choose(l.Nodes, "leave", i)
		if err != nil {
			return fmt.Errorf("leave %d: %w", i+1, err)
		}
		w.remark(uint64(l.At), 0, fmt.Sprintf("%d nodes leave", len(nodes)))
		for _, number := range nodes {
			g := &leaver{number: uint32(number)}
			w.agenda.enter(uint64(l.At), g.leave)
		}
	}
	return nil
}

// remark enters something that the scenario asks for into the timeline.
func (w *world) remark(at, length uint64, what string) {
	m := report.Moment{At: at, Node: -1, Kind: report.MomentFault, What: what}
	if length > 0 {
		m.Until = at + length
	}
	w.outcome.timeline = append(w.outcome.timeline, m)
}

// govern lets a node issue an event about the network, and reports whether it did.
func (w *world) govern(n *node, kind string, body []byte, err error) bool {
	s := w.shardOf(n.number)
	if err != nil {
		s.fail(n, "%s: %w", kind, err)
	}
	if !n.up || n.deaf || err != nil {
		return false
	}
	s.now = w.now
	s.step(n, w.now, engine.Govern{Ticket: ticket, Kind: kind, Body: body})
	return s.countRefusals() == nil
}

// newcomer is a node that joins. It applies to one member after the other until one has admitted it.
type newcomer struct {
	number   uint32
	sponsors []int
	turn     int
	asked    map[int]uint64 // by sponsor: the epoch in which it was asked last
	tries    uint64
	up       bool // the node runs
}

// apply asks the next sponsor, unless the newcomer is in.
func (g *newcomer) apply(w *world) {
	if g.admitted(w) {
		w.shardOf(g.number).measured.totals.Admitted++
		return
	}
	sponsor := g.sponsors[g.turn%len(g.sponsors)]
	g.turn++
	n := w.node(uint32(sponsor))
	if n.up && !n.deaf && n.engine != nil {
		if epoch := n.engine.Rules().Epoch(); g.asked[sponsor] < epoch {
			if g.ask(w, n) {
				if g.asked == nil {
					g.asked = map[int]uint64{}
				}
				g.asked[sponsor] = epoch
				g.turn-- // it may take until the next look
			}
		}
	}
	if !g.up && len(g.asked) > 0 { // somebody has heard of it, so it may connect
		g.up = true
		w.rise(g.number)
	}
	w.agenda.enter(w.now+memberEvery, g.apply)
}

// ask lets a sponsor admit the newcomer.
func (g *newcomer) ask(w *world, n *node) bool {
	f := w.founding
	m := f.members[g.number]
	a := governance.Application{Name: m.Name, Host: m.Host, Event: m.Event, Cosign: m.Cosign, Sponsor: f.members[n.number].Event}
	g.tries++
	invitation := sha256.Sum256(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32([]byte("invitation"), g.number), g.tries))
	seed := w.scenario.Seed
	signed, err := a.Sign(f.network.ID, invitation, hostSigner(seed, int(g.number)), identity(seed, int(g.number)).Signer, cosigner(seed, int(g.number)))
	admit := governance.Admit{SignedApplication: signed}
	if err != nil {
		return w.govern(n, governance.KindAdmit, nil, err)
	}
	body, err := admit.Encode()
	return w.govern(n, governance.KindAdmit, body, err)
}

// admitted reports whether the newcomer is a member of the epoch that it is in.
func (g *newcomer) admitted(w *world) bool {
	n := w.node(g.number)
	if !n.up || n.deaf || n.engine == nil {
		return false
	}
	_, member := n.engine.Network().Members[w.founding.members[g.number].Event]
	return member
}

// leaver is a node that gives up its membership.
type leaver struct {
	number uint32
	asked  uint64 // the epoch in which it said so last
}

// leave lets the node say that it leaves, again in each epoch until the network has let it go, and stops it then.
func (g *leaver) leave(w *world) {
	n := w.node(g.number)
	if n.up && !n.deaf && n.engine != nil {
		key := w.founding.members[g.number].Event
		epoch := n.engine.Rules().Epoch()
		if _, member := n.engine.Network().Members[key]; !member {
			w.fall(g.number, noticeStop, all)
			return
		}
		if g.asked < epoch {
			remove := governance.Remove{Member: key}
			body, err := remove.Encode()
			if w.govern(n, governance.KindRemove, body, err) {
				g.asked = epoch
			}
		}
	}
	w.agenda.enter(w.now+memberEvery, g.leave)
}

// actionsOf returns what a proposal of the scenario asks for.
func (w *world) actionsOf(g *scenario.Govern, nodes []int) (list []governance.Action) {
	switch g.Verb {
	case scenario.GovernSeat, scenario.GovernRemove:
		for _, number := range nodes {
			list = append(list, governance.Action{Verb: governance.Verb(g.Verb), Member: w.founding.members[number].Event, Weight: g.Weight})
		}
	default:
		list = append(list, governance.Action{Verb: governance.Verb(g.Verb), Name: g.Name, Value: g.Value})
	}
	return list
}
