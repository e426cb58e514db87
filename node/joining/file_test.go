package joining

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

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
	for _, text := range []string{"", "{", `{"version":2}`, `{"version":1,"x":1}`, `{"version":1} x`, `{"version":1,"invitations":[` + id + `,` + id + `]}`, `{"version":1,"invitations":[{}]}`} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
		if _, err := OpenFile(path, func() uint64 { return 1 }); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRecords(f *testing.F) {
	text, err := encodeRecords([]Record{{ID: bootstrap.InvitationID{1}, Name: "x", Expires: 9}, {ID: bootstrap.InvitationID{2}, Use: &Use{Time: 1}}})
	must(f, err)
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		records, err := decodeRecords(text)
		if err != nil {
			return
		}
		again, err := encodeRecords(records)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := decodeRecords(again); err != nil || !reflect.DeepEqual(records, twice) {
			t.Fatalf("%v", err)
		}
	})
}
