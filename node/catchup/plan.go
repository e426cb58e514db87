package catchup

import (
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

// plan is which chunks of a state are to be fetched still. It goes depth first: the halves of a chunk come next, so that a peer that
// said it must be split is found out soon if that was a lie.
type plan struct {
	todo   []engine.Chunk // the next one last
	done   map[engine.Chunk]bool
	total  int // chunks, as far as it is known which there are
	splits map[engine.Chunk]*split
}

// split is a chunk that a peer said is too large, while its halves are not all there.
type split struct {
	by      string
	known   int // how many of its halves
	bytes   int // of these
	entries int
}

// newPlan returns the plan for a state that is cut into 2^bits chunks, of which some, in this or in another cut, are there.
func newPlan(bits int, staged map[engine.Chunk]bool) *plan {
	p := &plan{done: map[engine.Chunk]bool{}, splits: map[engine.Chunk]*split{}}
	above := map[engine.Chunk]bool{}
	for c := range staged { // order does not matter: it makes a set
		for c.Bits > 0 && !above[parent(c)] {
			c = parent(c)
			above[c] = true
		}
	}
	p.cover(engine.Chunk{}, bits, staged, above)
	return p
}

// cover plans for the part of the state below a chunk.
func (p *plan) cover(c engine.Chunk, bits int, staged, above map[engine.Chunk]bool) {
	switch {
	case staged[c]:
		p.done[c] = true
		p.total++
	case c.Bits < bits || above[c]:
		first, second := halves(c)
		p.cover(second, bits, staged, above) // what is put first comes last
		p.cover(first, bits, staged, above)
	default:
		p.todo = append(p.todo, c)
		p.total++
	}
}

func parent(c engine.Chunk) engine.Chunk { return engine.Chunk{Bits: c.Bits - 1, Part: c.Part >> 1} }

func halves(c engine.Chunk) (first, second engine.Chunk) {
	return engine.Chunk{Bits: c.Bits + 1, Part: 2 * c.Part}, engine.Chunk{Bits: c.Bits + 1, Part: 2*c.Part + 1}
}

// complete reports whether all chunks are there.
func (p *plan) complete() bool { return len(p.done) == p.total }

// next takes the next chunk off the plan.
func (p *plan) next() (c engine.Chunk, ok bool) {
	if len(p.todo) == 0 {
		return c, false
	}
	c = p.todo[len(p.todo)-1]
	p.todo = p.todo[:len(p.todo)-1]
	return c, true
}

// again puts a chunk back.
func (p *plan) again(c engine.Chunk) { p.todo = append(p.todo, c) }

// divide puts the halves of a chunk in its place, because a peer says that it is too large. It is false if that cannot be.
func (p *plan) divide(c engine.Chunk, by string) bool {
	if c.Bits >= snapshot.MaxHalvedBits {
		return false
	}
	first, second := halves(c)
	p.todo = append(p.todo, second, first)
	p.splits[c] = &split{by: by}
	p.total++
	return true
}

// finish notes that a chunk is there, and returns the peers that said of a part of the state above it that it is too large, which it
// is not. A chunk and the way to it are never longer than those of its halves together.
func (p *plan) finish(c engine.Chunk, bytes, entries int) (liars []string) {
	p.done[c] = true
	for c.Bits > 0 {
		c = parent(c)
		s := p.splits[c]
		if s == nil {
			return liars
		}
		s.known++
		s.bytes += bytes
		s.entries += entries
		if s.known < 2 {
			return liars
		}
		if bytes, entries = s.bytes, s.entries; bytes <= snapshot.MaxChunk && entries <= merklemap.MaxPartEntries {
			liars = append(liars, s.by)
		}
		delete(p.splits, c)
	}
	return liars
}
