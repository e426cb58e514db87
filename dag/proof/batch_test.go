package proof

import (
	"errors"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag/ledger"
)

func TestBatchPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		readings := newReadings(rapid.IntRange(1, 300).Draw(t, "count"))
		batch, err := NewBatch(readings)
		if err != nil {
			t.Fatal(err)
		}
		var leaves []Hash
		for _, r := range readings {
			leaves = append(leaves, tlog.RecordHash(r))
		}
		if batch.Head() != (TreeHead{uint64(len(readings)), slowRoot(leaves)}) {
			t.Fatal("root differs from the definition")
		}
		index := rapid.Uint64Range(0, uint64(len(readings)-1)).Draw(t, "index")
		path, err := batch.Path(index)
		if err != nil {
			t.Fatal(err)
		}
		anchor := ledger.Anchor{Root: batch.Head().Root, Count: batch.Head().Size}
		if err := CheckReading(anchor, index, readings[index], path); err != nil {
			t.Fatal(err)
		}
		err = proof.VerifyInclusion(rfc6962.DefaultHasher, index, anchor.Count, rfc6962.DefaultHasher.HashLeaf(readings[index]), slices32(path), anchor.Root[:])
		if err != nil {
			t.Fatalf("transparency-dev: %v", err)
		}
		if err := CheckReading(anchor, index, append([]byte(" "), readings[index]...), path); !errors.Is(err, ErrInclusion) {
			t.Fatalf("a changed reading: %v", err)
		}
	})
}

func TestBatchLimits(t *testing.T) {
	full := newReadings(ledger.MaxAnchorCount)
	batch, err := NewBatch(full)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := batch.Path(ledger.MaxAnchorCount - 1); err != nil {
		t.Error(err)
	}
	if _, err := batch.Path(ledger.MaxAnchorCount); err == nil {
		t.Error("a path for a reading that is not there")
	}
	for name, readings := range map[string][][]byte{
		"none": nil, "one too many": newReadings(ledger.MaxAnchorCount + 1), "one twice": {full[0], full[1], full[0]},
	} {
		if _, err := NewBatch(readings); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
