package proof

import (
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// slowRoot is the definition of RFC 6962 section 2.1, word for word.
func slowRoot(leaves []Hash) Hash {
	switch n := len(leaves); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	default:
		k := 1
		for 2*k < n {
			k *= 2
		}
		left, right := slowRoot(leaves[:k]), slowRoot(leaves[k:])
		return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
	}
}

func slices32(path []Hash) [][]byte {
	out := make([][]byte, len(path))
	for i := range path {
		out[i] = path[i][:]
	}
	return out
}

// rapidHistory draws a log, restarted from its storage at a random size.
func rapidHistory(t *rapid.T) *history {
	h := &history{}
	size := rapid.Uint64Range(1, 200).Draw(t, "size")
	restart := rapid.Uint64Range(0, size).Draw(t, "restart")
	for n := range size {
		if n == restart {
			log, err := OpenLog(n, &h.store)
			if err != nil || log.Size() != n {
				t.Fatal(err)
			}
			h.log = *log
		}
		added, err := h.log.Append(numbered(n))
		if err != nil || added.Leaf != n || h.store.Put(added) != nil {
			t.Fatalf("append %d: %v, %v", n, added, err)
		}
		h.leaves = append(h.leaves, numbered(n))
	}
	return h
}

func TestLogAgainstDefinitionAndOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapidHistory(t)
		head, err := h.log.Head()
		if err != nil {
			t.Fatal(err)
		}
		if head.Size != uint64(len(h.leaves)) || head.Root != slowRoot(h.leaves) {
			t.Fatalf("head %v differs from the definition", head)
		}
		if StoredCount(head.Size) != uint64(len(h.store)) {
			t.Fatalf("%d hashes are stored, StoredCount says %d", len(h.store), StoredCount(head.Size))
		}
		index := rapid.Uint64Range(0, head.Size-1).Draw(t, "index")
		at := rapid.Uint64Range(index+1, head.Size).Draw(t, "at")
		then := TreeHead{Size: at, Root: slowRoot(h.leaves[:at])}
		path, err := ProveInclusion(&h.store, at, index)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckInclusion(then, index, h.leaves[index], path); err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, at, h.leaves[index][:], slices32(path), then.Root[:]); err != nil {
			t.Fatalf("transparency-dev: %v", err)
		}
		growth, err := ProveConsistency(&h.store, at, head.Size)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckConsistency(then, head, growth); err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyConsistency(rfc6962.DefaultHasher, at, head.Size, slices32(growth), then.Root[:], head.Root[:]); err != nil {
			t.Fatalf("transparency-dev: %v", err)
		}
	})
}

func TestInclusionRefusesWhatIsNotThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapidHistory(t)
		head, err := h.log.Head()
		if err != nil {
			t.Fatal(err)
		}
		index := rapid.Uint64Range(0, head.Size-1).Draw(t, "index")
		path, err := ProveInclusion(&h.store, head.Size, index)
		if err != nil {
			t.Fatal(err)
		}
		refused := func(what string, head TreeHead, index uint64, leaf Hash, path []Hash) {
			if err := CheckInclusion(head, index, leaf, path); !errors.Is(err, ErrInclusion) {
				t.Fatalf("%s: %v", what, err)
			}
		}
		leaf := h.leaves[index]
		if other := rapid.Uint64Range(0, head.Size+2).Draw(t, "other"); other != index {
			refused("another index", head, other, leaf, path)
		}
		refused("another leaf", head, index, numbered(1000), path)
		refused("another root", TreeHead{head.Size, numbered(1)}, index, leaf, path)
		refused("a longer path", head, index, leaf, append(path[:len(path):len(path)], leaf))
		refused("a size out of range", TreeHead{1 << 63, head.Root}, index, leaf, path)
		if len(path) > 0 {
			refused("a shorter path", head, index, leaf, path[1:])
			changed := append([]Hash(nil), path...)
			changed[rapid.IntRange(0, len(path)-1).Draw(t, "at")][rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1
			refused("a changed path", head, index, leaf, changed)
		}
	})
}

func TestConsistencyRefusesAnotherHistory(t *testing.T) {
	var ours, theirs history
	for n := range uint64(9) {
		ours.add(t, numbered(n))
		if n == 2 {
			theirs.add(t, numbered(100))
		} else {
			theirs.add(t, numbered(n))
		}
	}
	old := TreeHead{5, slowRoot(ours.leaves[:5])}
	path, err := ProveConsistency(&theirs.store, 5, 9)
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckConsistency(old, theirs.head(t), path); !errors.Is(err, ErrInclusion) {
		t.Errorf("a rewritten log passes: %v", err)
	}
	for _, sizes := range [][2]uint64{{0, 9}, {9, 5}, {1, 1 << 60}} {
		if _, err := ProveConsistency(&ours.store, sizes[0], sizes[1]); err == nil {
			t.Errorf("proved consistency of %v", sizes)
		}
		if err := CheckConsistency(TreeHead{Size: sizes[0]}, TreeHead{Size: sizes[1]}, nil); !errors.Is(err, ErrInclusion) {
			t.Errorf("consistency of %v: %v", sizes, err)
		}
	}
}

func TestPublishedRoots(t *testing.T) {
	roots := testonly.RootHashes()
	var log Log
	for i, input := range testonly.LeafInputs() {
		if head, err := log.Head(); err != nil || string(head.Root[:]) != string(roots[i]) {
			t.Errorf("size %d: root %s, error %v", i, head.Root, err)
		}
		if _, err := log.Append(tlog.RecordHash(input)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLogReportsBrokenStorage(t *testing.T) {
	var h history
	for n := range uint64(6) {
		h.add(t, numbered(n))
	}
	short := h.store[:3]
	if _, err := OpenLog(6, &short); err == nil {
		t.Error("opened a log whose hashes are missing")
	}
	if _, err := OpenLog(1<<60, &h.store); err == nil {
		t.Error("opened a log of impossible size")
	}
	if _, err := ProveInclusion(&short, 6, 0); err == nil {
		t.Error("proved inclusion from missing hashes")
	}
	if _, err := ProveInclusion(&h.store, 6, 6); err == nil {
		t.Error("proved inclusion of a leaf that is not there")
	}
	if err := h.store.Put(Appended{First: 3}); err == nil {
		t.Error("stored the same hashes twice")
	}
}
