package proof

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// Collectors that keep things together collect what each would alone, in whatever order signatures reach them, and keep a
// bounded number of them.
func TestCollectorsTogetherCollectWhatEachWouldAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		committee, _ := newCommittee(1, 2, 1, 3)
		first, err := NewCollector(committee)
		if err != nil {
			t.Fatal(err)
		}
		together := []*Collector{first, first.Fresh(), first.Fresh()}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for _, c := range together {
			alone, err := NewCollector(committee)
			if err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(0, 400).Draw(t, "signatures") {
				v := someCosignature(random, committee)
				changed, err := c.Add(v)
				wantChanged, want := alone.Add(v)
				if changed != wantChanged || (err == nil) != (want == nil) {
					t.Fatalf("changed %v, %v; alone it would be %v, %v", changed, err, wantChanged, want)
				}
			}
			got, _ := c.Latest()
			if want, _ := alone.Latest(); !bytes.Equal(got.Note(), want.Note()) || len(c.Evidence()) != len(alone.Evidence()) {
				t.Fatalf("latest is\n%s\nalone it would be\n%s", got.Note(), want.Note())
			}
		}
		for _, heard := range first.archive.heard {
			if len(heard) > 2*collectorWindow || len(first.archive.made) > archiveWindow {
				t.Fatalf("%d signatures of a member are kept, and %d checkpoints", len(heard), len(first.archive.made))
			}
		}
	})
}

// someCosignature returns a signature on one of the heads of 60 sizes, rarely on a false one.
func someCosignature(random *rand.Rand, committee Committee) VerifiedCosignature {
	size := 1 + random.Uint64N(60)
	c := Cosignature{Head: TreeHead{size, numbered(size)}, Member: random.IntN(len(committee.Members)), Timestamp: random.Uint64N(2)}
	if random.IntN(300) == 0 {
		c.Head.Root = numbered(size + 1)
	}
	return VerifiedCosignature{Cosignature: c, network: committee.Network, key: committee.Members[c.Member].Cosign}
}

func TestCollectorsTogetherKeepThingsOnce(t *testing.T) {
	committee, signers := newCommittee(1, 1, 1, 1)
	a := newTestCollector(t, committee)
	b := a.Fresh()
	for _, v := range cosign(t, committee, signers, TreeHead{5, numbered(5)}, 0, 1, 2) {
		for _, c := range []*Collector{a, b} {
			if _, err := c.Add(v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a.latest == nil || a.latest != b.latest || a.heads[0][0] != b.heads[0][0] {
		t.Error("two collectors of one committee keep the same checkpoint or signature twice")
	}
}
