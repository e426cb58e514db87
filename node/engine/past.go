package engine

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// A peer that was away when an epoch was sealed asks for the rest of it. It is answered from the disk, by an index that is made when
// the first one asks and forgotten when the next epoch begins.

// pastIndex finds the events of an epoch that is over.
type pastIndex struct {
	epoch  uint64
	chains map[dag.Key][]pastEvent // in the order of attaching
	ids    map[dag.ID]uint64       // positions
	keys   []dag.Key               // in the order of their first events
}

type pastEvent struct {
	seq, position uint64
	id            dag.ID
}

// indexedPerMs is how many events are indexed in a ms over the long run: it takes some 20 us an event, and peers could ask for two epochs
// in turn. So a node that has made the index of an epoch rests for ten times as long as that took before it makes that of another.
const indexedPerMs = 5

// past returns the index of an epoch; nil if not all its events are here, or another index was made a moment ago.
func (e *Engine) past(now, epoch uint64) (*pastIndex, error) {
	if e.index != nil && e.index.epoch == epoch {
		return e.index, nil
	}
	n := e.rangeOf(epoch)
	if e.index != nil && now < e.indexAt+uint64(len(e.index.ids))/indexedPerMs {
		return nil, nil //nolint:nilnil // the peer asks again
	}
	if n < 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	x := &pastIndex{epoch: epoch, chains: map[dag.Key][]pastEvent{}, ids: map[dag.ID]uint64{}}
	err := e.storage.Scan([]byte{prefixEvent}, numberKey(prefixEvent, e.ranges[n].record.Position), func(key, block []byte) bool {
		position := keyNumber(key)
		if position >= e.endOf(n) {
			return false
		}
		if v, err := dag.Restore(block); err == nil { // what is damaged there is no reason to stop: the epoch is over
			x.add(v.Event, position)
		}
		return true
	})
	e.index, e.indexAt = x, now
	return x, err
}

func (x *pastIndex) add(event *dag.Event, position uint64) {
	key := event.Key()
	if x.chains[key] == nil {
		x.keys = append(x.keys, key)
	}
	x.chains[key] = append(x.chains[key], pastEvent{event.Seq(), position, event.ID()})
	x.ids[event.ID()] = position
}

// lacking returns the positions, rising, of what a peer lacks according to its request: of each key what goes beyond its head. Where
// the peer may follow another branch of a key than is here it gets all of that key.
func (x *pastIndex) lacking(m *dag.Missing) (positions []uint64) {
	heads := make(map[dag.Key]*dag.Head, len(m.Heads))
	for i := range m.Heads {
		heads[dag.Key(m.Heads[i].Key)] = &m.Heads[i]
	}
	for _, key := range x.keys {
		if dag.BucketMask(key)&m.Mask == 0 {
			continue
		}
		chain, head := x.chains[key], heads[key]
		if head != nil && len(head.Sums) == 0 && isChain(chain) && onChain(chain, head) {
			chain = chain[min(head.Seq, uint64(len(chain))):]
		}
		for _, p := range chain {
			positions = append(positions, p.position)
		}
	}
	slices.Sort(positions)
	return positions
}

// isChain reports whether the events of a key are one chain: the key has not forked as far as this node knows.
func isChain(events []pastEvent) bool { return events[len(events)-1].seq == uint64(len(events)) }

// onChain reports whether nothing speaks against the peer holding the same branch of a key as this node.
func onChain(events []pastEvent, h *dag.Head) bool {
	return h.Seq == 0 || h.Seq > uint64(len(events)) || events[h.Seq-1].id == dag.ID(h.Last)
}

// answerPast returns events of an earlier epoch that a peer lacks according to its request, in the order in which they were attached
// here; nil if they are not here.
func (e *Engine) answerPast(now uint64, m *dag.Missing) (*dag.Inform, error) {
	n := e.rangeOf(m.Epoch)
	if n < 0 {
		return nil, nil // it was pruned, though its index may still be at hand
	}
	x, err := e.past(now, m.Epoch)
	if err != nil || x == nil {
		return nil, err
	}
	reply := &dag.Inform{Tag: m.Tag, Epoch: m.Epoch, Now: e.network.Epoch, Answer: m.Mask}
	bytes := 0
	add := func(position uint64) error {
		block, err := e.storage.Get(numberKey(prefixEvent, position))
		if err != nil || block == nil {
			return err
		}
		reply.Blocks = append(reply.Blocks, block)
		bytes += len(block)
		return nil
	}
	for _, id := range m.IDs {
		if position, ok := x.ids[dag.ID(id)]; ok && len(reply.Blocks) < dag.MaxInformEvents/2 && bytes < dag.MaxInformBytes/2 {
			if err := add(position); err != nil {
				return nil, err
			}
		}
	}
	positions := x.lacking(m)
	first := e.ranges[n].record.Position
	start, _ := slices.BinarySearch(positions, first+m.From-min(m.From, 1))
	for _, position := range positions[start:] {
		if len(reply.Blocks) >= dag.MaxInformEvents || bytes >= dag.MaxInformBytes {
			reply.Next = position - first + 1
			break
		}
		if err := add(position); err != nil {
			return nil, err
		}
	}
	return reply, nil
}

// rangeOf returns the place of an epoch in ranges, if all its events are here; else -1.
func (e *Engine) rangeOf(epoch uint64) int {
	if epoch < e.oldestEpoch() {
		return -1
	}
	return slices.IndexFunc(e.ranges, func(r epochRange) bool { return r.number == epoch })
}
