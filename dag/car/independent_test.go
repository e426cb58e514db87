package car

import (
	"bytes"
	"context"
	"testing"

	"github.com/ipfs/go-cid"
	gocar "github.com/ipld/go-car/v2"
	"github.com/ipld/go-car/v2/storage"
	"github.com/ipld/go-ipld-prime/codec/dagcbor"
	"github.com/ipld/go-ipld-prime/datamodel"
	cidlink "github.com/ipld/go-ipld-prime/linking/cid"
	"github.com/ipld/go-ipld-prime/node/basicnode"
	"github.com/ipld/go-ipld-prime/traversal"
	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// TestSameBytesAsLibrary compares an archive with what go-car's own writer makes of the same blocks.
func TestSameBytesAsLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := tangle(t, rapid.IntRange(1, 12).Draw(t, "events"), drawn(t))
		var roots []cid.Cid
		for _, id := range heads(events) {
			roots = append(roots, id.CID())
		}
		var want bytes.Buffer
		w, err := storage.NewWritable(&want, roots, gocar.WriteAsCarV1(true))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if err := w.Put(context.Background(), e.ID().CID().KeyString(), e.Block()); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Finalize(); err != nil {
			t.Fatal(err)
		}
		if got := archive(t, events); !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%x, go-car writes %x", got, want.Bytes())
		}
	})
}

// TestInspectedByLibrary has go-car check an archive as a whole, with the digest of each block.
func TestInspectedByLibrary(t *testing.T) {
	events := tangle(t, 50, newest)
	r, err := gocar.NewReader(bytes.NewReader(archive(t, events)))
	if err != nil {
		t.Fatal(err)
	}
	stats, err := r.Inspect(true)
	if err != nil || stats.Version != 1 || !stats.RootsPresent || stats.BlockCount != 50 || stats.CodecCounts[cid.DagCBOR] != 50 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// TestWalkedByIPLD follows the links from the roots of an archive with nothing but IPLD's own decoder, and wants to meet
// all events, with their fields, and to miss the roots of the graph alone.
func TestWalkedByIPLD(t *testing.T) {
	events := tangle(t, 60, newest)
	known := map[string]*dag.Event{}
	for _, e := range events {
		known[e.ID().String()] = e
	}
	store, err := storage.OpenReadable(bytes.NewReader(archive(t, events)))
	if err != nil {
		t.Fatal(err)
	}
	seen, absent := map[string]bool{}, map[string]bool{}
	for next := store.Roots(); len(next) > 0; {
		c := next[0]
		if next = next[1:]; seen[c.String()] || absent[c.String()] {
			continue
		}
		if ok, err := store.Has(context.Background(), c.KeyString()); err != nil {
			t.Fatal(err)
		} else if !ok {
			absent[c.String()] = true
			continue
		}
		seen[c.String()] = true
		next = append(next, visitNode(t, store, c, known[c.String()])...)
	}
	if len(seen) != len(events) {
		t.Errorf("%d of %d events can be reached", len(seen), len(events))
	}
	for _, id := range graphRoots {
		delete(absent, id.String())
	}
	if len(absent) > 0 {
		t.Errorf("not in the archive: %v", absent)
	}
}

// visitNode decodes a block, compares what is in it with an event and returns its links.
func visitNode(t *testing.T, store storage.ReadableCar, c cid.Cid, e *dag.Event) (links []cid.Cid) {
	t.Helper()
	b, err := store.Get(context.Background(), c.KeyString())
	if err != nil || e == nil {
		t.Fatalf("block %s of event %v: %v", c, e, err)
	}
	builder := basicnode.Prototype.Any.NewBuilder()
	if err := dagcbor.Decode(builder, bytes.NewReader(b)); err != nil {
		t.Fatalf("block %s: %v", c, err)
	}
	node := builder.Build()
	var again bytes.Buffer
	if err := dagcbor.Encode(node, &again); err != nil || !bytes.Equal(again.Bytes(), b) {
		t.Errorf("block %s encodes again as %x: %v", c, again.Bytes(), err)
	}
	if got := integerOf(t, node, "seq"); got != int64(e.Seq()) {
		t.Errorf("seq %d, want %d", got, e.Seq())
	}
	if got := bytesOf(t, node, "body"); !bytes.Equal(got, e.Body()) {
		t.Errorf("body %x, want %x", got, e.Body())
	}
	found, err := traversal.SelectLinks(node)
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range found {
		links = append(links, link.(cidlink.Link).Cid)
	}
	return links
}

func integerOf(t *testing.T, node datamodel.Node, field string) int64 {
	t.Helper()
	value, err := node.LookupByString(field)
	if err != nil {
		t.Fatal(err)
	}
	out, err := value.AsInt()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func bytesOf(t *testing.T, node datamodel.Node, field string) []byte {
	t.Helper()
	value, err := node.LookupByString(field)
	if err != nil {
		t.Fatal(err)
	}
	out, err := value.AsBytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
