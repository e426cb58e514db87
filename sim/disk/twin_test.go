package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

var _ engine.Storage = (*Disk)(nil)

// twins are a disk and the plain store in memory that are given the same operations. rapid finds the operations by their
// signature and calls Check after each.
type twins struct {
	pool   *Pool
	disk   *Disk
	beside *Disk // a neighbour in the pool, with a copy of all that is put
	plain  *memstore.Memory
	turns  []*memstore.Memory // the plain store as it was synced, and after each turn since
	kept   *Snapshot
	then   *memstore.Memory // when kept was taken
}

func newTwins() *twins {
	p := NewPool()
	p.Window = 1 << 20 // nothing is written back by itself
	w := &twins{pool: p, disk: New(p), beside: New(p), plain: memstore.New()}
	w.synced()
	return w
}

// synced notes that a crash takes back nothing of what is there now.
func (w *twins) synced() { w.turns = []*memstore.Memory{w.plain.Clone()} }

// anyKey draws numbered keys, of which those in a row go into columns, and others around them.
var anyKey = rapid.OneOf(
	rapid.Custom(func(t *rapid.T) []byte {
		number := rapid.OneOf(rapid.Uint64Range(0, 5), rapid.Uint64Range(60, 140), rapid.Uint64Range(1<<32-2, 1<<32+1), rapid.Just(^uint64(0))).Draw(t, "number")
		return numberKey(rapid.SampledFrom([]byte{0, 'e', 0xff}).Draw(t, "column"), number)
	}),
	rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'e', 0xff}), 0, 10),
)

var anyValue = rapid.SliceOfN(rapid.Byte(), 0, 3)

func numberKey(prefix byte, n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{prefix}, n) }

func (w *twins) put(key, value []byte) {
	w.disk.Put(key, value)
	w.beside.Put(key, value)
	w.plain.Put(key, value)
}

// Put is an operation.
func (w *twins) Put(t *rapid.T) { w.put(anyKey.Draw(t, "key"), anyValue.Draw(t, "value")) }

// Count is an operation: it numbers some values on, as engines do.
func (w *twins) Count(t *rapid.T) {
	prefix, next := rapid.SampledFrom([]byte{0, 'e', 0xff}).Draw(t, "column"), uint64(0)
	_ = w.plain.Scan([]byte{prefix}, nil, func(key, _ []byte) bool {
		if len(key) == 9 && binary.BigEndian.Uint64(key[1:]) == next {
			next++
		}
		return true
	})
	for range rapid.IntRange(1, 200).Draw(t, "count") {
		w.put(numberKey(prefix, next), []byte(fmt.Sprint(next)))
		next++
	}
}

// Delete is an operation.
func (w *twins) Delete(t *rapid.T) {
	key := anyKey.Draw(t, "key")
	w.disk.Delete(key)
	w.plain.Delete(key)
}

// DeleteRange is an operation.
func (w *twins) DeleteRange(t *rapid.T) {
	from, to := anyKey.Draw(t, "from"), anyKey.Draw(t, "to")
	w.disk.DeleteRange(from, to)
	w.plain.DeleteRange(from, to)
}

// Get is an operation.
func (w *twins) Get(t *rapid.T) {
	key := anyKey.Draw(t, "key")
	got, err := w.disk.Get(key)
	want, _ := w.plain.Get(key)
	if err != nil || string(got) != string(want) || (got == nil) != (want == nil) {
		t.Fatalf("get %x: %x, want %x, %v", key, got, want, err)
	}
}

// Blob is an operation.
func (w *twins) Blob(t *rapid.T) {
	content := anyValue.Draw(t, "content")
	digest := sha256.Sum256(content)
	if err := w.disk.PutBlob(digest, content); err != nil {
		t.Fatal(err)
	}
	if got, err := w.disk.GetBlob(digest); err != nil || got == nil || string(got) != string(content) {
		t.Fatalf("blob %x: %x, %v", content, got, err)
	}
}

