package node

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/api"
)

// A batch that is gone from the disk is fetched from a peer that has it; if none has, the refusal says so.
func TestProofOfABatchThatIsGone(t *testing.T) {
	p := newParty(t, 2, 1)
	p.startAll()
	g, peer, d, ctx := p.guests[0], p.guests[1], newDevice(1), t.Context()
	d.register(g)
	d.send(g, 1, 3)
	g.final(3)
	var file []byte
	eventually(t, func() (err error) { file, err = g.client.ReadingProof(ctx, d.key(), 2); return err })
	blobs := g.node.store.Blobs()
	if len(blobs) == 0 {
		t.Fatal("no batch on disk")
	}
	for _, digest := range blobs {
		content, err := g.node.store.GetBlob(digest)
		must(t, err)
		must(t, os.Remove(filepath.Join(g.dataDir(), "blobs", digest.String())))
		if _, err := peer.node.store.PutBlob(content); err != nil {
			t.Fatal(err)
		}
	}
	again, err := g.client.ReadingProof(ctx, d.key(), 2)
	must(t, err)
	parsed, err := proof.Parse(again)
	must(t, err)
	_, err = proof.Verify(parsed, Cosigners(p.genesis))
	must(t, err)
	before, err := proof.Parse(file)
	must(t, err)
	if !bytes.Equal(parsed.Reading.Bytes, before.Reading.Bytes) {
		t.Fatal("another reading is proven")
	}
	for _, digest := range blobs {
		for _, who := range p.guests {
			if err := os.Remove(filepath.Join(who.dataDir(), "blobs", digest.String())); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
	}
	_, err = g.client.ReadingProof(ctx, d.key(), 2)
	if got := problem(t, err); got.Code != string(api.NotFound) || !strings.Contains(got.Detail, "neither in the data folder nor at a connected peer") || got.Hint == "" {
		t.Fatalf("%+v", got)
	}
}

// What a peer answers is not believed: another content than the digest says is not kept.
func TestServedBatches(t *testing.T) {
	p := newParty(t, 1)
	g := p.guests[0]
	g.start()
	digest, err := g.node.store.PutBlob([]byte("encrypted"))
	must(t, err)
	if content, err := g.node.serveBatch(t.Context(), "", digest[:]); err != nil || string(content) != "encrypted" {
		t.Fatal(content, err)
	}
	for _, request := range [][]byte{nil, make([]byte, 31), make([]byte, 33), make([]byte, 32)} {
		if content, err := g.node.serveBatch(t.Context(), "", request); err == nil {
			t.Fatalf("%d bytes were answered with %q", len(request), content)
		}
	}
	if err := g.node.fetchBatch(t.Context(), [32]byte{1}); err == nil || !strings.Contains(err.Error(), "no connected peer has it") {
		t.Fatal(err)
	}
}
