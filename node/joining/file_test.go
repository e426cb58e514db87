package joining

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// TestFileKeepsWhatItSays compares the file, opened anew after every step, with a map.
func TestFileKeepsWhatItSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(t.TempDir(), "invitations.json")
		now := uint64(1)
		model := map[bootstrap.InvitationID]Record{}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			f, err := OpenFile(path, func() uint64 { return now })
			if err != nil {
				rt.Fatal(err)
			}
			id := bootstrap.InvitationID{rapid.ByteRange(1, 4).Draw(rt, "id")}
			before, known := model[id]
			used := known && before.Use != nil
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				if known {
					continue
				}
				r := Record{ID: id, Name: "x", Created: now, Expires: now + rapid.Uint64Range(1, keptUsed).Draw(rt, "lifetime")}
				if err := f.Add(r); err != nil {
					rt.Fatal(err)
				}
				model[id] = r
			case 1:
				use := Use{Time: now, Event: eventOf(1), Application: governance.Application{Name: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "by")}}
				err := f.Use(id, use)
				switch {
				case !known && !errors.Is(err, ErrNoInvitation), used && before.Use.Application != use.Application && !errors.Is(err, ErrInvitationUsed):
					rt.Fatalf("use: %v", err)
				case known && !used:
					before.Use = &use
					model[id] = before
				}
			case 2:
				err := f.Revoke(id)
				switch {
				case !known && !errors.Is(err, ErrNoInvitation), used && !errors.Is(err, ErrInvitationUsed), known && !used && err != nil:
					rt.Fatalf("revoke: %v", err)
				case known && !used:
					delete(model, id)
				}
			default:
				now += rapid.Uint64Range(0, keptUsed).Draw(rt, "later")
			}
			for id, r := range model {
				if r.outdated(now) {
					delete(model, id)
				}
			}
			f, err = OpenFile(path, func() uint64 { return now })
			if err != nil {
				rt.Fatal(err)
			}
			list := f.List()
			for _, r := range list {
				if !reflect.DeepEqual(r, model[r.ID]) {
					rt.Fatalf("kept %+v, want %+v", r, model[r.ID])
				}
			}
			if len(list) != len(model) {
				rt.Fatalf("%d records, want %d", len(list), len(model))
			}
		}
	})
}

