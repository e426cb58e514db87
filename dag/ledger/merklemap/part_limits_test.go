package merklemap

import (
	"bytes"
	"errors"
	"testing"
)

// TestPartTooLarge halves a part until it is small enough.
func TestPartTooLarge(t *testing.T) {
	m, err := Build(func(yield func(key, value []byte) bool) {
		for i := range 100 {
			if !yield(keyOf(i), bytes.Repeat([]byte{byte(i)}, MaxPartValue)) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var open func(p Prefix) int
	open = func(p Prefix) int {
		b, err := m.CutPart(p)
		if errors.Is(err, ErrPartTooLarge) {
			zero, one := p.Halves()
			return open(zero) + open(one)
		}
		entries, opening := OpenPart(m.Root(), p, b)
		if err != nil || opening != nil || len(b) > MaxPartSize {
			t.Fatalf("part %s of %d bytes: %v, %v", p, len(b), err, opening)
		}
		return len(entries)
	}
	if _, err := m.CutPart(Prefix{}); !errors.Is(err, ErrPartTooLarge) {
		t.Errorf("cut %d bytes: %v", m.Size(), err)
	}
	if n := open(Prefix{}); n != 100 {
		t.Errorf("%d entries in the halves", n)
	}
}

func TestPartOfManyEntriesTooLarge(t *testing.T) {
	m, err := Build(func(yield func(key, value []byte) bool) {
		for i := range MaxPartEntries + 1 {
			if !yield([]byte{byte(i), byte(i >> 8), byte(i >> 16)}, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.CutPart(Prefix{}); !errors.Is(err, ErrPartTooLarge) {
		t.Error(err)
	}
	var all []Entry
	for key, value := range m.All() {
		all = append(all, Entry{key, value})
	}
	if _, err := OpenPart(m.Root(), Prefix{}, forge(nil, all)); !errors.Is(err, ErrPart) {
		t.Error(err)
	}
}

func TestEntryTooLongForPart(t *testing.T) {
	for _, m := range []Map{Map{}.Set(make([]byte, MaxPartKey+1), nil), Map{}.Set(nil, make([]byte, MaxPartValue+1))} {
		if _, err := m.CutPart(Prefix{}); !errors.Is(err, ErrPart) {
			t.Error(err)
		}
	}
	tooLong := Entry{nil, make([]byte, MaxPartValue+1)}
	if _, err := OpenPart(Map{}.Set(tooLong.Key, tooLong.Value).Root(), Prefix{}, forge(nil, []Entry{tooLong})); !errors.Is(err, ErrPart) {
		t.Error(err)
	}
	m := Map{}.Set(make([]byte, MaxPartKey), make([]byte, MaxPartValue)).Set(nil, nil)
	if got, err := OpenPart(m.Root(), Prefix{}, mustCut(t, m, Prefix{})); err != nil || len(got) != 2 {
		t.Error(len(got), err)
	}
}
