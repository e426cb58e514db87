package docs

import (
	"fmt"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/snapshot"
)

// sealedBlocks makes the examples of protocol.md that are about the end of an epoch.
func (g *gathering) sealedBlocks() map[string]string {
	return map[string]string{
		"governance":  g.governanceBodies(),
		"seal":        g.sealText(),
		"certificate": g.certificateText(),
		"chunk":       g.chunkText(),
		"invitation":  g.invitationExample(),
	}
}

// bodyOf returns the body of the only event of a kind.
func (g *gathering) bodyOf(kind string) (body []byte) {
	for _, e := range g.events {
		if e.Kind() == kind {
			body = e.Body()
		}
	}
	return body
}

func (g *gathering) governanceBodies() string {
	_, event, _ := keysOf(4)
	remove, err := (&governance.Remove{Member: event.Key()}).Encode()
	g.must(err)
	var b strings.Builder
	for _, p := range []struct {
		kind string
		body []byte
	}{
		{governance.KindAdmit, g.bodyOf(governance.KindAdmit)}, {governance.KindRemove, remove},
		{governance.KindPropose, g.bodyOf(governance.KindPropose)}, {governance.KindApprove, g.bodyOf(governance.KindApprove)},
	} {
		fmt.Fprintf(&b, "%s, %d bytes\n%s", p.kind, len(p.body), dumpMap(g.t, p.body))
	}
	return b.String()
}

func (g *gathering) sealText() string {
	s, err := g.parties[0].engine.Snapshot()
	g.must(err)
	leaf := s.Seal.Leaf.Encode()
	id := s.Seal.Leaf.Hash()
	var b strings.Builder
	fmt.Fprintf(&b, "seal leaf of epoch 1, %d bytes\n%sseal id\n    %x\npin\n    %s\n", len(leaf), lines(leaf), id[:], s.Seal.Pin())
	origin := dag.Origin{Network: g.network.ID, Epoch: 2, Seal: id}
	for n := range dag.Roots {
		root := origin.Root(n)
		fmt.Fprintf(&b, "root %d of epoch 2\n    %x\n", n, root[:])
	}
	next, err := g.network.Next(s.State)
	g.must(err)
	rules := finality.NewRules(next.Committee, 2, id)
	b.WriteString("slots 1 to 16 of epoch 2 are led by members")
	for slot := uint64(1); slot <= 16; slot++ {
		fmt.Fprintf(&b, " %d", rules.Leader(slot))
	}
	return b.String() + "\n"
}

func (g *gathering) certificateText() string {
	s, err := g.parties[0].engine.Snapshot()
	g.must(err)
	if len(s.Chain) != 1 {
		g.t.Fatalf("a chain of %d certificates", len(s.Chain))
	}
	encoded, err := s.Chain.Encode()
	g.must(err)
	return fmt.Sprintf("chain of one certificate, %d bytes, of which the first are\n%sits note\n%s", len(encoded), lines(encoded[:320]), s.Chain[0].Note)
}

// chunkOf is which part of the state the example shows.
const chunkBits, chunkPart = 3, 5

func (g *gathering) chunkText() string {
	s, err := g.parties[0].engine.Snapshot()
	g.must(err)
	chunk, err := snapshot.Cut(s.State, chunkBits, chunkPart)
	g.must(err)
	root := s.State.Root()
	entries, err := snapshot.Open(root, chunkBits, chunkPart, chunk)
	g.must(err)
	return fmt.Sprintf("state root after the seal\n    %x\npart %d of %d bits, %d entries in %d bytes\n%s", root[:], chunkPart, chunkBits, len(entries), len(chunk), lines(chunk))
}
