package finality

import "github.com/ledgerofthings/lot/dag"

// head is what a cone shows of one key: none, the key's newest event there, or that the key's fork is visible there and
// which is the highest round it claims there. It is 32 bits wide because every event keeps one for each member.
//
// A plain head is the event's index; index 0 is a root and no key's event. A fork keeps its round instead, which fits since
// every round that is claimed takes at least one event to get there.
type head uint32

const (
	noHead  head = 0
	forkBit head = 1 << 31
)

func (h head) forked() bool { return h&forkBit != 0 }

// event returns the index of a head that is an event.
func (h head) event() dag.Index { return dag.Index(h) }

// isEvent reports whether the head is one event: the key is in the cone and no fork of it is visible there.
func (h head) isEvent() bool { return h != noHead && !h.forked() }

// row holds the heads of one cone, by member number.
type row []head

// rowTable keeps a row for every vertex, in chunks so that growing copies nothing.
type rowTable struct {
	stride int // members
	chunks [][]head
}

const rowsPerChunk = 1 << 10

// at returns the row of vertex i; it must be in the table.
func (t *rowTable) at(i dag.Index) row {
	start := int(i%rowsPerChunk) * t.stride
	return t.chunks[i/rowsPerChunk][start : start+t.stride : start+t.stride]
}

// clear returns the emptied row of vertex i, which is at most one past those in use.
func (t *rowTable) clear(i dag.Index) row {
	if int(i/rowsPerChunk) == len(t.chunks) {
		t.chunks = append(t.chunks, make([]head, rowsPerChunk*t.stride))
	}
	r := t.at(i)
	clear(r)
	return r
}

// join returns what two cones together show of one key.
func (r *Rules) join(x, y head) head {
	switch {
	case x == y || y == noHead:
		return x
	case x == noHead:
		return y
	case x.forked() || y.forked():
	case r.arena.Precedes(x.event(), y.event()):
		return y
	case r.arena.Precedes(y.event(), x.event()):
		return x
	}
	return forkBit | head(max(r.headRound(x), r.headRound(y)))
}

// headRound returns the highest round that a key claims in a cone with this head.
func (r *Rules) headRound(h head) uint32 {
	if h.forked() {
		return uint32(h &^ forkBit)
	}
	return r.marks[h].round
}

// joinRow adds what another cone shows to dst. On one branch the newer event has the higher index, so as long as the arena
// knows no fork of a member, joining takes the larger of two numbers.
func (r *Rules) joinRow(dst, src row) {
	if r.forkedMembers {
		for m := range dst {
			dst[m] = r.join(dst[m], src[m])
		}
		return
	}
	src = src[:len(dst)]
	for m, h := range dst {
		dst[m] = max(h, src[m])
	}
}
