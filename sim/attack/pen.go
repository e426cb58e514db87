package attack

import (
	"encoding/binary"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// after returns the fields of an event of the victim's key that follows prev (NoIndex for the first), with everything but what
// it approves and carries.
func (c *captive) after(now uint64, prev dag.Index) dag.Fields {
	rules := c.Engine.Rules()
	f := dag.Fields{
		Network: c.Network.ID, Key: c.Self.Signer.Key(), Account: c.Self.Account, Seq: 1, Time: now,
		Epoch: rules.Epoch(), Round: rules.PayloadRound(c.Self.Signer.Key(), prev),
	}
	if prev != dag.NoIndex {
		e := c.Engine.Graph().Arena().Event(prev)
		f.Seq, f.Prev, f.Time = e.Seq()+1, e.ID(), max(now, e.Time())
	}
	return f
}

// ids returns the ids of vertices.
func (c *captive) ids(list []dag.Index) []dag.ID {
	ids := make([]dag.ID, len(list))
	for n, i := range list {
		ids[n] = c.Engine.Graph().Arena().ID(i)
	}
	return ids
}

// tips returns what an honest payload event that follows prev would approve.
func (c *captive) tips(now uint64, prev dag.Index) []dag.ID {
	return c.ids(c.Engine.Graph().ChooseTips(c.Network.Approvals, prev, now, c.Random))
}

// sign signs an event.
func (c *captive) sign(f dag.Fields) (dag.Verified, error) { return f.Sign(c.signer()) }

// attach gives the victim's engine an event and returns its index. What the engine does in answer goes to out.
func (c *captive) attach(now uint64, v dag.Verified, out *Effects) (dag.Index, error) {
	if err := c.step(now, engine.Gossip{Events: []dag.Verified{v}}, out); err != nil {
		return dag.NoIndex, err
	}
	i, ok := c.Engine.Graph().Find(v.ID())
	if !ok {
		return dag.NoIndex, fmt.Errorf("the node's own rules refuse event %s", v.ID())
	}
	return i, nil
}

// publish signs an event, attaches it here and broadcasts it.
func (c *captive) publish(now uint64, f dag.Fields, out *Effects) error {
	v, err := c.sign(f)
	if err != nil {
		return err
	}
	if _, err := c.attach(now, v, out); err != nil {
		return err
	}
	broadcast(v.Block(), out)
	return nil
}

// publishPayload publishes an event with a payload that approves what an honest one would.
func (c *captive) publishPayload(now uint64, kind string, body []byte, out *Effects) error {
	f := c.after(now, c.last())
	f.Kind, f.Body, f.Approves = kind, body, c.tips(now, c.own.last)
	return c.publish(now, f, out)
}

func broadcast(block []byte, out *Effects) {
	out.Broadcasts = append(out.Broadcasts, engine.Broadcast{Topic: engine.TopicEvents, Data: block})
}

func whisper(block []byte, to []string, out *Effects) {
	if len(to) > 0 {
		out.Whispers = append(out.Whispers, Whisper{Topic: engine.TopicEvents, Data: block, Peers: to})
	}
}

// fill makes b random.
func (c *captive) fill(b []byte) {
	var word [8]byte
	for len(b) > 0 {
		binary.LittleEndian.PutUint64(word[:], c.Random.Uint64())
		b = b[copy(b, word[:]):]
	}
}

// inventedAnchor returns the body of an anchor over readings that do not exist.
func (c *captive) inventedAnchor(now uint64) ([]byte, error) {
	a := ledger.Anchor{Count: 1 + c.Random.Uint64N(100), First: now, Last: now}
	c.fill(a.Root[:])
	return a.Encode()
}