func TestFileIsPrivateAndOrdered(t *testing.T) {
	s := newSite(t)
	first, second := s.invite("a"), s.invite("b")
	if info, err := os.Stat(s.file.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	list := s.file.List()
	if len(list) != 2 || list[0].ID != second.ID() || list[1].ID != first.ID() {
		t.Errorf("%+v", list)
	}
	text, err := os.ReadFile(s.file.path)
	must(t, err)
	token := strings.TrimPrefix(first.Token(), "lotinvite:")
	for at := 0; at+20 < len(token); at += 10 {
		if strings.Contains(string(text), token[at:at+20]) {
			t.Errorf("the file holds a piece of the token")
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(s.file.path)); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestFileIsBounded(t *testing.T) {
	now := uint64(1)
	f := &File{path: filepath.Join(t.TempDir(), "invitations.json"), now: func() uint64 { return now }}
	for n := range MaxInvitations {
		f.records = append(f.records, Record{ID: bootstrap.InvitationID{1, byte(n >> 8), byte(n)}, Expires: 10, Name: strings.Repeat("n", 63)})
	}
	if err := f.Add(Record{ID: bootstrap.InvitationID{2}, Expires: 20}); !errors.Is(err, ErrTooManyInvitations) {
		t.Errorf("%v", err)
	}
	must(t, f.Revoke(bootstrap.InvitationID{1}))
	must(t, f.Add(Record{ID: bootstrap.InvitationID{2}, Expires: keptUnused}))
	info, err := os.Stat(f.path)
	must(t, err)
	if info.Size() > maxFile/2 {
		t.Errorf("%d bytes", info.Size())
	}
	now = 11 + keptUnused
	must(t, f.Add(Record{ID: bootstrap.InvitationID{3}, Expires: 2 * keptUnused}))
	if list := f.List(); len(list) != 2 {
		t.Errorf("%d records are left", len(list))
	}
}

// What cannot be written has no effect.
func TestFileOnAFullDisk(t *testing.T) {
	s := newSite(t)
	i := s.invite("")
	must(t, os.RemoveAll(filepath.Dir(s.file.path)))
	if err := s.file.Revoke(i.ID()); err == nil {
		t.Error("it is revoked without a folder")
	}
	if _, known := s.file.Find(i.ID()); !known || len(s.file.List()) != 1 {
		t.Error("a change that failed had an effect")
	}
}

func TestDamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "invitations.json")
	id := `{"id":"` + bootstrap.InvitationID{1}.String() + `","created":1,"expires":2}`
	const head = `{"version":2}` + "\n"
	for _, text := range []string{
		"", "{", "{\n", `{"version":2}`, `{"version":1}` + "\n", `{"version":2,"x":1}` + "\n", `{"version":2} x` + "\n",
		head + id + "x\n", head + "{}\n", head + `{"id":"` + bootstrap.InvitationID{1}.String() + `","gone":true}` + "\n", head + "\n" + id,
	} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
		if _, err := OpenFile(path, func() uint64 { return 1 }); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A line that was being written when the process was killed, at any byte, does not count, and the next change takes its place.
func TestKilledWhileWriting(t *testing.T) {
	s := newSite(t)
	first, second := s.invite("a"), s.invite("b")
	text, err := os.ReadFile(s.file.path)
	must(t, err)
	line := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
	for cut := line; cut < len(text); cut++ {
		must(t, os.WriteFile(s.file.path, text[:cut], 0o600))
		f, err := OpenFile(s.file.path, s.clock.Load)
		must(t, err)
		if _, known := f.Find(second.ID()); known || len(f.List()) != 1 {
			t.Fatalf("cut at byte %d: %+v", cut, f.List())
		}
		must(t, f.Revoke(first.ID()))
		again, err := OpenFile(s.file.path, s.clock.Load)
		if err != nil || len(again.List()) != 0 {
			t.Fatalf("cut at byte %d: %v, %v", cut, again, err)
		}
	}
}

// A new invitation is appended; the file is written anew only from time to time, and stays bounded.
func TestAddingIsCheap(t *testing.T) {
	now := uint64(1)
	f, err := OpenFile(filepath.Join(t.TempDir(), "invitations.json"), func() uint64 { return now })
	must(t, err)
	must(t, f.Add(Record{ID: bootstrap.InvitationID{1}, Expires: 9}))
	before, err := os.Stat(f.path)
	must(t, err)
	anew := 0
	for n := range 600 {
		id := bootstrap.InvitationID{2, byte(n >> 8), byte(n)}
		must(t, f.Add(Record{ID: id, Expires: 9}))
		if n%2 == 0 {
			must(t, f.Revoke(id))
		}
		after, err := os.Stat(f.path)
		must(t, err)
		if !os.SameFile(before, after) {
			before, anew = after, anew+1
		}
		if f.size != after.Size() || f.lines > 2*len(f.records)+spareLines {
			t.Fatalf("%d lines and %d bytes for %d records, the file has %d bytes", f.lines, f.size, len(f.records), after.Size())
		}
	}
	if anew > 3 {
		t.Errorf("it was written anew %d times", anew)
	}
}

func FuzzRecords(f *testing.F) {
	text, err := encodeJournal([]Record{{ID: bootstrap.InvitationID{1}, Name: "x", Expires: 9}, {ID: bootstrap.InvitationID{2}, Use: &Use{Time: 1}}})
	must(f, err)
	f.Add(text)
	f.Add(text[:len(text)-3])
	gone, err := encodeLine(text[:len(text):len(text)], lineForm{ID: bootstrap.InvitationID{1}, Gone: true})
	must(f, err)
	f.Add(gone)
	f.Fuzz(func(t *testing.T, text []byte) {
		j, err := decodeJournal(text)
		if err != nil {
			return
		}
		again, err := encodeJournal(j.records)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := decodeJournal(again); err != nil || len(j.records)+len(twice.records) > 0 && !reflect.DeepEqual(j.records, twice.records) {
			t.Fatalf("%v", err)
		}
	})
}

// BenchmarkAdd adds invitations to many. The limit is appending a line to a file and syncing it.
func BenchmarkAdd(b *testing.B) {
	f, err := OpenFile(filepath.Join(b.TempDir(), "invitations.json"), func() uint64 { return 1 })
	must(b, err)
	for n := range 3_000 {
		f.records = append(f.records, Record{ID: bootstrap.InvitationID{1, byte(n >> 8), byte(n)}, Expires: 10})
	}
	must(b, f.replace(f.records))
	const rounds = 64
	begun := time.Now()
	bare, err := os.OpenFile(filepath.Join(b.TempDir(), "bare"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	must(b, err)
	for range rounds {
		_, err := bare.Write(make([]byte, 200))
		must(b, errors.Join(err, bare.Sync()))
	}
	limit := time.Since(begun) / rounds
	must(b, bare.Close())
	n := 0
	for b.Loop() {
		n++
		must(b, f.Add(Record{ID: bootstrap.InvitationID{2, byte(n >> 16), byte(n >> 8), byte(n)}, Expires: 10}))
		f.records = f.records[:min(len(f.records), 5_000)]
	}
	b.ReportMetric(float64(b.Elapsed()/time.Duration(b.N))/float64(limit), "x-bare-synced-append")
}
