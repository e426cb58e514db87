package attack

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// prospect returns what the member's next witness event would see if the member were honest and its newest event were prev.
func (c *captive) prospect(prev dag.Index) *finality.Prospect {
	graph := c.Engine.Graph()
	payload, ok := graph.OldestUnapproved()
	if !ok {
		payload = dag.NoIndex
	}
	return c.Engine.Order().PickApprovals(finality.Choice{
		Member: c.member, Prev: prev, Tips: graph.Tips(), Payload: payload, Fallback: graph.Newest,
	})
}

// witnessFields returns the fields of the member's event that follows prev, claims a round and sees a cone.
func (c *captive) witnessFields(now uint64, prev dag.Index, round uint64, cone *finality.Prospect) dag.Fields {
	f := c.after(now, prev)
	f.Round, f.Approves = round, c.ids(cone.Approves())
	return f
}

// highest returns the highest round that the member may claim with a cone, and whether that is above the one it is in.
func highest(cone *finality.Prospect) (round uint64, rises bool) {
	own, committee := cone.OwnRound(), cone.CommitteeRound()
	if own == 0 {
		return 1, true
	}
	return committee + 1, own <= committee
}

// eager is a member that issues an event for every round it can claim, without waiting for anything.
type eager struct{ seen int }

// ready reports whether there is a seat and work, and whether the graph grew since it was asked last.
func (e *eager) ready(c *captive) bool {
	graph := c.Engine.Graph()
	if c.member < 0 || graph.Open() == 0 || graph.Len() == e.seen {
		return false
	}
	e.seen = graph.Len()
	return true
}
