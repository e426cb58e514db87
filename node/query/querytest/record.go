package querytest

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/query/server"
)

// record is what a gateway was seen to do: what queries need of its engine.
type record struct {
	network *engine.Network // of the epoch
	origin  dag.Origin
	heads   []stateAt // by rising log size
	chains  map[dag.Key]*dag.Event
	tickets map[dag.Key]*dag.Event
	events  map[dag.ID]*dag.Event // of the epoch
	tips    map[dag.ID]bool
}

// stateAt is the state that the last leaf of a log of that size names.
type stateAt struct {
	size  uint64
	epoch uint64
	leaf  []byte
	state *ledger.State
}

func (r *record) init(n *engine.Network) { r.enter(n, dag.FirstOrigin(n.ID)) }

func (r *record) enter(n *engine.Network, o dag.Origin) {
	r.network, r.origin = n, o
	r.chains, r.tickets = map[dag.Key]*dag.Event{}, map[dag.Key]*dag.Event{}
	r.events, r.tips = map[dag.ID]*dag.Event{}, map[dag.ID]bool{}
}

// take notes what a step did. Where one step makes several commits, the states of all but the last stay unknown.
func (r *record) take(e *engine.Engine, notices []engine.Notice) {
	var last *engine.Committed
	for _, n := range notices {
		switch n := n.(type) {
		case engine.Attached:
			r.attach(n.Event)
		case engine.Newcomer:
			r.tickets[n.Key] = r.events[n.Event]
		case engine.Committed:
			last = &n
		case engine.Sealed:
			r.keepSeal(e)
			r.enter(n.Network, dag.Origin{Network: n.Network.ID, Epoch: n.Epoch + 1, Seal: [32]byte(n.Seal)})
			last = nil
		}
	}
	if last == nil || last.Payload == 0 {
		return
	}
	leaf := proof.ClosingLeaf{
		Leader: last.Leader, Number: last.Number, Time: last.Time, State: e.State().Root(), Committee: r.network.Cosigners.Hash(),
	}
	r.keep(stateAt{e.Overview().LogSize, r.network.Epoch, leaf.Encode(), e.State()})
}

// keepSeal keeps the state of a seal, once it is known; see signed.
func (r *record) keepSeal(e *engine.Engine) {
	r.keep(stateAt{e.Overview().LogSize, r.network.Epoch, nil, e.State()})
}

func (r *record) keep(s stateAt) {
	if n := len(r.heads); n == 0 || r.heads[n-1].size < s.size {
		r.heads = append(r.heads[max(0, n-2000):], s)
	}
}

func (r *record) attach(e *dag.Event) {
	if e.Epoch() != r.origin.Epoch {
		return
	}
	r.events[e.ID()] = e
	if known := r.chains[e.Key()]; known == nil || known.Seq() < e.Seq() {
		r.chains[e.Key()] = e
	}
	r.tips[e.ID()] = true
	for _, id := range e.Approves() {
		delete(r.tips, id)
	}
}

// reader implements server.Reader.
type reader struct{ *Full }

// Event implements server.Reader.
func (r reader) Event(id dag.ID) (engine.EventInfo, error) { return r.Engine.Event(id) }

// Certificates implements server.Reader.
func (r reader) Certificates() (proof.Chain, error) { return r.Engine.Certificates() }

// Log implements server.Reader.
func (r reader) Log() proof.Store { return logStore(r) }

// Signed implements server.Reader.
func (r reader) Signed() (server.Signed, bool) {
	note := r.Engine.CheckpointNote()
	signers := r.Engine.Signers()
	signed, err := signers.Open(note)
	if err != nil {
		return server.Signed{}, false
	}
	for _, s := range slices.Backward(r.record.heads) {
		if leaf := r.leafOf(&s); s.size == signed.Size && leaf != nil {
			return server.Signed{Checkpoint: signed, Epoch: s.epoch, Leaf: leaf, State: s.state}, true
		}
	}
	return server.Signed{}, false
}

// leafOf returns the last leaf of a log. That of a seal is in its certificate.
func (r reader) leafOf(s *stateAt) []byte {
	if s.leaf != nil {
		return s.leaf
	}
	chain, err := r.Engine.Certificates()
	if err != nil {
		r.town.T.Fatal(err)
	}
	for _, c := range chain {
		if c.Seal.Head.Size == s.size {
			return c.Seal.Leaf.Encode()
		}
	}
	return nil
}

// Chain implements server.Reader.
func (r reader) Chain(key dag.Key) server.Chain {
	c := server.Chain{
		Origin: r.record.origin, Member: !r.record.network.Members[key].IsZero(), Newest: r.record.chains[key], Ticket: r.record.tickets[key],
	}
	for id := range r.record.tips { // sorted below
		c.Tips = append(c.Tips, id)
	}
	slices.SortFunc(c.Tips, dag.ID.Compare)
	return c
}

// logStore reads the log's hashes from where the engine keeps them.
type logStore struct{ *Full }

// Hash implements proof.Store.
func (s logStore) Hash(index uint64) (proof.Hash, error) {
	b, err := s.disk.Get(binary.BigEndian.AppendUint64([]byte{'h'}, index))
	if err != nil || len(b) != len(proof.Hash{}) {
		return proof.Hash{}, fmt.Errorf("hash %d of the log is not there: %w", index, err)
	}
	return proof.Hash(b), nil
}
