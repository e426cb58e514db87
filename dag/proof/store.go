package proof

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag"
)

// Store reads back the hashes that Log.Append handed out. They are numbered from 0 without gaps, in the order in which
// they were handed out (the numbering of golang.org/x/mod/sumdb/tlog, after Crosby and Wallach), so a flat file or one key
// each will do.
type Store interface {
	// Hash returns the hash with that storage index. An error means that the storage cannot be trusted.
	Hash(index uint64) (Hash, error)
}

// StoredCount returns how many hashes the storage of a log with that many leaves holds: fewer than two a leaf.
func StoredCount(size uint64) uint64 { return uint64(tlog.StoredHashCount(int64(size))) }

// MemoryStore is a Store in memory. Its zero value is the storage of an empty log.
type MemoryStore []Hash

// Hash implements Store.
func (m *MemoryStore) Hash(index uint64) (Hash, error) {
	if index >= uint64(len(*m)) {
		return Hash{}, fmt.Errorf("log storage: hash %d is not there, %d are", index, len(*m))
	}
	return (*m)[index], nil
}

// Put keeps what an append added. Appends must be put in their order, each once.
func (m *MemoryStore) Put(a Appended) error {
	if a.First != uint64(len(*m)) {
		return fmt.Errorf("log storage: hashes from %d on do not follow the %d that are there", a.First, len(*m))
	}
	*m = append(*m, a.Hashes...)
	return nil
}

// reader lets package tlog read from s.
func reader(s Store) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		hashes := make([]Hash, len(indexes))
		for i, index := range indexes {
			var err error
			if hashes[i], err = s.Hash(uint64(index)); err != nil {
				return nil, err
			}
		}
		return hashes, nil
	})
}

// inRange reports whether every n may be a size or an index of a log: such numbers also fit the int64 of package tlog.
func inRange(numbers ...uint64) bool {
	for _, n := range numbers {
		if n > dag.MaxInteger {
			return false
		}
	}
	return true
}
