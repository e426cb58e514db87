package dag

import (
	"encoding/binary"
	"slices"
)

// pastLength is how many of its newest states a graph remembers in marks: some seconds' worth where much is issued, hours' worth
// elsewhere.
const pastLength = 512

// Marks are short names of a digest's buckets, by which a graph finds whether it was there itself a moment ago.
type Marks [Buckets]uint32

// Marks returns the short names of the digest's buckets.
func (d *Digest) Marks() (m Marks) {
	for b := range d {
		m[b] = d.mark(b)
	}
	return m
}

// mark names what is in a bucket: 26 bits of its fingerprint and the bucket's number.
func (d *Digest) mark(bucket int) uint32 {
	return binary.BigEndian.Uint32(d[bucket][:4])&^(Buckets-1) | uint32(bucket)
}

// past is a ring of the marks that a graph's buckets had before each of its newest events.
type past struct {
	marks []uint32
	next  int // in marks: the oldest, once it is full
}

func (p *past) remember(mark uint32) {
	if len(p.marks) < pastLength {
		p.marks = append(p.marks, mark)
		return
	}
	p.marks[p.next] = mark
	p.next = (p.next + 1) % pastLength
}

// News returns a mask with a bit set for each bucket in which another graph holds what is not here, as far as its marks tell: they
// differ from those here, and are not what they were here lately. A graph that is only behind this one, since events are
// still on their way to it, has no news. As with Digest, nothing is proven by it.
func (g *Graph) News(theirs *Marks) (mask uint64) {
	for b, mark := range theirs {
		if mark != g.digest.mark(b) && !slices.Contains(g.past.marks, mark) {
			mask |= 1 << b
		}
	}
	return mask
}
