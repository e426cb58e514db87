package audit

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/node/archive"
)

func TestSoundFolder(t *testing.T) {
	f := newFolder(t)
	r := f.check()
	if !r.Sound() {
		t.Errorf("found %q", kinds(r))
	}
	if r.Entries["event"] != f.position || r.Blobs != 2 {
		t.Errorf("%+v", r)
	}
}

// entries returns all entries.
func (f *folder) entries() map[string][]byte {
	all := map[string][]byte{}
	err := f.step.Scan(nil, nil, func(key, value []byte) bool {
		all[string(key)] = bytes.Clone(value)
		return true
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

// replace puts an entry in the place of another; nil values are deletions.
func (f *folder) replace(old, key string, value []byte) {
	f.step.Delete([]byte(old))
	if value != nil {
		f.step.Put([]byte(key), value)
	}
	if err := f.step.Commit(); err != nil {
		f.t.Fatal(err)
	}
}

// harmless are the kinds of entries of which not every change is found, with what those are: texts and counters for people, and
// what stands alone.
var harmless = map[string]string{
	"device":          "its name, and numbers within the open batch",
	"idempotency key": "which event it stands for",
	"epoch record":    "how many events were ordered before",
}

// A changed bit, in the value or the key of any entry, is found.
func TestChangedBitsAreFound(t *testing.T) {
	f := newFolder(t)
	all := f.entries()
	random := rand.New(rand.NewPCG(1, 2))
	missed := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		value := all[key]
		for range 2 {
			newKey, newValue := key, bytes.Clone(value)
			var what string
			if n := random.IntN(len(value) + len(key) - 1); n < len(value) {
				newValue[n] ^= 1 << random.IntN(8)
				what = fmt.Sprintf("%x byte %d", key, n)
			} else {
				b := []byte(key)
				b[1+n-len(value)] ^= 1 << random.IntN(8)
				newKey, what = string(b), fmt.Sprintf("key %x for %x", b, key)
			}
			f.replace(key, newKey, newValue)
			if f.check().Sound() {
				kind := archive.KindOf([]byte(key)).Name
				missed[kind] = append(missed[kind], what)
			}
			f.replace(newKey, key, value)
		}
	}
	for kind, list := range missed {
		if harmless[kind] == "" {
			t.Errorf("%s: not found: %s", kind, strings.Join(list, ", "))
		}
	}
}

// A lost entry is found, but for what stands alone.
func TestLostEntriesAreFound(t *testing.T) {
	f := newFolder(t)
	alone := []string{"idempotency key", "checkpoint", "note", "reading of the open batch", "payload of the outbox"}
	for key, value := range f.entries() {
		if key == string(numberKey('e', f.position-1)) {
			continue // a witness event at the end comes again from peers
		}
		f.replace(key, key, nil)
		kind := archive.KindOf([]byte(key)).Name
		if f.check().Sound() && !slices.Contains(alone, kind) {
			t.Errorf("%s %x: its loss is not found", kind, key)
		}
		f.replace(key, key, value)
	}
}
