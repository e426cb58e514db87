package merklemap

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// naivePart is what a part must hold by the words of Prefix alone: keys and values by rising path.
func naivePart(entries map[string]string, p Prefix) (out []Entry) {
	bits := strings.TrimPrefix(p.String(), "0b")
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if strings.HasPrefix(binaryOf(sha256.Sum256([]byte(key))), bits) {
			out = append(out, Entry{[]byte(key), []byte(entries[key])})
		}
	}
	slices.SortFunc(out, func(a, b Entry) int {
		x, y := sha256.Sum256(a.Key), sha256.Sum256(b.Key)
		return bytes.Compare(x[:], y[:])
	})
	return out
}

func binaryOf(digest [32]byte) (out string) {
	for _, b := range digest {
		out += fmt.Sprintf("%08b", b)
	}
	return out
}

func sameEntries(a, b []Entry) bool {
	return slices.EqualFunc(a, b, func(a, b Entry) bool { return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value) })
}

func mustCut(t interface{ Fatal(...any) }, m Map, p Prefix) []byte {
	b, err := m.CutPart(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// drawEntries makes all sizes of map likely: with few entries most parts are empty and edges of the trie cross prefixes.
func drawEntries(t *rapid.T) map[string]string {
	most := rapid.SampledFrom([]int{0, 1, 2, 3, 8, 41}).Draw(t, "most")
	return rapid.MapOfN(rapid.Custom(drawKey), rapid.Custom(drawValue), 0, most).Draw(t, "entries")
}

func drawPrefix(t *rapid.T, label string) Prefix {
	bits := rapid.SampledFrom([]int{0, 1, 2, 3, 4, 7, 12, 16, MaxPrefixBits}).Draw(t, label+" bits")
	return Prefix{bits, rapid.Uint64Range(0, 1<<bits-1).Draw(t, label)}
}

// prefixAt returns the prefix of some bits that a key has.
func prefixAt(key string, bits int) Prefix {
	p := pathOf([]byte(key))
	out := Prefix{Bits: bits}
	for i := range bits {
		out.Value = 2*out.Value + uint64(p.at(i))
	}
	return out
}

// TestPartsAgainstTwin opens all parts of small maps, and those that entries are in at any number of bits.
func TestPartsAgainstTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := drawEntries(t)
		m := mapOf(entries)
		var prefixes []Prefix
		for bits := range 6 {
			for value := range uint64(1) << bits {
				prefixes = append(prefixes, Prefix{bits, value})
			}
		}
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			prefixes = append(prefixes, prefixAt(key, rapid.IntRange(6, MaxPrefixBits).Draw(t, "bits")))
		}
		for _, p := range prefixes {
			got, err := OpenPart(m.Root(), p, mustCut(t, m, p))
			if err != nil || !sameEntries(got, naivePart(entries, p)) {
				t.Fatalf("part %s of %v: %q, %v", p, entries, got, err)
			}
		}
	})
}

// TestPartIsOfOneMapAndPrefix wants no part to pass for that of another map or prefix, unless it holds the same.
func TestPartIsOfOneMapAndPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries, others := drawEntries(t), drawEntries(t)
		p, other := drawPrefix(t, "prefix"), drawPrefix(t, "other")
		b := mustCut(t, mapOf(entries), p)
		if got, err := OpenPart(mapOf(others).Root(), p, b); (err == nil) != maps.Equal(entries, others) {
			t.Fatalf("part of %v opens in %v: %q, %v", entries, others, got, err)
		}
		if got, err := OpenPart(mapOf(entries).Root(), other, b); err == nil && !sameEntries(got, naivePart(entries, other)) {
			t.Fatalf("part %s opens as %s: %q", p, other, got)
		}
	})
}

