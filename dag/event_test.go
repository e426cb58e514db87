package dag_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// seededSigner returns the signer whose seed is n and zeros.
func seededSigner(n byte) *dag.MemorySigner { return dag.NewSigner([32]byte{n}) }

// payloadFields returns the fields of a small valid payload event of signer.
func payloadFields(signer dag.Signer) dag.Fields {
	return dag.Fields{
		Network: dag.NetworkID{0xaa}, Key: signer.Key(), Account: dag.AccountOf(signer.Key()),
		Seq: 2, Prev: dag.HashBlock([]byte("prev")),
		Approves: []dag.ID{dag.HashBlock([]byte("left")), dag.HashBlock([]byte("right"))},
		Time:     1_700_000_000_000, Epoch: 1, Kind: "transfer", Body: []byte{1, 2, 3},
	}
}

// drawFields draws valid fields of signer.
func drawFields(t *rapid.T, signer dag.Signer) dag.Fields {
	number := func(label string, low uint64) uint64 { return rapid.Uint64Range(low, dag.MaxInteger).Draw(t, label) }
	f := dag.Fields{
		Network: drawBytes32(t, "network"), Key: signer.Key(), Account: drawBytes32(t, "account"),
		Seq: 1, Time: number("time", 0), Epoch: number("epoch", 1), Round: number("round", 0),
		Kind: rapid.StringMatching(`[a-z0-9.-]{0,48}`).Draw(t, "kind"),
	}
	if f.Kind == "" {
		f.Round = number("witness round", 1)
	} else {
		f.Body = rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "body")
	}
	if rapid.Bool().Draw(t, "has prev") {
		f.Seq = number("seq", 2)
		f.Prev = dag.HashBlock([]byte("prev"))
	}
	seen := map[dag.ID]bool{{}: true, f.Prev: true}
	for range rapid.IntRange(dag.MinApproves, dag.MaxApproves).Draw(t, "approves") {
		id := dag.ID(drawBytes32(t, "approved"))
		for seen[id] { // shrinking likes equal ids; the event format does not
			id = dag.HashBlock(id[:])
		}
		seen[id] = true
		f.Approves = append(f.Approves, id)
	}
	return f
}

