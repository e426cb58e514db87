package audit

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/archive"
)

// repair checks and repairs, and returns the mark.
func (f *folder) repair(force bool) (Repaired, archive.Repair) {
	f.t.Helper()
	done := must2[Repaired](f.t)(Repair(f.store, f.check(), 77, force))
	value := must2[[]byte](f.t)(f.store.Get([]byte(archive.RepairKey)))
	if value == nil {
		return done, archive.Repair{}
	}
	return done, must2[archive.Repair](f.t)(archive.DecodeRepair(value))
}

// with counts the entries under a prefix.
func (f *folder) with(prefix string) (n int) {
	for key := range f.entries() {
		if key[:1] == prefix {
			n++
		}
	}
	return n
}

// A damaged event of the current epoch is put aside, what lies behind it waits, and only it is missing.
func TestDamagedEventIsFetchedAlone(t *testing.T) {
	f := newFolder(t)
	key := string(numberKey('e', 14)) // the third of the second epoch
	block := f.entries()[key]
	damaged := bytes.Clone(block)
	damaged[40] ^= 1
	f.replace(key, key, damaged)
	done, mark := f.repair(false)
	if done.Left > 0 || !mark.Salvaged || !mark.Rebuild || mark.At != 77 {
		t.Fatalf("%+v %+v", done, mark)
	}
	if left := f.entries()["x"+key]; !bytes.Equal(left, damaged) {
		t.Error("the damaged event is gone")
	}
	if f.with("e") != 14 || f.with("w") != int(f.position)-15 {
		t.Errorf("%d events, %d wait", f.with("e"), f.with("w"))
	}
	known := map[dag.ID]bool{{3}: true, {4}: true}
	for key, block := range f.entries() {
		if key[0] == 'e' {
			known[dag.HashBlock(block)] = true
		}
	}
	var taken []uint64
	pass := func() []dag.ID {
		taken = nil
		return must2[[]dag.ID](t)(archive.Salvage(f.store, 10, func(id dag.ID) bool { return known[id] }, func(key []byte, _ dag.Verified) error {
			n, err := number(key)
			taken = append(taken, n)
			return err
		}))
	}
	id := dag.HashBlock(block)
	if missing := pass(); len(taken) > 0 || !slices.Equal(missing, []dag.ID{id}) {
		t.Fatalf("taken %v, missing %v", taken, missing)
	}
	known[id] = true
	if missing := pass(); len(missing) > 0 || len(taken) != f.with("w") || taken[0] != 15 || !slices.IsSorted(taken) {
		t.Fatalf("taken %v, missing %v", taken, missing)
	}
}

// A damaged event of an epoch that is over leaves a gap; nothing is replayed for it.
func TestDamagedEventOfFormerEpoch(t *testing.T) {
	f := newFolder(t)
	key := string(numberKey('e', 4))
	f.replace(key, key, []byte("nonsense"))
	if _, mark := f.repair(false); mark.Salvaged {
		t.Errorf("%+v", mark)
	}
	if f.with("e") != int(f.position)-1 || f.with("x") != 1 {
		t.Errorf("%d events, %d set aside", f.with("e"), f.with("x"))
	}
}

// What only this gateway has is left alone, unless it is forced, and is then still there to look at.
func TestOwnDataIsKept(t *testing.T) {
	for _, prefix := range []string{"d", "m", "p", "b", "vcosigned"} {
		f := newFolder(t)
		var key string
		for _, k := range slices.Sorted(maps.Keys(f.entries())) {
			if len(k) >= len(prefix) && k[:len(prefix)] == prefix {
				key = k
			}
		}
		f.replace(key, key, []byte("nonsense"))
		if done, _ := f.repair(false); done.Left == 0 || !bytes.Equal(f.entries()[key], []byte("nonsense")) {
			t.Errorf("%s: %+v, the entry is %q", prefix, done, f.entries()[key])
		}
		f.repair(true)
		all := f.entries()
		if all[key] != nil || !bytes.Equal(all["x"+key], []byte("nonsense")) {
			t.Errorf("%s: forced, the entry is %q, aside %q", prefix, all[key], all["x"+key])
		}
	}
}

// What follows from other entries is written again as it was.
func TestDerivedEntriesAreWrittenAgain(t *testing.T) {
	f := newFolder(t)
	want := f.entries()
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if key[0] != 'a' && key[0] != 'i' && key[0] != 'l' {
			continue
		}
		for _, value := range [][]byte{nil, []byte("nonsense")} {
			f.replace(key, key, value)
			for range 2 { // what is removed is missed by the next check
				f.repair(false)
			}
			if got := f.entries(); !bytes.Equal(got[key], want[key]) {
				t.Errorf("%x is %x, want %x", key, got[key], want[key])
			}
			f.replace(key, key, want[key])
		}
	}
	if r := f.check(); !r.Sound() {
		t.Errorf("%q", kinds(r))
	}
}

// An inner hash of a former epoch is worked out from those below it if what is above proves it.
func TestInnerHashIsProven(t *testing.T) {
	f := newFolder(t)
	key := string(numberKey('h', 5)) // the two leaves 2 and 3
	want := f.entries()[key]
	f.replace(key, key, bytes.Repeat([]byte{1}, 32))
	f.repair(false)
	if got := f.entries()[key]; !bytes.Equal(got, want) {
		t.Errorf("%x, want %x; %q", got, want, kinds(f.check()))
	}
}

// Damaged and missing batches are marked for the next start; the damaged file stays.
func TestBatchFilesAreFetched(t *testing.T) {
	f := newFolder(t)
	blobs := f.store.Blobs()
	if err := f.store.DeleteBlob(blobs[0]); err != nil {
		t.Fatal(err)
	}
	if _, mark := f.repair(false); !mark.Blobs {
		t.Errorf("%+v", mark)
	}
	if err := f.store.Batches().SetAside(blobs[1]); err != nil || f.store.HasBlob(blobs[1]) {
		t.Error(err, f.store.HasBlob(blobs[1]))
	}
}
