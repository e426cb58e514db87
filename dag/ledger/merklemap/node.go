package merklemap

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// Domain separation of the hashes of nodes.
const (
	leafDomain  = 0x00
	innerDomain = 0x01
)

// path is the place of a key in the trie: its SHA-256 digest, read from the most significant bit of the first byte.
type path [sha256.Size]byte

// noBit follows the last bit of a path. As the result of firstDifference it means that the paths are equal.
const noBit = 8 * len(path{})

func pathOf(key []byte) path { return sha256.Sum256(key) }

// at returns bit i, 0 or 1.
func (p *path) at(i int) int { return int(p[i/8]>>(7-i%8)) & 1 }

// firstDifference returns the first bit in which two paths differ, or noBit.
func firstDifference(a, b *path) int {
	for i := 0; i < len(path{}); i += 8 {
		if x := binary.BigEndian.Uint64(a[i:]) ^ binary.BigEndian.Uint64(b[i:]); x != 0 {
			return 8*i + bits.LeadingZeros64(x)
		}
	}
	return noBit
}

// node is a *leaf or an *inner. Nodes never change.
type node interface{ digest() [32]byte }

// leaf is one entry.
type leaf struct {
	path  path
	hash  [32]byte
	key   []byte
	value []byte
}

func newLeaf(p path, key, value []byte) *leaf {
	return &leaf{path: p, hash: leafHash(p, sha256.Sum256(value)), key: key, value: value}
}

func leafHash(p path, valueHash [32]byte) [32]byte {
	var message [1 + len(p) + len(valueHash)]byte
	message[0] = leafDomain
	copy(message[1:], p[:])
	copy(message[1+len(p):], valueHash[:])
	return sha256.Sum256(message[:])
}

func (l *leaf) digest() [32]byte { return l.hash }

// length returns that of the entry in the binary form of a part, in bytes.
func (l *leaf) length() int { return entryHead + len(l.key) + len(l.value) }

// inner has the entries whose path has a 0 at bit below child[0], those with a 1 below child[1]; all of them agree on the
// bits before.
type inner struct {
	child    [2]node
	hash     [32]byte
	leftmost *leaf // below it: shows the bits on which all agree without a walk
	bit      uint8
}

// newInner returns an inner node without its hash.
func newInner(bit int, left, right node) *inner {
	return &inner{child: [2]node{left, right}, leftmost: first(left), bit: uint8(bit)}
}

// newHashed returns an inner node over two that are hashed.
func newHashed(bit int, left, right node) *inner {
	out := newInner(bit, left, right)
	out.hash = innerHash(out.bit, left.digest(), right.digest())
	return out
}

func innerHash(bit uint8, left, right [32]byte) [32]byte {
	var message [2 + len(left) + len(right)]byte
	message[0], message[1] = innerDomain, bit
	copy(message[2:], left[:])
	copy(message[2+len(left):], right[:])
	return sha256.Sum256(message[:])
}

func (n *inner) digest() [32]byte { return n.hash }

// lookup returns the leaf at which the way of p ends. The node must not be nil.
func lookup(n node, p *path) *leaf {
	for {
		in, ok := n.(*inner)
		if !ok {
			return n.(*leaf)
		}
		n = in.child[p.at(int(in.bit))]
	}
}

// splitBit returns the bit at which n splits; noBit for a leaf.
func splitBit(n node) int {
	if in, ok := n.(*inner); ok {
		return int(in.bit)
	}
	return noBit
}

// first returns the leftmost leaf below n.
func first(n node) *leaf {
	if in, ok := n.(*inner); ok {
		return in.leftmost
	}
	return n.(*leaf)
}

// halves returns what of n has a 0 and what has a 1 at bit, which is not above the bit at which n splits; a node that
// splits later is on one side as a whole.
func halves(n node, bit int) (zero, one node) {
	if in, ok := n.(*inner); ok && int(in.bit) == bit {
		return in.child[0], in.child[1]
	}
	if first(n).path.at(bit) == 0 {
		return n, nil
	}
	return nil, n
}

// walk visits the leaves below n from left to right until visit returns false, which it then returns too.
func walk(n node, visit func(*leaf) bool) bool {
	if in, ok := n.(*inner); ok {
		return walk(in.child[0], visit) && walk(in.child[1], visit)
	}
	return visit(n.(*leaf))
}