// mustSign signs fields that are valid.
func mustSign(t interface {
	Helper()
	Fatal(args ...any)
}, f dag.Fields, signer dag.Signer) dag.Verified {
	t.Helper()
	v, err := f.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// fieldsOf collects what an event's accessors tell.
func fieldsOf(e *dag.Event) dag.Fields {
	return dag.Fields{
		Network: e.Network(), Key: e.Key(), Account: e.Account(), Seq: e.Seq(), Prev: e.Prev(), Approves: e.Approves(),
		Time: e.Time(), Epoch: e.Epoch(), Round: e.Round(), Kind: e.Kind(), Body: e.Body(),
	}
}

func equalFields(a, b dag.Fields) bool {
	return a.Network == b.Network && a.Key == b.Key && a.Account == b.Account && a.Seq == b.Seq && a.Prev == b.Prev &&
		slices.Equal(a.Approves, b.Approves) && a.Time == b.Time && a.Epoch == b.Epoch && a.Round == b.Round &&
		a.Kind == b.Kind && bytes.Equal(a.Body, b.Body)
}

func TestSignedEventReadsBack(t *testing.T) {
	signer := seededSigner(1)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFields(t, signer)
		made := mustSign(t, f, signer)
		read, err := dag.Decode(made.Block())
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(f.Approves, dag.ID.Compare)
		if !equalFields(fieldsOf(read), f) || !equalFields(fieldsOf(made.Event), f) {
			t.Fatalf("event differs from its fields %+v", f)
		}
		if read.ID() != made.ID() || read.ID() != dag.HashBlock(made.Block()) || read.Signature() != made.Signature() ||
			read.Size() != len(made.Block()) || read.IsWitness() != (f.Kind == "") {
			t.Fatal("id, signature, size or witness flag differ after decoding")
		}
		if _, err := dag.Verify(read); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSignRefusesFields(t *testing.T) {
	signer := seededSigner(1)
	cases := []struct {
		name   string
		change func(*dag.Fields)
	}{
		{"another signer's key", func(f *dag.Fields) { f.Key = seededSigner(2).Key() }},
		{"seq 0", func(f *dag.Fields) { f.Seq, f.Prev = 0, dag.ID{} }},
		{"seq beyond JSON's integers", func(f *dag.Fields) { f.Seq = dag.MaxInteger + 1 }},
		{"seq 1 with prev", func(f *dag.Fields) { f.Seq = 1 }},
		{"seq 2 without prev", func(f *dag.Fields) { f.Prev = dag.ID{} }},
		{"time beyond JSON's integers", func(f *dag.Fields) { f.Time = dag.MaxInteger + 1 }},
		{"epoch 0", func(f *dag.Fields) { f.Epoch = 0 }},
		{"epoch beyond JSON's integers", func(f *dag.Fields) { f.Epoch = dag.MaxInteger + 1 }},
		{"round beyond JSON's integers", func(f *dag.Fields) { f.Round = dag.MaxInteger + 1 }},
		{"one approval", func(f *dag.Fields) { f.Approves = f.Approves[:1] }},
		{"nine approvals", func(f *dag.Fields) { f.Approves = distinctIDs(dag.MaxApproves + 1) }},
		{"the same approval twice", func(f *dag.Fields) { f.Approves[1] = f.Approves[0] }},
		{"own prev approved", func(f *dag.Fields) { f.Approves[1] = f.Prev }},
		{"no approved id", func(f *dag.Fields) { f.Seq, f.Prev, f.Approves[0] = 1, dag.ID{}, dag.ID{} }},
		{"body without a kind", func(f *dag.Fields) { f.Kind, f.Round = "", 1 }},
		{"witness without a round", func(f *dag.Fields) { f.Kind, f.Body = "", nil }},
		{"long kind", func(f *dag.Fields) { f.Kind = strings.Repeat("a", dag.MaxKindLength+1) }},
		{"upper-case kind", func(f *dag.Fields) { f.Kind = "Transfer" }},
		{"kind with a space", func(f *dag.Fields) { f.Kind = "trans fer" }},
		{"kind outside ASCII", func(f *dag.Fields) { f.Kind = "übertrag" }},
		{"too large", func(f *dag.Fields) { f.Body = make([]byte, dag.MaxEventSize) }},
	}
	for _, c := range cases {
		f := payloadFields(signer)
		c.change(&f)
		if v, err := f.Sign(signer); err == nil {
			t.Errorf("%s: signed as %s", c.name, v.ID())
		}
	}
}

func distinctIDs(n int) []dag.ID {
	ids := make([]dag.ID, n)
	for i := range ids {
		ids[i] = dag.HashBlock([]byte{byte(i)})
	}
	return ids
}

func TestLargestEventIsExactlyMaxEventSize(t *testing.T) {
	signer := seededSigner(1)
	f := payloadFields(signer)
	f.Body = make([]byte, dag.MaxEventSize-1000) // long enough for the length prefix of the largest body
	overhead := mustSign(t, f, signer).Size() - len(f.Body)
	f.Body = make([]byte, dag.MaxEventSize-overhead)
	v := mustSign(t, f, signer)
	if v.Size() != dag.MaxEventSize {
		t.Fatalf("event has %d bytes, want %d", v.Size(), dag.MaxEventSize)
	}
	if _, err := dag.Decode(v.Block()); err != nil {
		t.Error(err)
	}
	f.Body = append(f.Body, 0)
	if _, err := f.Sign(signer); err == nil {
		t.Error("an event of MaxEventSize+1 bytes is signed")
	}
}

func TestEventDoesNotShareMemoryWithItsCaller(t *testing.T) {
	signer := seededSigner(1)
	f := payloadFields(signer)
	slices.SortFunc(f.Approves, func(a, b dag.ID) int { return b.Compare(a) }) // falling, so that signing must sort
	given := slices.Clone(f.Approves)
	made := mustSign(t, f, signer)
	if !slices.Equal(f.Approves, given) {
		t.Error("signing reorders the caller's approvals")
	}
	block := bytes.Clone(made.Block())
	read, err := dag.Decode(block)
	if err != nil {
		t.Fatal(err)
	}
	clear(f.Body)
	clear(f.Approves)
	clear(block)
	for name, e := range map[string]*dag.Event{"signed": made.Event, "decoded": read} {
		if !bytes.Equal(e.Body(), []byte{1, 2, 3}) || e.Approves()[0].IsZero() || dag.HashBlock(e.Block()) != made.ID() {
			t.Errorf("the %s event changed with the caller's buffers", name)
		}
	}
}
