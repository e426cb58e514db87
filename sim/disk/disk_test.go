package disk

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"
)

func mustCommit(t testing.TB, d *Disk) {
	t.Helper()
	if err := d.Commit(); err != nil {
		t.Fatal(err)
	}
}

// A visitor may write; the running scan does not see it, the next one does.
func TestWritesDuringScan(t *testing.T) {
	d := New(NewPool())
	for i := range uint64(100) {
		d.Put(numberKey('e', i), fmt.Append(nil, i))
		d.Put(fmt.Appendf(nil, "e%d", i), fmt.Append(nil, i))
	}
	mustCommit(t, d)
	seen := 0
	err := d.Scan(nil, nil, func(key, value []byte) bool {
		if value[0] == 'x' {
			t.Errorf("entry %q shows what was written during the scan", key)
		}
		seen++
		d.Delete(key)
		d.Put(fmt.Appendf(nil, "f%d", seen), []byte("x"))
		if inner := dump(t, d, nil, nil, 1000); len(inner) != 200 {
			t.Errorf("after %d entries there are %d, want 200", seen, len(inner))
		}
		mustCommit(t, d)
		return true
	})
	if err != nil || seen != 200 {
		t.Errorf("saw %d entries, %v", seen, err)
	}
	if after := dump(t, d, []byte("f"), nil, 1000); len(after) != 200 || d.Len() != 200 {
		t.Errorf("afterwards %d entries of %d", len(after), d.Len())
	}
	checkUsers(t, d.pool, []*Disk{d}, nil)
}

// What a visitor deletes ahead of the scan is shown all the same, also when other keys have taken its place in the pool.
func TestDeletionsAheadOfAScan(t *testing.T) {
	d := New(NewPool())
	for i := range 100 {
		d.Put(fmt.Appendf(nil, "k%03d", i), fmt.Append(nil, i))
	}
	mustCommit(t, d)
	seen := 0
	err := d.Scan(nil, nil, func(key, value []byte) bool {
		if want := fmt.Sprintf("k%03d", seen); string(key) != want || string(value) != fmt.Sprint(seen) {
			t.Errorf("entry %d is %q = %q", seen, key, value)
		}
		if seen == 0 {
			for i := range 100 {
				d.Delete(fmt.Appendf(nil, "k%03d", i))
			}
			mustCommit(t, d)
			for i := range 300 {
				d.Put(fmt.Appendf(nil, "a%03d", i), []byte("new"))
			}
		}
		seen++
		return true
	})
	if err != nil || seen != 100 || d.Len() != 300 {
		t.Errorf("saw %d entries, %d are left, %v", seen, d.Len(), err)
	}
	checkUsers(t, d.pool, []*Disk{d}, nil)
}

// A deletion of a range is taken back and made permanent with its step, and reaches what cannot be read.
func TestDeleteRange(t *testing.T) {
	d := New(NewPool())
	for i := range uint64(300) {
		d.Put(numberKey('e', i), fmt.Append(nil, i))
		d.Put(fmt.Appendf(nil, "f%03d", i), fmt.Append(nil, i))
	}
	mustCommit(t, d)
	d.Corrupt(func(int) int { return 250 })
	drop := func() { d.DeleteRange(numberKey('e', 200), []byte("f100")) }
	drop()
	if d.Len() != 400 {
		t.Errorf("%d entries, want 200 of each kind", d.Len())
	}
	d.Discard()
	drop()
	if err := d.Append(); err != nil {
		t.Fatal(err)
	}
	d.Crash(nil)
	if _, err := d.Get(numberKey('e', 250)); d.Len() != 600 || !errors.Is(err, ErrDamaged) {
		t.Errorf("after a crash: %d entries, %v", d.Len(), err)
	}
	drop()
	mustCommit(t, d)
	d.Crash(nil)
	if got := dump(t, d, nil, nil, 1000); len(got) != 400 {
		t.Errorf("%d entries", len(got))
	}
	checkUsers(t, d.pool, []*Disk{d}, nil)
}

