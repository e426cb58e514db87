package store

import (
	"bytes"
	"errors"
	"io/fs"
	"math/big"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
)

// IsDamage reports whether an error says that the disk did not return what was written, which Rebuild goes around.
func IsDamage(err error) bool {
	return pebble.IsCorruptionError(err) || errors.Is(err, ErrCorrupt) || errors.Is(err, syscall.EIO)
}

// each visits every entry that can be read, and notes the gaps between.
func (r *rebuilding) each(db *pebble.DB, visit func(key, value []byte) error) error {
	i, err := db.NewIter(nil)
	if err != nil {
		return explain("read", r.path(databaseDir), err)
	}
	defer i.Close() // its error is that of the last gap
	var last []byte
	for valid := i.First(); ; {
		value, err := readAt(i, valid)
		switch {
		case err == nil && !valid:
			return nil
		case err == nil:
			if err := visit(i.Key(), value); err != nil {
				return err
			}
			last = append(last[:0], i.Key()...)
			valid = i.Next()
			continue
		case !IsDamage(err) && !errors.Is(err, fs.ErrNotExist) || len(r.done.Gaps) >= maxGaps:
			return explain("read", r.path(databaseDir), err)
		}
		gap := Gap{From: bytes.Clone(last)}
		gap.To, valid = seekPast(i, last)
		r.done.Gaps = append(r.done.Gaps, gap)
	}
}

// readAt returns the value at which an iterator stands, or why it stands nowhere; nil at the end.
func readAt(i *pebble.Iterator, valid bool) ([]byte, error) {
	if !valid {
		return nil, i.Error()
	}
	return i.ValueAndErr()
}

const (
	// gallop is the base-2 logarithm of what a step of seekPast is multiplied by while nothing can be read. Trying is dear: for every
	// block that is damaged the database looks for a single flipped bit.
	gallop = 8
	// precise is how much finer than its distance the end of a gap is found, as a base-2 logarithm.
	precise = 8
	// distinct is within how many bytes of their first ones the keys of neighbours differ.
	distinct = 18
	// shortest is the number of bytes of the shortest key as seekPast sees it.
	shortest = 10
)

// seekPast moves an iterator from behind a key, where nothing can be read, to the next entry that can, and returns where what cannot be
// read ends, which is nil for the end of the database, and whether there is an entry behind.
// Keys are taken as numbers: growing steps find a place that can be read, and halving the last of them where what cannot be read ends.
func seekPast(i *pebble.Iterator, key []byte) (to []byte, valid bool) {
	width := max(len(key), shortest)
	number := func(n *big.Int) []byte { return n.FillBytes(make([]byte, width)) }
	reads := func(n *big.Int) bool {
		_, err := readAt(i, i.SeekGE(number(n)))
		return err == nil
	}
	first := new(big.Int).SetBytes(append(bytes.Clone(key), make([]byte, width-len(key))...))
	end := new(big.Int).Lsh(big.NewInt(1), uint(8*width))
	bad, good := first, end
	for step := new(big.Int).Lsh(big.NewInt(1), uint(8*max(0, width-distinct))); ; step.Lsh(step, gallop) {
		next := new(big.Int).Add(first, step)
		if next.Cmp(end) >= 0 {
			break
		}
		if reads(next) {
			good = next
			break
		}
		bad = next
	}
	for {
		left, distance := new(big.Int).Sub(good, bad), new(big.Int).Sub(good, first)
		if left.BitLen() <= 1 || left.BitLen() < distance.BitLen()-precise {
			break
		}
		middle := left.Rsh(left, 1)
		if middle.Add(middle, bad); reads(middle) {
			good = middle
		} else {
			bad = middle
		}
	}
	if good.Cmp(end) >= 0 {
		return nil, false
	}
	return number(good), i.SeekGE(number(good))
}