// TestPartForged has a forger who knows the map: it shows any entries, below any node of it or as an absence, under a
// prefix of its choice. What opens must be the truth.
func TestPartForged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := drawEntries(t)
		m, p, lie := mapOf(entries), drawPrefix(t, "prefix"), drawPrefix(t, "lie")
		if rapid.Bool().Draw(t, "near") && len(entries) > 0 {
			key := rapid.SampledFrom(slices.Sorted(maps.Keys(entries))).Draw(t, "near key")
			bits := rapid.IntRange(0, 12).Draw(t, "near bits")
			p, lie = prefixAt(key, bits), prefixAt(key, rapid.IntRange(0, 12).Draw(t, "lie bits"))
		}
		if more := rapid.IntRange(0, MaxPrefixBits-p.Bits).Draw(t, "deeper"); rapid.Bool().Draw(t, "leftmost") {
			lie = Prefix{p.Bits + more, p.Value << more} // where the steps lead by the bits of the lowest way with prefix p
		}
		way := lie.lowest()
		absence := m.prove(&way)
		forged := [][]byte{encodeEmptyPart(&absence)}
		for _, shown := range [][]Entry{naivePart(entries, p), naivePart(entries, lie), drawShown(t, entries)} {
			steps, _ := m.descend(&way, rapid.IntRange(0, noBit).Draw(t, "end"))
			forged = append(forged, forge(steps, shown))
			steps, _ = m.descend(&way, p.Bits)
			forged = append(forged, forge(steps, shown))
		}
		for _, b := range forged {
			if got, err := OpenPart(m.Root(), p, b); err == nil && !sameEntries(got, naivePart(entries, p)) {
				t.Fatalf("part %s of %v opens with %q", p, entries, got)
			}
		}
	})
}

// drawShown returns some of the entries and one that may not be among them.
func drawShown(t *rapid.T, entries map[string]string) (out []Entry) {
	shown := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if rapid.Bool().Draw(t, "show") {
			shown[key] = entries[key]
		}
	}
	if rapid.Bool().Draw(t, "add") {
		shown[drawKey(t)] = drawValue(t)
	}
	return naivePart(shown, Prefix{})
}

// forge encodes a part with entries, whatever they are.
func forge(steps []Step, entries []Entry) []byte {
	out := appendSteps([]byte{partFilled, byte(len(steps))}, steps)
	for _, e := range entries {
		out = append(out, byte(len(e.Key)), byte(len(e.Value)>>16), byte(len(e.Value)>>8), byte(len(e.Value)))
		out = append(append(out, e.Key...), e.Value...)
	}
	return out
}

// smallParts are a map and parts of it of each form.
func smallParts(t interface{ Fatal(...any) }) (m Map, parts map[Prefix][]byte) {
	m = filled(24)
	parts = map[Prefix][]byte{}
	for _, p := range []Prefix{{0, 0}, {1, 1}, {3, 5}, {16, 77}, prefixAt(string(keyOf(3)), 20), prefixAt(string(keyOf(9)), MaxPrefixBits)} {
		parts[p] = mustCut(t, m, p)
	}
	return m, parts
}

// TestPartTampered changes every bit of small parts, cuts them at every place and makes them longer.
func TestPartTampered(t *testing.T) {
	m, parts := smallParts(t)
	for p, b := range parts {
		refused := func(what string, changed []byte) {
			t.Helper()
			if _, err := OpenPart(m.Root(), p, changed); !errors.Is(err, ErrPart) {
				t.Errorf("part %s, %s: %v", p, what, err)
			}
		}
		for i := range b {
			for bit := range 8 {
				changed := bytes.Clone(b)
				changed[i] ^= 1 << bit
				refused(fmt.Sprintf("bit %d of byte %d", bit, i), changed)
			}
			refused(fmt.Sprint("cut at ", i), b[:i])
		}
		refused("one byte more", append(bytes.Clone(b), 0))
		refused("an empty entry more", append(bytes.Clone(b), 0, 0, 0, 0))
		refused("too long", append(bytes.Clone(b), make([]byte, MaxPartSize)...))
	}
}

