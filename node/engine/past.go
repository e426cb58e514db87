package engine

import (
	"github.com/ledgerofthings/lot/dag"
)

const (
	// pastLook is how many stored events one answer about an earlier epoch looks at.
	pastLook = 4_096
)

// answerPast returns events of an earlier epoch that a peer lacks according to its request: one that was away when the epoch was
// sealed needs the rest of it. They come from the disk in the order in which they were attached here; of keys that have forked all
// are sent.
func (e *Engine) answerPast(m *dag.Missing) (*dag.Inform, error) {
	reply := &dag.Inform{Tag: m.Tag, Epoch: m.Epoch, Answer: m.Mask}
	n := e.rangeOf(m.Epoch)
	if n < 0 {
		return nil, nil
	}
	known := make(map[dag.Key]uint64, len(m.Heads))
	for i := range m.Heads {
		if h := &m.Heads[i]; len(h.Sums) == 0 {
			known[dag.Key(h.Key)] = h.Seq
		}
	}
	first, end, bytes, looked := e.ranges[n].record.Position, e.endOf(n), 0, 0
	var failed error
	err := e.storage.Scan([]byte{prefixEvent}, numberKey(prefixEvent, first+m.From-min(m.From, 1)), func(key, block []byte) bool {
		position := keyNumber(key)
		if position >= end {
			return false
		}
		if looked++; looked > pastLook || len(reply.Blocks) >= dag.MaxInformEvents || bytes >= dag.MaxInformBytes {
			reply.Next = position - first + 1
			return false
		}
		var v dag.Verified
		if v, failed = dag.Restore(block); failed != nil {
			return false
		}
		if dag.BucketMask(v.Key())&m.Mask != 0 && v.Seq() > known[v.Key()] {
			reply.Blocks = append(reply.Blocks, v.Block())
			bytes += v.Size()
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return reply, storageError(failed)
}

// rangeOf returns the place of an epoch in ranges, if all its events are here; else -1.
func (e *Engine) rangeOf(epoch uint64) int {
	if epoch < e.oldestEpoch() {
		return -1
	}
	for n := range e.ranges {
		if e.ranges[n].number == epoch {
			return n
		}
	}
	return -1
}
