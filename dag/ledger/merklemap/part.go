package merklemap

import (
	"bytes"
	"errors"
	"fmt"
)

// Limits of a part.
const (
	// MaxPartSize is the longest encoded part, in bytes.
	MaxPartSize = 4 << 20
	// MaxPartEntries is the most entries of a part.
	MaxPartEntries = 1 << 17
	// MaxPartKey is the longest key of an entry in a part, in bytes.
	MaxPartKey = 1<<8 - 1
	// MaxPartValue is the longest value of an entry in a part, in bytes.
	MaxPartValue = 64 << 10
)

var (
	// ErrPart is wrapped by every error of OpenPart, and by those of CutPart that are not ErrPartTooLarge: the prefix, or
	// what is said to be the part below it, cannot be.
	ErrPart = errors.New("part of a map does not hold")
	// ErrPartTooLarge says that a part exceeds MaxPartSize or MaxPartEntries. Its halves (see Prefix.Halves) may not.
	ErrPartTooLarge = errors.New("part of a map is too large: take its halves")
)

// Entry is a key with its value.
type Entry struct {
	Key, Value []byte
}

// CutPart returns, in its binary form, the part of the map with prefix p: all its entries, and what shows against the
// map's root that they are all. It looks at no other entries, so its cost is that of the part and of the way to it.
func (m Map) CutPart(p Prefix) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	way := p.lowest()
	steps, top := m.descend(&way, p.Bits)
	if top == nil || !p.has(&first(top).path) {
		absence := m.prove(&way)
		return encodeEmptyPart(&absence), nil
	}
	size, err := partSize(len(steps), top)
	if err != nil {
		return nil, fmt.Errorf("cut part %s: %w", p, err)
	}
	return encodePart(make([]byte, 0, size), steps, top), nil
}

// OpenPart reads a part and verifies that it is the one with prefix p of the map with the given root: that its entries,
// which it returns by rising SHA-256 of their keys, are in the map, and that no other entry with the prefix is. The entries
// share the memory of b. Errors wrap ErrPart.
func OpenPart(root [32]byte, p Prefix, b []byte) ([]Entry, error) {
	err := p.check()
	if err != nil {
		return nil, err
	}
	way := p.lowest()
	shown, err := decodePart(b)
	switch {
	case err != nil:
	case len(shown.leaves) == 0:
		err = shown.absence.verifyNone(root, p, &way)
	default:
		err = shown.verify(root, p, &way)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: prefix %s: %w", ErrPart, p, err)
	}
	return shown.entries(), nil
}

// verifyNone checks that nothing in the map has prefix p, by the leaf at the end of the lowest way with that prefix. What
// splits at or behind the prefix's end does so below all that could have it, so that leaf shows it for all others.
func (p *Proof) verifyNone(root [32]byte, prefix Prefix, way *path) error {
	if p.Leaf != nil && prefix.has((*path)(&p.Leaf.Path)) {
		return errors.New("it is said to be empty and shows a leaf of its own")
	}
	return p.verifyWay(root, way)
}

// verify checks that the leaves are just what the map has with prefix p. The trie over them has one form only, so its hash
// binds their number, and that all steps split before the prefix's end shows that nothing with it is beside them.
func (d *decodedPart) verify(root [32]byte, p Prefix, way *path) error {
	for i, l := range d.leaves {
		if !p.has(&l.path) {
			return fmt.Errorf("entry %d has another prefix", i)
		}
		if i > 0 && bytes.Compare(d.leaves[i-1].path[:], l.path[:]) >= 0 {
			return fmt.Errorf("entry %d is not behind the one before it", i)
		}
	}
	return verifySteps(root, d.steps, p.Bits, way, assemble(d.leaves).digest())
}

func (d *decodedPart) entries() []Entry {
	out := make([]Entry, len(d.leaves))
	for i, l := range d.leaves {
		out[i] = Entry{l.key, l.value}
	}
	return out
}
