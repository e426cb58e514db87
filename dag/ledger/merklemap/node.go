package merklemap

import "crypto/sha256"

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
	for i := range a {
		if x := a[i] ^ b[i]; x != 0 {
			bit := 8 * i
			for ; x&0x80 == 0; x <<= 1 {
				bit++
			}
			return bit
		}
	}
	return noBit
}

// node is a *leaf or an *inner. Nodes never change once they are part of a map.
type node interface {
	// digest returns the node's hash, computing what is not known yet.
	digest() [32]byte
	// sealed returns the node with all hashes below it known: itself if they are.
	sealed() node
}

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
func (l *leaf) sealed() node     { return l }

// inner has the entries whose path has a 0 at bit below child[0], those with a 1 below child[1]; all of them agree on the
// bits before.
type inner struct {
	child  [2]node
	hash   [32]byte
	bit    uint8
	hashed bool
}

func innerHash(bit uint8, left, right [32]byte) [32]byte {
	var message [2 + len(left) + len(right)]byte
	message[0], message[1] = innerDomain, bit
	copy(message[2:], left[:])
	copy(message[2+len(left):], right[:])
	return sha256.Sum256(message[:])
}

func (n *inner) digest() [32]byte {
	if n.hashed {
		return n.hash
	}
	return innerHash(n.bit, n.child[0].digest(), n.child[1].digest())
}

func (n *inner) sealed() node {
	if n.hashed {
		return n
	}
	left, right := n.child[0].sealed(), n.child[1].sealed()
	hash := innerHash(n.bit, left.digest(), right.digest())
	return &inner{child: [2]node{left, right}, hash: hash, bit: n.bit, hashed: true}
}

// with returns a copy of n that has c at side.
func (n *inner) with(side int, c node) *inner {
	out := &inner{child: n.child, bit: n.bit}
	out.child[side] = c
	return out
}

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

// insert returns n with l in it, which differs from the leaf at the end of its way first at bit d; noBit replaces that leaf.
func insert(n node, l *leaf, d int) node {
	if in, ok := n.(*inner); ok && int(in.bit) < d {
		side := l.path.at(int(in.bit))
		return in.with(side, insert(in.child[side], l, d))
	}
	if d == noBit {
		return l
	}
	out := &inner{bit: uint8(d)}
	side := l.path.at(d)
	out.child[side], out.child[1-side] = l, n
	return out
}

// remove returns n without the leaf at the end of the way of p; nil if nothing is left.
func remove(n node, p *path) node {
	in, ok := n.(*inner)
	if !ok {
		return nil
	}
	side := p.at(int(in.bit))
	rest := remove(in.child[side], p)
	if rest == nil {
		return in.child[1-side]
	}
	return in.with(side, rest)
}
