package docs

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// What follows is written from protocol.md alone, with nothing of the product: a second implementation of its hashes and
// choices. Tests hold it against the product, so that the page says enough.

func sum(parts ...[]byte) [32]byte { return sha256.Sum256(bytes.Join(parts, nil)) }

func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// accountOf: section 1.
func accountOf(key [32]byte) [32]byte { return sum([]byte("lot/account/v1\n"), key[:]) }

// rootID: section 1; seal is zero in epoch 1.
func rootID(network [32]byte, epoch uint64, seal [32]byte, n byte) [32]byte {
	return sum([]byte("lot/root/v2\n"), network[:], be64(epoch), seal[:], []byte{n})
}

// leaderOf returns the place of the leader among weights that stand in the order of their keys: section 5.
func leaderOf(weights []uint64, seed [32]byte, epoch, slot uint64) int {
	var total uint64
	for _, w := range weights {
		total += w
	}
	limit := math.MaxUint64 - math.MaxUint64%total
	for n := uint64(0); ; n++ {
		hash := sum([]byte("lot/leader/v1\n"), seed[:], be64(epoch), be64(slot), be64(n))
		x := binary.BigEndian.Uint64(hash[:8])
		if x >= limit {
			continue
		}
		point := x % total
		for i, w := range weights {
			if point < w {
				return i
			}
			point -= w
		}
	}
}

// ready is an event that waits for its place; parents are those that must come first.
type ready struct {
	id, key [32]byte
	seq     uint64
	parents [][32]byte
}

// orderOf puts the events of one commit in order: section 6.
func orderOf(leader [32]byte, events []ready) (order [][32]byte) {
	rank := func(e ready) []byte {
		h := sum([]byte("lot/order/v1\n"), leader[:], e.key[:], be64(e.seq))
		return append(h[:], e.id[:]...)
	}
	left := slices.Clone(events)
	for len(left) > 0 {
		best := -1
		for i, e := range left {
			blocked := slices.ContainsFunc(left, func(o ready) bool { return slices.Contains(e.parents, o.id) })
			if !blocked && (best < 0 || bytes.Compare(rank(e), rank(left[best])) < 0) {
				best = i
			}
		}
		order = append(order, left[best].id)
		left = slices.Delete(left, best, best+1)
	}
	return order
}

// treeHash is MTH of RFC 6962, section 2.1.
func treeHash(leaves [][]byte) [32]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sum([]byte{0}, leaves[0])
	}
	k := 1 << (bits.Len(uint(len(leaves)-1)) - 1)
	left, right := treeHash(leaves[:k]), treeHash(leaves[k:])
	return sum([]byte{1}, left[:], right[:])
}

// mapEntry is an entry of the state with its place in the map.
type mapEntry struct {
	path  [32]byte
	value []byte
}

func bit(path [32]byte, i int) byte { return path[i/8] >> (7 - i%8) & 1 }

// mapRoot: section 8.
func mapRoot(entries []mapEntry) [32]byte {
	if len(entries) == 0 {
		return [32]byte{}
	}
	if len(entries) == 1 {
		v := sha256.Sum256(entries[0].value)
		return sum([]byte{0}, entries[0].path[:], v[:])
	}
	for i := range 256 {
		var halves [2][]mapEntry
		for _, e := range entries {
			halves[bit(e.path, i)] = append(halves[bit(e.path, i)], e)
		}
		if len(halves[0]) > 0 && len(halves[1]) > 0 {
			left, right := mapRoot(halves[0]), mapRoot(halves[1])
			return sum([]byte{1, byte(i)}, left[:], right[:])
		}
	}
	panic("two entries with one key")
}

// openBatch decrypts a batch: section 12.
func openBatch(seed, network, root [32]byte, blob []byte) (readings [][]byte, err error) {
	key, err := hkdf.Key(sha256.New, seed[:], nil, "lot/derive/v1\n"+string(network[:])+string(root[:]), 32)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, make([]byte, 24), blob, append(network[:], root[:]...))
	if err != nil {
		return nil, err
	}
	for len(plain) > 0 {
		n := binary.BigEndian.Uint32(plain)
		readings, plain = append(readings, plain[4:4+n]), plain[4+n:]
	}
	return readings, nil
}

// cardBody: section 15.
func cardBody(name string, keys ...[32]byte) []byte {
	body := append([]byte{1, byte(len(name))}, name...)
	for _, key := range keys {
		body = append(body, key[:]...)
	}
	return body
}

// committeeHash: section 9.
func committeeHash(network [32]byte, names []string, weights []uint64, cosign [][32]byte) [32]byte {
	b := append([]byte("lot/committee/v1\n"), network[:]...)
	b = append(b, be64(uint64(len(names)))...)
	for i, name := range names {
		b = append(b, cosign[i][:]...)
		b = append(b, be64(weights[i])...)
		b = append(b, be64(uint64(len(name)))...)
		b = append(b, name...)
	}
	return sha256.Sum256(b)
}

// pinText: section 10.
func pinText(epoch uint64, seal [32]byte) string {
	b := append(be64(epoch), seal[:]...)
	check := sum([]byte("lot/pin/v1\n"), b)
	return "lotpin:" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(append(b, check[:4]...)))
}

// headOfEdge returns the root of a log of a size from its edge: section 10.
func headOfEdge(size uint64, edge [][32]byte) [32]byte {
	if size == 0 {
		return sha256.Sum256(nil)
	}
	root := edge[len(edge)-1]
	for i := len(edge) - 2; i >= 0; i-- {
		root = sum([]byte{1}, edge[i][:], root[:])
	}
	return root
}

// grownEdge returns the edge after one more leaf: section 10.
func grownEdge(size uint64, edge [][32]byte, leaf []byte) [][32]byte {
	hash := sum([]byte{0}, leaf)
	for ; size&1 == 1; size >>= 1 {
		left := edge[len(edge)-1]
		edge, hash = edge[:len(edge)-1], sum([]byte{1}, left[:], hash[:])
	}
	return append(edge, hash)
}

// rootOfChunk returns the state root that a chunk with entries leads to, and how many it has: section 13.
func rootOfChunk(nbits int, part uint64, chunk []byte) (root [32]byte, entries int) {
	steps := chunk[2 : 2+33*int(chunk[1])]
	var found []mapEntry
	for rest := chunk[2+len(steps):]; len(rest) > 0; {
		k, v := int(rest[0]), int(rest[1])<<16|int(rest[2])<<8|int(rest[3])
		found = append(found, mapEntry{sha256.Sum256(rest[4 : 4+k]), rest[4+k : 4+k+v]})
		rest = rest[4+k+v:]
	}
	root = mapRoot(found)
	for at := len(steps) - 33; at >= 0; at -= 33 {
		i, beside := int(steps[at]), steps[at+1:at+33]
		if part>>(nbits-1-i)&1 == 0 {
			root = sum([]byte{1, byte(i)}, root[:], beside)
		} else {
			root = sum([]byte{1, byte(i)}, beside, root[:])
		}
	}
	return root, len(found)
}
