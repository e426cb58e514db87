package docs

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/snapshot"
)

// chainRecord is an encoded chain of certificates: section 10.
type chainRecord struct {
	_            struct{} `cbor:",toarray"`
	Version      uint64
	Certificates []struct {
		_                struct{} `cbor:",toarray"`
		Leaf, Edge, Note []byte
		Next             *struct {
			_       struct{} `cbor:",toarray"`
			Network []byte
			Members []struct {
				_      struct{} `cbor:",toarray"`
				Name   string
				Weight uint64
				Cosign []byte
			}
		}
	}
}

// TestCertificateOfThePage checks the example's certificate with nothing of the product but its bytes: the seal, the committee after it,
// and that a quorum of founders has signed.
func TestCertificateOfThePage(t *testing.T) {
	g := newSealed(t)
	c := newChronicle(g)
	c.run()
	snap, err := g.parties[0].engine.Snapshot()
	g.must(err)
	encoded, err := snap.Chain.Encode()
	g.must(err)
	var chain chainRecord
	g.must(cbor.Unmarshal(encoded, &chain))
	if chain.Version != 1 || len(chain.Certificates) != 1 {
		t.Fatalf("version %d, %d certificates", chain.Version, len(chain.Certificates))
	}
	link := chain.Certificates[0]
	if !bytes.Equal(link.Leaf, c.seals[0].raw) {
		t.Error("the leaf is not that of the seal")
	}
	root := base64Of(headAfter(link.Leaf, link.Edge))
	if want := base64Of(treeHash(c.leaves)); root != want {
		t.Errorf("leaf and edge lead to root %s, the log has %s", root, want)
	}
	text, lines, _ := strings.Cut(string(link.Note), "\n\n")
	if !strings.HasSuffix(text, fmt.Sprintf("\n%d\n%s", len(c.leaves), root)) {
		t.Errorf("the note is of another head:\n%s", text)
	}
	if weight := g.signedWeight(text+"\n", lines); 3*weight <= 2*8 {
		t.Errorf("weight %d of 8 has signed", weight)
	}
	var names []string
	var weights []uint64
	var cosign [][32]byte
	for _, m := range link.Next.Members {
		names, weights, cosign = append(names, m.Name), append(weights, m.Weight), append(cosign, [32]byte(m.Cosign))
	}
	if got := committeeHash([32]byte(link.Next.Network), names, weights, cosign); got != [32]byte(link.Leaf[97:129]) {
		t.Error("the next committee is not the one that the leaf names")
	}
	if got, want := pinText(1, c.seals[0].id), snap.Seal.Pin().String(); got != want {
		t.Errorf("pin: the page says %s, the code %s", got, want)
	}
}

// headAfter returns the root of the log that ends with a seal leaf.
func headAfter(leaf, raw []byte) [32]byte {
	var edge [][32]byte
	for hash := range slices.Chunk(raw, 32) {
		edge = append(edge, [32]byte(hash))
	}
	size := binary.BigEndian.Uint64(leaf[137:])
	if headOfEdge(size, edge) != [32]byte(leaf[145:177]) {
		return [32]byte{}
	}
	return headOfEdge(size+1, grownEdge(size, edge, leaf))
}

// signedWeight adds up the weight of the founders whose signatures on a checkpoint hold.
func (g *gathering) signedWeight(text, lines string) (weight uint64) {
	for line := range strings.Lines(lines) {
		parts := strings.Fields(line) // a dash, name, signature
		raw, err := base64.StdEncoding.DecodeString(parts[2])
		g.must(err)
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(raw[4:]), text)
		for _, m := range g.genesis.Members() {
			if m.Name == parts[1] && ed25519.Verify(m.Cosign[:], []byte(message), raw[12:]) {
				weight += m.Weight
			}
		}
	}
	return weight
}

// TestChunksOfThePage puts the state root together from every chunk that has entries.
func TestChunksOfThePage(t *testing.T) {
	snap, err := newSealed(t).parties[0].engine.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	entries := 0
	for nbits := range 5 {
		entries = 0
		for part := range 1 << nbits {
			chunk, err := snapshot.Cut(snap.State, nbits, part)
			if err != nil {
				t.Fatal(err)
			}
			if chunk[0] == 0 {
				continue
			}
			root, n := rootOfChunk(nbits, uint64(part), chunk)
			if root != snap.State.Root() {
				t.Errorf("part %d of %d bits leads to root %x, the state has %x", part, nbits, root, snap.State.Root())
			}
			entries += n
		}
	}
	count := 0
	for range snap.State.Entries() {
		count++
	}
	if entries != count {
		t.Errorf("the chunks have %d entries, the state %d", entries, count)
	}
}

// TestAdmissionOfThePage checks the signatures of the newcomer's application, and that its first event rests on the admission.
func TestAdmissionOfThePage(t *testing.T) {
	g := newSealed(t)
	_, newcomer, _ := keysOf(4)
	var admission dag.ID
	for id, e := range g.events {
		if e.Kind() == governance.KindAdmit {
			admission = id
		}
	}
	var body admitted
	g.must(cbor.Unmarshal(g.events[admission].Body(), &body))
	mode, err := cbor.CanonicalEncOptions().EncMode()
	g.must(err)
	signed, err := mode.Marshal(map[string]any{
		"name": body.Name, "host": body.Host, "event": body.Event, "cosign": body.Cosign, "sponsor": body.Sponsor, "invitation": body.Invitation,
	})
	g.must(err)
	message := bytes.Join([][]byte{[]byte("lot/application/v1\n"), g.network.ID[:], signed}, nil)
	for n, key := range [][]byte{body.Host, body.Event, body.Cosign} {
		if !ed25519.Verify(key, message, body.Signatures[n]) {
			t.Errorf("signature %d of the application does not cover what the page says", n)
		}
	}
	for _, e := range g.events {
		if e.Key() == newcomer.Key() && e.Epoch() == 1 && e.Seq() == 1 && !slices.Contains(e.Approves(), admission) {
			t.Error("the newcomer's first event does not approve its admission")
		}
	}
}
