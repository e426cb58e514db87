package archive

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/node/store"
)

const (
	// packSize is where a pack of entries ends, in bytes: the first entry that goes beyond it is its last.
	packSize = 1 << 20
	// maxPack is the largest pack that is read, in bytes.
	maxPack = packSize + 1 + store.MaxKey + store.MaxValue + 2*binary.MaxVarintLen64
)

// Pack appends an entry of the database to a pack: the lengths of key and value as varints (those of encoding/binary), each
// followed by the bytes. The key begins with its range, a store.Range.
func Pack(pack, key, value []byte) []byte {
	pack = append(binary.AppendUvarint(pack, uint64(len(key))), key...)
	return append(binary.AppendUvarint(pack, uint64(len(value))), value...)
}

// Unpack visits the entries of a pack. The slices are parts of it. It ends with the first error of visit. Its own errors wrap
// ErrDamaged.
func Unpack(pack []byte, visit func(key, value []byte) error) error {
	for len(pack) > 0 {
		var key, value []byte
		var err error
		if key, pack, err = field(pack, 1+store.MaxKey); err != nil {
			return fmt.Errorf("%w: key of an entry: %w", ErrDamaged, err)
		}
		if len(key) < 2 || !slices.Contains(ranges, store.Range(key[0])) {
			return fmt.Errorf("%w: %x is not the key of an entry", ErrDamaged, key)
		}
		if value, pack, err = field(pack, store.MaxValue); err != nil {
			return fmt.Errorf("%w: value of entry %x: %w", ErrDamaged, key, err)
		}
		if err := visit(key, value); err != nil {
			return err
		}
	}
	return nil
}

// field cuts a length and that many bytes off.
func field(b []byte, limit uint64) (content, rest []byte, err error) {
	size, n := binary.Uvarint(b)
	switch {
	case n <= 0 || n > 1 && b[n-1] == 0: // cut off, too long, or written with more bytes than needed
		return nil, nil, fmt.Errorf("no length")
	case size > limit:
		return nil, nil, fmt.Errorf("%d bytes, at most %d are allowed", size, limit)
	case size > uint64(len(b)-n):
		return nil, nil, fmt.Errorf("%d of %d bytes", len(b)-n, size)
	}
	return b[n : n+int(size)], b[n+int(size):], nil
}
