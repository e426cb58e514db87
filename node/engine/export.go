package engine

import "github.com/ledgerofthings/lot/dag"

// A Line is one line of the export of the graph of the epoch at hand, from which anyone can compute its order again: first the
// network, with the epoch, the ledger time with which it began and how many commits were made before; then every event with the votes and certificates it casts, parents first, then the commits. The fields that a type of line has are
// named with it; the others are left out.
type Line struct {
	Type string `json:"type"` // network, event or commit

	// network
	Network *dag.NetworkID `json:"network,omitempty"`
	Roots   []dag.ID       `json:"roots,omitempty"`
	Members []ExportMember `json:"committee,omitempty"`

	// event
	ID           dag.ID       `json:"id,omitzero"`
	Key          dag.Key      `json:"key,omitzero"`
	Seq          uint64       `json:"seq,omitempty"`
	Prev         dag.ID       `json:"prev,omitzero"`
	Approves     []dag.ID     `json:"approves,omitempty"`
	Time         uint64       `json:"time,omitempty"` // event: issuer's clock; commit: ledger time; ms
	Epoch        uint64       `json:"epoch,omitempty"`
	Round        uint64       `json:"round,omitempty"`
	Kind         string       `json:"kind,omitempty"`
	Votes        []ExportVote `json:"votes,omitempty"`
	Certificates []ExportVote `json:"certificates,omitempty"`

	// commit
	Number uint64   `json:"number,omitempty"`
	Slot   uint64   `json:"slot,omitempty"`
	Leader dag.ID   `json:"leader,omitzero"`
	Order  []dag.ID `json:"order,omitempty"`
}

// ExportMember is a seat of the committee.
type ExportMember struct {
	Name   string  `json:"name"`
	Key    dag.Key `json:"key"`
	Weight uint64  `json:"weight"`
}

// ExportVote is a vote or certificate for a slot; without a candidate it is a vote for none.
type ExportVote struct {
	Slot      uint64 `json:"slot"`
	Candidate dag.ID `json:"candidate,omitzero"`
}

// ExportHead returns the first line of an export.
func (e *Engine) ExportHead() Line {
	l := Line{
		Type: "network", Network: &e.network.ID, Epoch: e.network.Epoch, Time: e.epoch.state.Time(), Number: e.epoch.commits,
	}
	for n := range dag.Roots {
		l.Roots = append(l.Roots, e.arena.ID(dag.Index(n)))
	}
	for _, m := range e.network.Committee.Members() {
		l.Members = append(l.Members, ExportMember{Name: m.Name, Key: m.Key, Weight: m.Weight})
	}
	return l
}

// ExportEvents returns the lines of up to limit events from the given place in the order of attaching.
func (e *Engine) ExportEvents(from, limit int) []Line {
	var lines []Line
	for n := from; n < min(from+limit, e.graph.Len()); n++ {
		lines = append(lines, e.exportEvent(e.graph.At(n)))
	}
	return lines
}

func (e *Engine) exportEvent(i dag.Index) Line {
	event := e.arena.Event(i)
	l := Line{
		Type: "event", ID: event.ID(), Key: event.Key(), Seq: event.Seq(), Prev: event.Prev(), Approves: event.Approves(),
		Time: event.Time(), Epoch: event.Epoch(), Round: event.Round(), Kind: event.Kind(),
	}
	if _, member := e.rules.Member(i); !member || !e.rules.IsStart(i) {
		return l
	}
	for slot := max(1, e.rules.PreviousRound(i)-min(1, e.rules.PreviousRound(i))); slot < e.rules.Round(i); slot++ {
		if candidate, cast := e.rules.Vote(i, slot); cast {
			l.Votes = append(l.Votes, e.exportVote(slot, candidate))
		}
		if candidate, cast := e.rules.Certificate(i, slot); cast && candidate != dag.NoIndex {
			l.Certificates = append(l.Certificates, e.exportVote(slot, candidate))
		}
	}
	return l
}

func (e *Engine) exportVote(slot uint64, candidate dag.Index) ExportVote {
	v := ExportVote{Slot: slot}
	if candidate != dag.NoIndex {
		v.Candidate = e.arena.ID(candidate)
	}
	return v
}

// ExportCommits returns the lines of up to limit commits from the given place, from 0.
func (e *Engine) ExportCommits(from, limit int) []Line {
	var lines []Line
	for n := from; n < min(from+limit, int(e.at.commit.Number)); n++ {
		c := e.order.Past(uint64(n) + 1)
		l := Line{Type: "commit", Number: e.epoch.commits + uint64(n) + 1, Slot: c.Slot, Leader: e.arena.ID(c.Leader), Time: c.Time}
		for _, i := range c.Events {
			l.Order = append(l.Order, e.arena.ID(i))
		}
		lines = append(lines, l)
	}
	return lines
}
