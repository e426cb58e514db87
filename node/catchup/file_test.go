package catchup

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag/proof"
)

// grown returns the checkpoint of the log some leaves after the newest end.
func (l *ledgerOf) grown(tb testing.TB) []byte {
	tb.Helper()
	log := proof.Log{}
	if n := len(l.ends); n > 0 {
		seal, err := l.end(n).Seal.Log()
		must(tb, err)
		log = *seal
	}
	_, err := log.Append(sha256.Sum256([]byte("leaf")))
	must(tb, err)
	head, err := log.Head()
	must(tb, err)
	return sign(tb, l.committee, head).Note()
}

func TestFile(t *testing.T) {
	l := newLedger(t, shape{epochs: 4})
	pinned := func(epoch int) Start { return Start{Committee: l.network.Cosigners, Pin: l.end(epoch).Seal.Pin()} }
	whole := l.end(4).Chain
	fromPin, err := whole.Since(4, l.network.Cosigners)
	must(t, err)
	for _, c := range []struct {
		name    string
		start   Start
		chain   proof.Chain
		note    []byte
		signers uint64 // the epoch of their committee; 0 for none
		newer   bool   // the checkpoint is in it
	}{
		{"all", l.start(), whole, l.grown(t), 5, true},
		{"without a checkpoint", l.start(), whole, nil, 4, false},
		{"with that of the seal", l.start(), whole, whole[3].Note, 4, false},
		{"from a pin", pinned(2), whole, l.grown(t), 5, true},
		{"from a pin, without a checkpoint", pinned(2), whole, nil, 4, false},
		{"from a pin at which the committee stayed", pinned(3), whole, nil, 4, false},
		{"from the newest pin of a longer chain", pinned(4), whole, nil, 0, false},
		{"from the newest pin", pinned(4), fromPin, l.grown(t), 5, true},
		{"the newest pin alone", pinned(4), fromPin, nil, 0, false},
	} {
		f, err := NewFile(c.start, c.chain, c.note)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		b, err := f.Encode()
		must(t, err)
		back, err := ParseFile(b)
		must(t, err)
		v, err := back.Verify(c.start)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if newer := v.Head.Size > v.Seal.Head.Size; v.Signers.Epoch != c.signers || (v.Signed == nil) != (c.signers == 0) || newer != c.newer || v.Seal.Leaf.Epoch != 4 || v.Committee.Hash() != l.committee.Hash() {
			t.Errorf("%s: signed by the committee of epoch %d, newer: %t: %+v", c.name, v.Signers.Epoch, newer, v)
		}
	}
}

func TestFileInTheFirstEpoch(t *testing.T) {
	l := newLedger(t, shape{})
	f, err := NewFile(l.start(), nil, l.grown(t))
	must(t, err)
	b, err := f.Encode()
	must(t, err)
	if f, err = ParseFile(b); err != nil {
		t.Fatal(err)
	}
	if v, err := f.Verify(l.start()); err != nil || v.Seal != nil || v.Head.Size != 1 || v.Signed == nil {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := NewFile(l.start(), nil, nil); !errors.Is(err, ErrNothingSigned) {
		t.Error(err)
	}
	if _, err := (&File{Network: l.network.ID}).Verify(l.start()); !errors.Is(err, ErrFile) {
		t.Error(err)
	}
}

func TestFileRefused(t *testing.T) {
	l, other := newLedger(t, shape{epochs: 4}), newLedger(t, shape{id: 1, epochs: 4})
	good := File{Network: l.network.ID, Chain: l.end(4).Chain, Note: l.grown(t)}
	for _, c := range []struct {
		name   string
		change func(f *File, s *Start)
		want   error
	}{
		{"another network", func(f *File, _ *Start) { f.Network = other.network.ID }, proof.ErrOtherNetwork},
		{"another network's chain", func(f *File, _ *Start) { f.Chain = other.end(4).Chain }, proof.ErrOtherNetwork},
		{"a gap", func(f *File, _ *Start) { f.Chain = f.Chain[3:] }, proof.ErrUnknownSigner},
		{"another pin", func(_ *File, s *Start) { s.Pin = other.end(4).Seal.Pin() }, proof.ErrPin},
		{"no certificates for a pin", func(f *File, s *Start) { s.Pin = l.end(4).Seal.Pin(); f.Chain = nil }, proof.ErrPin},
		{"the checkpoint of the seal", func(f *File, _ *Start) { f.Note = f.Chain[3].Note }, proof.ErrUnknownSigner},
		{"a checkpoint of another epoch", func(f *File, _ *Start) { f.Chain = l.end(2).Chain }, proof.ErrUnknownSigner},
		{"a changed checkpoint", func(f *File, _ *Start) { f.Note = bytes.Replace(f.Note, []byte("\n9\n"), []byte("\n8\n"), 1) }, nil},
	} {
		f, s := good, l.start()
		c.change(&f, &s)
		if _, err := f.Verify(s); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := good.Verify(l.start()); err != nil {
		t.Error(err)
	}
}

func TestParseFileRefuses(t *testing.T) {
	l := newLedger(t, shape{epochs: 2})
	good, err := (&File{Network: l.network.ID, Chain: l.end(2).Chain, Note: l.grown(t)}).Encode()
	must(t, err)
	replace := func(old, text string) []byte { return []byte(strings.Replace(string(good), old, text, 1)) }
	for name, b := range map[string][]byte{
		"nothing":           nil,
		"a note":            l.grown(t),
		"another version":   replace(`"version": 1`, `"version": 2`),
		"another field":     replace(`"version": 1`, `"version": 1, "x": 2`),
		"a space":           replace(`"version": 1`, `"version":  1`),
		"text behind":       append(bytes.Clone(good), '{'),
		"another pin":       replace(l.end(2).Seal.Pin().String(), l.end(1).Seal.Pin().String()),
		"no certificates":   replace(`"certificates": "`, `"certificates": "AA`),
		"a cut":             good[:len(good)/2],
		"far too long":      make([]byte, MaxFileSize+1),
		"a network of zero": replace(l.network.ID.String(), "lotnet:x"),
	} {
		if _, err := ParseFile(b); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParseFile wants that what is read is written again byte for byte, and that nothing holds that was not signed.
func FuzzParseFile(f *testing.F) {
	l := newLedger(f, shape{epochs: 2})
	good, err := (&File{Network: l.network.ID, Chain: l.end(2).Chain, Note: l.grown(f)}).Encode()
	must(f, err)
	f.Add(good)
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := ParseFile(b)
		if err != nil {
			return
		}
		if again, err := file.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q comes back as %q, %v", b, again, err)
		}
		if v, err := file.Verify(l.start()); err == nil && v.Seal != nil && !reflect.DeepEqual(v.Seal.Leaf, l.end(int(v.Seal.Leaf.Epoch)).Seal.Leaf) {
			t.Fatalf("it proves a seal that nobody signed: %v", v.Seal)
		}
	})
}