// Commit is an operation.
func (w *twins) Commit(t *rapid.T) {
	wrote, syncs := w.disk.wrote, w.disk.Counts().Syncs
	if err := w.disk.Commit(); err != nil {
		t.Fatal(err)
	}
	if synced := w.disk.Counts().Syncs > syncs; synced != wrote {
		t.Fatalf("a step with writes: %t, synced: %t", wrote, synced)
	}
	_, _ = w.plain.Commit(), w.beside.Commit()
	if wrote {
		w.synced()
	}
}

// Append is an operation.
func (w *twins) Append(t *rapid.T) {
	wrote := w.disk.wrote
	if err := w.disk.Append(); err != nil {
		t.Fatal(err)
	}
	_, _ = w.plain.Commit(), w.beside.Append()
	if wrote {
		w.turns = append(w.turns, w.plain.Clone())
	}
}

// Discard is an operation.
func (w *twins) Discard(*rapid.T) { w.disk.Discard(); w.plain.Discard() }

// Crash is an operation.
func (w *twins) Crash(t *rapid.T) {
	kept := 0
	w.disk.Crash(func(turns int) int {
		if turns != len(w.turns)-1 {
			t.Fatalf("%d turns are not synced, want %d", turns, len(w.turns)-1)
		}
		kept = rapid.IntRange(0, turns).Draw(t, "kept")
		return kept
	})
	w.plain = w.turns[kept]
	w.synced()
}

// Snapshot is an operation.
func (w *twins) Snapshot(t *rapid.T) {
	if err := w.disk.Append(); err != nil {
		t.Fatal(err)
	}
	_ = w.plain.Commit()
	if w.kept != nil {
		w.kept.Release()
	}
	w.kept, w.then = w.disk.Snapshot(), w.plain.Clone()
	w.turns = append(w.turns, w.plain.Clone())
	w.disk.Crash(func(turns int) int { return turns })
	w.synced()
}

// Restore is an operation.
func (w *twins) Restore(*rapid.T) {
	if w.kept == nil {
		return
	}
	w.disk.Restore(w.kept)
	w.plain = w.then.Clone()
	w.synced()
}

// Wipe is an operation.
func (w *twins) Wipe(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "rarely") == 0 {
		w.disk.Wipe()
		w.plain = memstore.New()
		w.synced()
	}
}

// Check compares a part of the content, and counts the users of the pool again.
func (w *twins) Check(t *rapid.T) {
	prefix, from, limit := anyKey.Draw(t, "prefix"), anyKey.Draw(t, "from"), rapid.IntRange(1, 500).Draw(t, "limit")
	if rapid.Bool().Draw(t, "short") {
		prefix = prefix[:min(1, len(prefix))]
	}
	got, want := dump(t, w.disk, prefix, from, limit), dump(t, w.plain, prefix, from, limit)
	if !slices.Equal(got, want) {
		t.Fatalf("scan %x from %x:\ndisk  %v\nplain %v", prefix, from, got, want)
	}
	checkUsers(t, w.pool, []*Disk{w.disk, w.beside}, w.kept)
}

// dump lists what a scan shows, at most limit entries.
func dump(t interface{ Fatal(...any) }, s engine.Storage, prefix, from []byte, limit int) (out []string) {
	err := s.Scan(prefix, from, func(key, value []byte) bool {
		out = append(out, fmt.Sprintf("%x=%x", key, value))
		return len(out) < limit
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// checkUsers counts the users of every content of a pool from what uses it.
func checkUsers(t interface{ Fatalf(string, ...any) }, p *Pool, disks []*Disk, s *Snapshot) {
	users := make([]uint32, len(p.contents))
	count := func(r ref) { users[r]++ }
	for _, d := range disks {
		(&Snapshot{entries: d.entries, blobs: d.blobs}).each(count)
		for _, c := range d.journal.changes {
			count(c.before)
			count(c.slot.key)
		}
	}
	if s != nil {
		s.each(count)
	}
	for r := 1; r < len(users); r++ {
		if users[r] != p.contents[r].users {
			t.Fatalf("content %d (%x) has %d users, %d are counted", r, p.data(ref(r)), users[r], p.contents[r].users)
		}
	}
}

func TestDiskAndPlainStoreAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { t.Repeat(rapid.StateMachineActions(newTwins())) })
}
