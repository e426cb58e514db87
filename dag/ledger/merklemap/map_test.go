package merklemap

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// naiveRoot is the root by the words of the package comment alone: it goes through the bits one by one and hashes
// whenever the entries part.
func naiveRoot(entries map[string]string) [32]byte {
	keys := slices.Sorted(maps.Keys(entries))
	if len(keys) == 0 {
		return [32]byte{}
	}
	return naiveNode(entries, keys, 0)
}

func naiveNode(entries map[string]string, keys []string, bit int) [32]byte {
	if len(keys) == 1 {
		p, v := sha256.Sum256([]byte(keys[0])), sha256.Sum256([]byte(entries[keys[0]]))
		return sha256.Sum256(slices.Concat([]byte{0}, p[:], v[:]))
	}
	var sides [2][]string
	for _, key := range keys {
		p := sha256.Sum256([]byte(key))
		side := p[bit/8] >> (7 - bit%8) & 1
		sides[side] = append(sides[side], key)
	}
	if len(sides[0]) == 0 || len(sides[1]) == 0 {
		return naiveNode(entries, keys, bit+1)
	}
	left, right := naiveNode(entries, sides[0], bit+1), naiveNode(entries, sides[1], bit+1)
	return sha256.Sum256(slices.Concat([]byte{1, byte(bit)}, left[:], right[:]))
}

// naiveSize is what the entries take in the binary form of a part, each with a head of four bytes.
func naiveSize(entries map[string]string) (sum int) {
	for key, value := range entries { // a sum: order does not matter
		sum += 4 + len(key) + len(value)
	}
	return sum
}

// drawKey picks from few keys, so that updates and deletions meet entries.
func drawKey(t *rapid.T) string { return fmt.Sprint("key", rapid.IntRange(0, 40).Draw(t, "key")) }

func drawValue(t *rapid.T) string { return rapid.StringN(0, 3, -1).Draw(t, "value") }

func mapOf(entries map[string]string) Map {
	var m Map
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		m = m.Set([]byte(key), []byte(entries[key]))
	}
	return m
}

func contents(m Map) map[string]string {
	out := map[string]string{}
	for key, value := range m.All() {
		out[string(key)] = string(value)
	}
	return out
}

// TestAgainstTwin holds maps against Go maps and the naive root through random histories, and every version against what
// it was when it was made.
func TestAgainstTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type version struct {
			draft   Draft
			m       Map
			root    [32]byte
			entries map[string]string
		}
		var draft Draft
		entries := map[string]string{}
		var versions []version
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			key := drawKey(t)
			switch rapid.IntRange(0, 3).Draw(t, "action") {
			case 0:
				draft = draft.Delete([]byte(key))
				delete(entries, key)
			case 1:
				draft = draft.Map().Draft()
			default:
				value := drawValue(t)
				draft = draft.Set([]byte(key), []byte(value))
				entries[key] = value
			}
			versions = append(versions, version{draft, draft.Map(), naiveRoot(entries), maps.Clone(entries)})
		}
		for _, v := range versions {
			if again := v.draft.Map().Root(); v.m.Root() != v.root || again != v.root {
				t.Fatalf("root %x, again %x, naive %x", v.m.Root(), again, v.root)
			}
			if v.m.Size() != naiveSize(v.entries) {
				t.Fatalf("size %d of %v", v.m.Size(), v.entries)
			}
			if v.m.Len() != len(v.entries) || !maps.Equal(contents(v.m), v.entries) {
				t.Fatalf("%d entries %v, want %v", v.m.Len(), contents(v.m), v.entries)
			}
			for i := range 41 {
				key := fmt.Sprint("key", i)
				want, present := v.entries[key]
				for _, get := range []func([]byte) ([]byte, bool){v.m.Get, v.draft.Get} {
					got, ok := get([]byte(key))
					if ok != present || string(got) != want || (ok && got == nil) {
						t.Fatalf("get %s: %q, %v, want %q, %v", key, got, ok, want, present)
					}
				}
			}
			built, err := Build(v.m.All())
			if err != nil || built.Root() != v.root || built.Len() != v.m.Len() || built.Size() != v.m.Size() {
				t.Fatalf("built: %d entries, root %x, %v", built.Len(), built.Root(), err)
			}
		}
	})
}

func TestBuildRefusesRepeatedKey(t *testing.T) {
	twice := func(yield func(key, value []byte) bool) {
		_ = yield([]byte("a"), []byte("1")) && yield([]byte("b"), nil) && yield([]byte("a"), []byte("1"))
	}
	if _, err := Build(twice); err == nil {
		t.Error("a key that comes twice was taken")
	}
}

func TestUnchangedIsSame(t *testing.T) {
	m := mapOf(map[string]string{"a": "1", "b": "", "c": "3"})
	if m.Set([]byte("a"), []byte("1")) != m || m.Set([]byte("b"), nil) != m || m.Delete([]byte("x")) != m || m.Draft().Map() != m {
		t.Error("an update that changes nothing made another map")
	}
}

// TestDiff applies the diff of two versions, related or not, to the first and wants the second.
func TestDiff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.MapOf(rapid.Custom(drawKey), rapid.Custom(drawValue))
		old := mapOf(gen.Draw(t, "old"))
		next := old
		if rapid.Bool().Draw(t, "unrelated") {
			next = Map{}
		}
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			if key := []byte(drawKey(t)); rapid.Bool().Draw(t, "delete") {
				next = next.Delete(key)
			} else {
				next = next.Set(key, []byte(drawValue(t)))
			}
		}
		got, seen := contents(old), map[string]bool{}
		Diff(old, next, func(key, value []byte) bool {
			before, had := got[string(key)]
			if seen[string(key)] || (value == nil && !had) || (value != nil && had && before == string(value)) {
				t.Fatalf("visit of %q to %q is needless", key, value)
			}
			seen[string(key)] = true
			if got[string(key)] = string(value); value == nil {
				delete(got, string(key))
			}
			return true
		})
		if !maps.Equal(got, contents(next)) {
			t.Fatalf("diff leads to %v, want %v", got, contents(next))
		}
	})
}

func TestDiffStops(t *testing.T) {
	visits := 0
	Diff(Map{}, mapOf(map[string]string{"a": "1", "b": "2", "c": "3"}), func(_, _ []byte) bool { visits++; return visits < 2 })
	if visits != 2 {
		t.Errorf("%d visits, want 2", visits)
	}
}

// TestDiffSkipsShared counts the work: of a large map with one change only a way from the root is looked at.
func TestDiffSkipsShared(t *testing.T) {
	m := filled(10_000)
	next := m.Set(keyOf(77), []byte("new"))
	if allocs := testing.AllocsPerRun(10, func() {
		Diff(m, next, func(key, value []byte) bool { return bytes.Equal(key, keyOf(77)) && string(value) == "new" })
	}); allocs > 10 {
		t.Errorf("%v allocations for one change", allocs)
	}
}

func keyOf(i int) []byte { return fmt.Appendf(nil, "account/%032d", i) }

func filled(n int) Map {
	m, err := Build(func(yield func(key, value []byte) bool) {
		for i := range n {
			if !yield(keyOf(i), []byte("0123456789abcdef")) {
				return
			}
		}
	})
	if err != nil {
		panic(err)
	}
	return m
}
