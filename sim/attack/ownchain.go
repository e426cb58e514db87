package attack

import "github.com/ledgerofthings/lot/dag"

// ownChain follows the victim's own events in its graph.
type ownChain struct {
	read int       // so many events of the graph were looked at
	last dag.Index // the newest own event; NoIndex if there is none
}

// last returns the event of the victim's key that was attached last, or NoIndex.
func (c *captive) last() dag.Index {
	graph, key := c.Engine.Graph(), c.Self.Signer.Key()
	for ; c.own.read < graph.Len(); c.own.read++ {
		if i := graph.At(c.own.read); graph.Arena().Event(i).Key() == key {
			c.own.last = i
		}
	}
	return c.own.last
}
