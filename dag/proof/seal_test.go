package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func TestSealLeafBytes(t *testing.T) {
	leaf := SealLeaf{
		Epoch: 3, Leader: dag.ID(bytes.Repeat([]byte{0xaa}, 32)), Number: 7, Ordered: 0x0607, Time: 0x0102030405, State: [32]byte{0: 0xbb},
		Committee: Hash{31: 0xcc}, Version: 2, Log: TreeHead{Size: 0x0908, Root: Hash{0: 0xdd}},
	}
	b := leaf.Encode()
	want := "03" + "0000000000000003" + strings.Repeat("aa", 32) + "0000000000000007" + "0000000000000607" + "0000000102030405" + "bb" + strings.Repeat("00", 62) + "cc" +
		"0000000000000002" + "0000000000000908" + "dd" + strings.Repeat("00", 31)
	if got := hex.EncodeToString(b); got != want || len(b) != 177 {
		t.Errorf("the leaf is %s, want %s", got, want)
	}
	if id := sha256.Sum256(append([]byte{0}, b...)); leaf.Hash() != id {
		t.Error("its hash is not SHA-256 over a zero byte and the leaf")
	}
	if back, err := DecodeSealLeaf(b); err != nil || back != leaf {
		t.Errorf("comes back as %v, %v", back, err)
	}
}

func TestDecodeLeavesRefuse(t *testing.T) {
	seal := SealLeaf{Epoch: 3, Number: 7, Time: 5, Version: 2, Log: TreeHead{Size: 9}}.Encode()
	closing := ClosingLeaf{Number: 7, Time: 5}.Encode()
	set := func(leaf []byte, at int, with byte) []byte {
		b := bytes.Clone(leaf)
		b[at] = with
		return b
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "short": seal[1:], "long": append(bytes.Clone(seal), 0), "kind": set(seal, 0, closingLeafKind), "epoch 0": set(seal, 8, 0),
		"far epoch": set(seal, 1, 0x80), "far number": set(seal, 41, 0x80), "far ordered": set(seal, 49, 0x80), "far time": set(seal, 57, 0x80),
		"far version": set(seal, 129, 0x80), "far size": set(seal, 137, 0x80), "a closing leaf": closing,
	} {
		if l, err := DecodeSealLeaf(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "short": closing[1:], "long": append(bytes.Clone(closing), 0), "kind": set(closing, 0, sealLeafKind),
		"far number": set(closing, 33, 0x80), "far time": set(closing, 41, 0x80), "a seal leaf": seal,
	} {
		if l, err := DecodeClosingLeaf(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("closing leaf, %s: %v, %v", name, l, err)
		}
	}
}

func FuzzDecodeLeaf(f *testing.F) {
	f.Add(SealLeaf{Epoch: 3, Number: 7, Time: 5, Version: 2, Log: TreeHead{Size: 9}}.Encode())
	f.Add(ClosingLeaf{Number: 7, Time: 5}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := DecodeSealLeaf(b); err == nil && !bytes.Equal(l.Encode(), b) {
			t.Errorf("%x reads as %v", b, l)
		}
		if l, err := DecodeClosingLeaf(b); err == nil && !bytes.Equal(l.Encode(), b) {
			t.Errorf("%x reads as %v", b, l)
		}
	})
}

// TestEdgeAgainstOthers resumes logs from their edges, which are the compact ranges of others, and lets both grow.
func TestEdgeAgainstOthers(t *testing.T) {
	factory := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	rapid.Check(t, func(t *rapid.T) {
		h := rapidHistory(t)
		size := h.log.Size()
		edge := h.log.Edge()
		head, err := h.log.Head()
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := factory.NewRange(0, size, slices32(edge))
		if err != nil {
			t.Fatal(err)
		}
		ours, err := ResumeLog(size, edge, head.Root)
		if err != nil {
			t.Fatal(err)
		}
		for n := range rapid.Uint64Range(0, 40).Draw(t, "growth") {
			leaf := numbered(size + n)
			want, err := h.log.Append(leaf)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := ours.Append(leaf); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("append gives %v, %v, want %v", got, err, want)
			}
			if err := theirs.Append(leaf[:], nil); err != nil {
				t.Fatal(err)
			}
		}
		root, err := theirs.GetRootHash(nil)
		if grown, err2 := ours.Head(); err != nil || err2 != nil || Hash(root) != grown.Root {
			t.Fatalf("root %v, transparency-dev has %x: %v, %v", grown, root, err2, err)
		}
		if !reflect.DeepEqual(slices32(ours.Edge()), theirs.Hashes()) && len(theirs.Hashes()) > 0 {
			t.Fatal("the edges differ")
		}
		edge[rapid.IntRange(0, len(edge)-1).Draw(t, "at")][3] ^= 1
		for name, err := range map[string]error{
			"a changed edge": second(ResumeLog(size, edge, head.Root)),
			"a short edge":   second(ResumeLog(size, edge[1:], head.Root)),
			"a long edge":    second(ResumeLog(size, append(edge, edge[0]), head.Root)),
			"a far size":     second(ResumeLog(1<<60, edge[:1], head.Root)),
		} {
			if !errors.Is(err, ErrInclusion) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestEmptyLogHasAnEmptyEdge(t *testing.T) {
	head, err := new(Log).Head()
	if err != nil {
		t.Fatal(err)
	}
	if log, err := ResumeLog(0, new(Log).Edge(), head.Root); err != nil || log.Size() != 0 {
		t.Errorf("resumed %v, %v", log, err)
	}
}

func TestNewSealSaysWhatWasBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapidHistory(t)
		before, err := h.log.Head()
		if err != nil {
			t.Fatal(err)
		}
		seal, added, err := NewSeal(&h.log, SealLeaf{Epoch: 1, Number: 9, Time: 5, Version: 1})
		if err != nil || h.store.Put(added) != nil {
			t.Fatal(err)
		}
		after, err := h.log.Head()
		if err != nil || seal.Leaf.Log != before || seal.Head != after || added.Leaf != after.Size-1 {
			t.Fatalf("seal is %v, %v", seal, err)
		}
		if err := seal.Check(); err != nil {
			t.Fatal(err)
		}
		path, err := ProveInclusion(&h.store, after.Size, after.Size-1)
		if err != nil || CheckInclusion(after, after.Size-1, seal.Leaf.Hash(), path) != nil {
			t.Fatalf("the last leaf is another: %v", err)
		}
	})
}

func TestNewSealRefusesAnImpossibleLeaf(t *testing.T) {
	var log Log
	if _, _, err := NewSeal(&log, SealLeaf{Epoch: 0}); !errors.Is(err, ErrSeal) || log.Size() != 0 {
		t.Errorf("sealed epoch 0: %v", err)
	}
}
