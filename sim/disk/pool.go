package disk

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// DefaultWindow is how many changes a disk remembers as not synced, if Pool.Window does not say otherwise.
const DefaultWindow = 128

// Pool holds the keys and values of many disks, each content once. It counts who uses one and frees what nobody does.
type Pool struct {
	// Window bounds how many changes a disk may lose in a crash. Of a longer row of turns that were appended and not synced
	// the oldest count as written back by the operating system, as after some seconds they would be. 0 for DefaultWindow.
	Window int

	contents []content
	buckets  []ref // hash table of chains through content.next; its length is a power of two
	free     []ref
	bytes    int64
	trees    treePool

	scans   int   // how many scans are running
	retired []ref // to be released once none is: a scan goes on over what was there when it began
}

// ref names a content of the pool; 0 is none.
type ref = uint32

type content struct {
	data  []byte
	hash  uint32 // lowest bits of the content's hash
	next  ref    // in the chain of its bucket
	users uint32 // how often disks, their journals and snapshots refer to it; 0 if it is free
}

// firstBuckets is the size of a fresh hash table.
const firstBuckets = 1024

// NewPool returns an empty pool.
func NewPool() *Pool {
	p := &Pool{contents: make([]content, 1), buckets: make([]ref, firstBuckets)}
	p.trees = newTreePool(p)
	return p
}

// Size returns how many different keys and values there are, and their bytes.
func (p *Pool) Size() (contents int, bytes int64) {
	return len(p.contents) - 1 - len(p.free), p.bytes
}

// window returns how many unsynced changes a disk remembers.
func (p *Pool) window() int {
	if p.Window > 0 {
		return p.Window
	}
	return DefaultWindow
}

// hash says in which chain a content is. Its outcome depends on nothing but the content.
func hash(data []byte) uint32 { return uint32(xxhash.Sum64(data)) }

func (p *Pool) bucket(h uint32) *ref { return &p.buckets[h&uint32(len(p.buckets)-1)] }

// find returns the ref of a content that is in the pool, else 0.
func (p *Pool) find(data []byte) ref { return p.findHashed(data, hash(data)) }

func (p *Pool) findHashed(data []byte, h uint32) ref {
	for r := *p.bucket(h); r != 0; r = p.contents[r].next {
		if c := &p.contents[r]; c.hash == h && bytes.Equal(c.data, data) {
			return r
		}
	}
	return 0
}

// intern returns the ref of a content, which it copies if it is new, and counts one more user.
func (p *Pool) intern(data []byte) ref {
	h := hash(data)
	r := p.findHashed(data, h)
	if r == 0 {
		r = p.add(data, h)
	}
	p.contents[r].users++
	return r
}

func (p *Pool) add(data []byte, h uint32) ref {
	if len(p.contents) > len(p.buckets) {
		p.grow()
	}
	b := p.bucket(h)
	c := content{data: append(make([]byte, 0, len(data)), data...), hash: h, next: *b}
	var r ref
	if n := len(p.free); n > 0 {
		r, p.free = p.free[n-1], p.free[:n-1]
		p.contents[r] = c
	} else {
		r = ref(len(p.contents))
		p.contents = append(p.contents, c)
	}
	*b = r
	p.bytes += int64(len(data))
	return r
}

// grow doubles the hash table.
func (p *Pool) grow() {
	p.buckets = make([]ref, 2*len(p.buckets))
	for r := 1; r < len(p.contents); r++ {
		if c := &p.contents[r]; c.users > 0 {
			b := p.bucket(c.hash)
			c.next, *b = *b, ref(r)
		}
	}
}

// hold counts one more user of a content; of none it does nothing.
func (p *Pool) hold(r ref) {
	if r != 0 {
		p.contents[r].users++
	}
}

// release counts one user less, and frees what has none; of none it does nothing.
func (p *Pool) release(r ref) {
	if r == 0 {
		return
	}
	if p.scans > 0 {
		p.retired = append(p.retired, r)
		return
	}
	c := &p.contents[r]
	if c.users--; c.users > 0 {
		return
	}
	at := p.bucket(c.hash)
	for *at != r {
		at = &p.contents[*at].next
	}
	*at = c.next
	p.bytes -= int64(len(c.data))
	*c = content{}
	p.free = append(p.free, r)
}

// beginScan keeps contents from being freed until endScan.
func (p *Pool) beginScan() { p.scans++ }

func (p *Pool) endScan() {
	if p.scans--; p.scans > 0 {
		return
	}
	for _, r := range p.retired {
		p.release(r)
	}
	p.retired = p.retired[:0]
}

// data returns the bytes of a content. They must not be changed.
func (p *Pool) data(r ref) []byte { return p.contents[r].data }