func TestScanFromBetweenNumbers(t *testing.T) {
	d := New(NewPool())
	for i := range uint64(300) {
		d.Put(numberKey('e', i), nil)
		d.Put(numberKey('g', i), nil)
	}
	count := func(from []byte) int { return len(dump(t, d, nil, from, 1000)) }
	for _, c := range []struct {
		from []byte
		want int
	}{
		{nil, 600}, {[]byte("e"), 600}, {numberKey('e', 100), 500}, {append(numberKey('e', 100), 0), 499}, {numberKey('e', 100)[:8], 600},
		{append(numberKey('e', 298), 0xff), 301}, {[]byte{'e', 1}, 300}, {bytes.Repeat([]byte{0xff}, 9), 0},
		{append([]byte{'e'}, bytes.Repeat([]byte{0xff}, 8)...), 300}, {append([]byte{'e'}, bytes.Repeat([]byte{0xff}, 9)...), 300}, {[]byte("f"), 300},
	} {
		if got := count(c.from); got != c.want {
			t.Errorf("from %x: %d entries, want %d", c.from, got, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	d := New(NewPool())
	refused := func(what string, end func() error) {
		t.Helper()
		d.Put([]byte("beside"), []byte("it"))
		if err := end(); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", what, err)
		}
		if got, err := d.Get([]byte("beside")); err != nil || got != nil {
			t.Errorf("%s: a part of the refused step is there: %q, %v", what, got, err)
		}
	}
	d.Put(make([]byte, MaxKey+1), nil)
	refused("key", d.Commit)
	d.Put([]byte("a"), []byte("first"))
	d.Put([]byte("k"), make([]byte, MaxValue+1))
	refused("value", d.Append)
	d.Put(make([]byte, MaxKey), make([]byte, MaxValue))
	mustCommit(t, d)
	if d.Len() != 1 {
		t.Errorf("%d entries, want what is at the limit alone", d.Len())
	}
}

func TestWindowBoundsWhatACrashTakes(t *testing.T) {
	p := NewPool()
	p.Window = 10
	d := New(p)
	for i := range uint64(1000) {
		d.Put(numberKey('e', i), fmt.Append(nil, i))
		if err := d.Append(); err != nil {
			t.Fatal(err)
		}
		if d.Unsynced() >= 20 || i > 20 && d.Unsynced() < 9 {
			t.Fatalf("after %d turns %d can be lost", i+1, d.Unsynced())
		}
	}
	lost := d.Unsynced()
	d.Crash(nil)
	if d.Len() != 1000-lost {
		t.Errorf("%d entries left, want %d", d.Len(), 1000-lost)
	}
	for i := range uint64(100) { // one large turn is kept whole
		d.Put(numberKey('f', i), nil)
	}
	if err := d.Append(); err != nil || d.Unsynced() != 1 {
		t.Errorf("%d turns, %v", d.Unsynced(), err)
	}
	d.Put([]byte("g"), nil)
	mustCommit(t, d)
	if d.Unsynced() != 0 || cap(d.journal.changes) > 4*p.Window {
		t.Errorf("%d turns and room for %d changes after a sync", d.Unsynced(), cap(d.journal.changes))
	}
}

func TestCommitWithoutWritesSyncsNothing(t *testing.T) {
	d := New(NewPool())
	d.Put([]byte("k"), nil)
	if err := d.Append(); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, d)
	if d.Unsynced() != 1 || d.Counts() != (Counts{Turns: 1, Bytes: 1}) {
		t.Errorf("%d turns, %+v", d.Unsynced(), d.Counts())
	}
	d.Delete([]byte("k"))
	mustCommit(t, d)
	if d.Unsynced() != 0 || d.Counts() != (Counts{Syncs: 1, Turns: 2, Bytes: 2}) {
		t.Errorf("%d turns, %+v", d.Unsynced(), d.Counts())
	}
}

func TestCorruptHitsEveryEntryAndIsHealedByWriting(t *testing.T) {
	d := New(NewPool())
	keys := [][]byte{numberKey('e', 0), numberKey('e', 1), []byte("ez"), []byte("z")}
	for _, key := range keys {
		d.Put(key, []byte("value"))
	}
	blob := []byte("blob")
	if err := d.PutBlob(sha256.Sum256(blob), blob); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, d)
	for n, key := range keys {
		d.Corrupt(func(of int) int {
			if of != len(keys)+1 {
				t.Fatalf("drawn of %d", of)
			}
			return n
		})
		if _, err := d.Get(key); !errors.Is(err, ErrDamaged) {
			t.Errorf("get %x: %v", key, err)
		}
		shown := 0
		if err := d.Scan(nil, nil, func(_, _ []byte) bool { shown++; return true }); !errors.Is(err, ErrDamaged) || shown != n {
			t.Errorf("scan shows %d entries of %d before the damage: %v", shown, n, err)
		}
		d.Put(key, []byte("again"))
		if got, err := d.Get(key); err != nil || string(got) != "again" {
			t.Errorf("get %x: %q, %v", key, got, err)
		}
		d.Crash(nil) // brings the damaged value back
		if _, err := d.Get(key); !errors.Is(err, ErrDamaged) {
			t.Errorf("after a crash: get %x: %v", key, err)
		}
		d.Put(key, []byte("again"))
		mustCommit(t, d)
	}
	d.Corrupt(func(of int) int { return of - 1 })
	if got, err := d.GetBlob(sha256.Sum256(blob)); got != nil || err != nil {
		t.Errorf("blob: %q, %v", got, err)
	}
	if hit := New(NewPool()).Corrupt(func(int) int { return 0 }); hit != "" {
		t.Errorf("an empty disk was hit at %s", hit)
	}
}