// TestPartEntriesTampered leaves out, repeats and swaps the entries of a part, and adds one.
func TestPartEntriesTampered(t *testing.T) {
	m, p := filled(40), Prefix{2, 2}
	whole, err := OpenPart(m.Root(), p, mustCut(t, m, p))
	if err != nil || len(whole) < 3 {
		t.Fatal(whole, err)
	}
	way := p.lowest()
	steps, _ := m.descend(&way, p.Bits)
	refused := func(what string, entries []Entry) {
		t.Helper()
		if _, err := OpenPart(m.Root(), p, forge(steps, entries)); !errors.Is(err, ErrPart) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range whole {
		refused(fmt.Sprint("without ", i), slices.Delete(slices.Clone(whole), i, i+1))
		refused(fmt.Sprint("twice ", i), slices.Insert(slices.Clone(whole), i, whole[i]))
		next := (i + 1) % len(whole)
		swapped := slices.Clone(whole)
		swapped[i], swapped[next] = swapped[next], swapped[i]
		refused(fmt.Sprint("swapped ", i), swapped)
		swapped = slices.Clone(whole)
		swapped[i].Value = []byte("forged")
		refused(fmt.Sprint("value ", i), swapped)
	}
	for i := range 40 {
		refused(fmt.Sprint("with one of another part or one again ", i), append(slices.Clone(whole), Entry{keyOf(i), []byte("0123456789abcdef")}))
	}
	refused("none", nil)
}

func TestPrefixRefused(t *testing.T) {
	m := filled(3)
	for _, p := range []Prefix{{-1, 0}, {0, 1}, {3, 8}, {MaxPrefixBits, 1 << MaxPrefixBits}, {MaxPrefixBits + 1, 0}, {64, 0}, {1000, 5}} {
		if _, err := m.CutPart(p); !errors.Is(err, ErrPart) {
			t.Errorf("cut %v: %v", p, err)
		}
		if _, err := OpenPart(m.Root(), p, []byte{partEmpty}); !errors.Is(err, ErrPart) {
			t.Errorf("open %v: %v", p, err)
		}
	}
}

// TestCutPartLooksAtThePartOnly counts the work for a small part of a large map.
func TestCutPartLooksAtThePartOnly(t *testing.T) {
	m := filled(20_000)
	part, found := mustCut(t, m, Prefix{13, 9}), 0
	if allocs := testing.AllocsPerRun(10, func() { part, _ = m.CutPart(Prefix{13, 9}) }); allocs > 10 || len(part) > 2_000 {
		t.Errorf("%v allocations for %d bytes", allocs, len(part))
	}
	for value := range uint64(256) {
		entries, err := OpenPart(m.Root(), Prefix{8, value}, mustCut(t, m, Prefix{8, value}))
		if err != nil {
			t.Fatal(err)
		}
		found += len(entries)
	}
	if found != m.Len() {
		t.Errorf("%d entries in all parts, %d in the map", found, m.Len())
	}
}

// FuzzOpenPart wants that what opens as a part is that part, byte for byte.
func FuzzOpenPart(f *testing.F) {
	m, parts := smallParts(f)
	for p, b := range parts {
		f.Add(p.Bits, p.Value, b)
	}
	f.Add(0, uint64(0), []byte{partFilled, 0, 0, 0, 0, 0})
	entries := contents(m)
	f.Fuzz(func(t *testing.T, bits int, value uint64, b []byte) {
		p := Prefix{bits, value}
		got, err := OpenPart(m.Root(), p, b)
		if err != nil {
			if !errors.Is(err, ErrPart) {
				t.Fatalf("%v does not wrap ErrPart", err)
			}
			return
		}
		if !sameEntries(got, naivePart(entries, p)) || !bytes.Equal(b, mustCut(t, m, p)) {
			t.Fatalf("part %s opens from %x with %q", p, b, got)
		}
	})
}
