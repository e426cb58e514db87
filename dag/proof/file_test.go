package proof

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

var update = flag.Bool("update", false, "write the sample files of testdata anew")

func encode(tb testing.TB, f *File) []byte {
	tb.Helper()
	b, err := f.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// TestSampleFiles holds the format still: the same values give the same bytes in every version of this program.
func TestSampleFiles(t *testing.T) {
	s := newScene(t, ledger.StatusApplied)
	for name, f := range map[string]*File{
		"event.json": s.eventFile(t), "reading.json": s.readingFile(t), "chain.json": newEpochs(t, []int{0, 1, 2, 3}, []int{1, 2, 3, 4}).readingFile(t),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, encode(t, f), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := encode(t, f); !bytes.Equal(got, want) {
			t.Errorf("%s: the format has changed:\n%s", path, got)
		}
		parsed, err := Parse(want)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(parsed, s.committee); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestParseRefusesOtherSpellings(t *testing.T) {
	good := string(encode(t, newScene(t, ledger.StatusApplied).readingFile(t)))
	replace := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the sample has no %q", old)
		}
		return strings.Replace(good, old, with, 1)
	}
	for name, text := range map[string]string{
		"nothing":                "",
		"no JSON":                "lot proof v1",
		"null":                   "null\n",
		"another version":        replace("lot proof v1", "lot proof v2"),
		"no format":              replace(`  "format": "lot proof v1",`+"\n", ""),
		"no newline at the end":  strings.TrimSuffix(good, "\n"),
		"text behind":            good + "{}",
		"a blank behind":         good + " ",
		"windows newlines":       strings.ReplaceAll(good, "\n", "\r\n"),
		"compact":                strings.ReplaceAll(strings.ReplaceAll(good, "\n", ""), "  ", ""),
		"upper-case field":       replace(`"status"`, `"Status"`),
		"unknown field":          replace(`"format"`, `"note": 1,`+"\n"+`  "format"`),
		"a field twice":          replace(`  "format"`, `  "format": "lot proof v1",`+"\n"+`  "format"`),
		"an escape":              replace("lot proof", `lot\u0020proof`),
		"a number as a float":    replace(`"index": 2`, `"index": 2.0`),
		"a negative number":      replace(`"index": 2`, `"index": -2`),
		"a large status":         replace(`"status": 1`, `"status": 257`),
		"null as a reading":      replace(`  "format"`, `  "reading": null,`+"\n"+`  "format"`),
		"a line break in base64": replace(`"block": "`, `"block": "\n`),
		"a mark before":          "\ufeff" + good,
		"null as a chain":        strings.TrimSuffix(good, "\n}\n") + `,` + "\n" + `  "chain": null` + "\n}\n",
		"an empty chain":         strings.TrimSuffix(good, "\n}\n") + `,` + "\n" + `  "chain": "ggGA"` + "\n}\n",
		"too large":              good + strings.Repeat("\n", MaxFileSize),
	} {
		if _, err := Parse([]byte(text)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEmptyListsHaveOneSpelling(t *testing.T) {
	b := encode(t, &File{Format: Format, Reading: &ReadingPart{}})
	if bytes.Contains(b, []byte("null")) {
		t.Errorf("wrote %s", b)
	}
	if _, err := Parse(b); err != nil {
		t.Error(err)
	}
	if _, err := Parse(bytes.Replace(b, []byte(`"path": []`), []byte(`"path": null`), 1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("null for an empty list: %v", err)
	}
	if _, err := (&File{Checkpoint: strings.Repeat("x", MaxFileSize)}).Encode(); err == nil {
		t.Error("wrote a file that is too large to be read")
	}
}

func TestNewFileNeverHandsOutABrokenProof(t *testing.T) {
	s := newScene(t, ledger.StatusApplied)
	if _, err := NewFile(s.event, ledger.StatusExpired, s.index, &s.history.store, s.signed); !errors.Is(err, ErrInclusion) {
		t.Errorf("another status: %v", err)
	}
	if _, err := NewFile(s.event, s.status, s.signed.Size, &s.history.store, s.signed); !errors.Is(err, ErrNotCovered) {
		t.Errorf("beyond the checkpoint: %v", err)
	}
	if _, err := NewFile(s.event, s.status, s.index, new(MemoryStore), s.signed); err == nil {
		t.Error("from an empty store")
	}
	path, err := s.batch.Path(2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.eventFile(t).WithReading(s.readings[1], 2, path); !errors.Is(err, ErrInclusion) {
		t.Errorf("another reading: %v", err)
	}
	if _, err := (&File{}).WithReading(s.readings[2], 2, path); !errors.Is(err, dag.ErrMalformed) {
		t.Errorf("without an event: %v", err)
	}
	s.event = newEvent(t, fixtureNetwork, "transfer", []byte("body"))
	s.index = s.history.add(t, EventLeaf{Event: s.event.ID(), Status: s.status}.Hash())
	s.sign(t, 0, 1, 2)
	if _, err := s.eventFile(t).WithReading(s.readings[2], 2, path); !errors.Is(err, ErrMalformed) {
		t.Errorf("an event that anchors nothing: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	s := newScene(f, ledger.StatusApplied)
	f.Add(encode(f, s.eventFile(f)))
	f.Add(encode(f, s.readingFile(f)))
	f.Add(encode(f, &File{Format: Format, Reading: &ReadingPart{}}))
	f.Add(encode(f, newEpochs(f, []int{0, 1, 2, 3}, []int{1, 2, 3, 4}).readingFile(f)))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Parse(b)
		if err != nil {
			return
		}
		again, err := file.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q reads as %q, %v", b, again, err)
		}
		result, err := Verify(file, s.committee)
		if err == nil && (result.Event.ID() != s.event.ID() || result.Status != s.status) {
			t.Errorf("%q proves what never happened: %v", b, result.Steps)
		}
	})
}