func TestFullDiskTakesNoBlob(t *testing.T) {
	d, blob := New(NewPool()), []byte("blob")
	d.Full(true)
	if err := d.PutBlob(sha256.Sum256(blob), blob); !errors.Is(err, ErrFull) {
		t.Errorf("full: %v", err)
	}
	d.Full(false)
	if err := d.PutBlob([32]byte{}, blob); err == nil {
		t.Error("a wrong digest was taken")
	}
	if err := d.PutBlob(sha256.Sum256(blob), blob); err != nil {
		t.Errorf("with room: %v", err)
	}
	d.Discard()
	if got, _ := d.GetBlob(sha256.Sum256(blob)); !bytes.Equal(got, blob) {
		t.Error("a blob went with the step")
	}
}

func TestColumnKeepsFarRefs(t *testing.T) {
	var c column
	var want []ref
	for i := range 1000 {
		r := ref(i * 2654435761)
		if i%7 == 0 {
			r = ^ref(0) - ref(i)
		}
		c.append(r)
		want = append(want, r)
	}
	old := c.swap(3, 5)
	if old != want[3] || c.len() != len(want) {
		t.Fatalf("swapped out %d, %d left", old, c.len())
	}
	want[3] = 5
	c.append(9)
	want = append(want, 9)
	var got []ref
	for n := range want {
		got = append(got, c.get(n))
	}
	if !slices.Equal(got, want) {
		t.Error("the column holds something else")
	}
	for n := len(want) - 1; n > 0; n-- {
		c.swap(n, 0)
	}
	if c.len() != 1 {
		t.Errorf("%d entries after all but one were removed", c.len())
	}
}

// refs of one disk do not depend on map order or on anything but the operations.
func TestSameOperationsSameRefs(t *testing.T) {
	build := func() *Pool {
		p := NewPool()
		a, b := New(p), New(p)
		for i := range uint64(500) {
			a.Put(numberKey('e', i), fmt.Append(nil, i))
			b.Put(fmt.Appendf(nil, "k%d", i%50), fmt.Append(nil, i))
			mustCommit(t, a)
			mustCommit(t, b)
		}
		return p
	}
	one, two := build(), build()
	if len(one.contents) != len(two.contents) || !slices.Equal(one.free, two.free) {
		t.Error("two pools differ")
	}
}
