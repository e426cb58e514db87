package proof

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func newTestCollector(tb testing.TB, c Committee) *Collector {
	tb.Helper()
	collector, err := NewCollector(c)
	if err != nil {
		tb.Fatal(err)
	}
	return collector
}

func TestCollectorWaitsForAQuorum(t *testing.T) {
	committee, signers := newCommittee(1, 1, 1, 1)
	c := newTestCollector(t, committee)
	head := TreeHead{5, numbered(5)}
	for i, v := range cosign(t, committee, signers, head, 2, 0, 0, 3, 1) {
		changed, err := c.Add(v)
		if err != nil {
			t.Fatal(err)
		}
		signed, ok := c.Latest()
		if wantChange, want := i >= 3, i >= 3; changed != wantChange || ok != want {
			t.Errorf("signature %d: changed %v, complete %v", i, changed, ok)
		}
		if !ok {
			continue
		}
		if opened, err := OpenCheckpoint(signed.Note(), committee); err != nil || opened.Weight() != uint64(i) {
			t.Errorf("signature %d: weight %d, %v", i, opened.Weight(), err)
		}
	}
	for _, v := range cosign(t, committee, signers, TreeHead{4, numbered(4)}, 0, 1, 2, 3) {
		if changed, err := c.Add(v); changed || err != nil {
			t.Errorf("a smaller log changes the latest: %v, %v", changed, err)
		}
	}
}

func TestCollectorKeepsEvidence(t *testing.T) {
	committee, signers := newCommittee(1, 1, 1, 1)
	c := newTestCollector(t, committee)
	head, twin := TreeHead{5, numbered(5)}, TreeHead{5, numbered(6)}
	for _, v := range append(cosign(t, committee, signers, head, 0, 1), cosign(t, committee, signers, twin, 2)...) {
		if _, err := c.Add(v); err != nil {
			t.Fatal(err)
		}
	}
	turncoat := cosign(t, committee, signers, twin, 0)[0]
	for range 2 {
		if changed, err := c.Add(turncoat); changed || !errors.Is(err, ErrConflict) {
			t.Errorf("a second root: %v, %v", changed, err)
		}
	}
	for _, size := range []uint64{5, 6} {
		again := cosign(t, committee, signers, TreeHead{size, numbered(size)}, 0)[0]
		if changed, err := c.Add(again); changed || !errors.Is(err, ErrConflict) {
			t.Errorf("a member with evidence against it still counts: %v, %v", changed, err)
		}
	}
	if changed, err := c.Add(cosign(t, committee, signers, head, 3)[0]); changed || err != nil {
		t.Errorf("the quorum counts a member that contradicts itself: %v, %v", changed, err)
	}
	evidence := c.Evidence()
	if len(evidence) != 1 || evidence[0].First.Head != head || evidence[0].Second != turncoat {
		t.Fatalf("evidence is %v", evidence)
	}
	if _, err := evidence[0].First.Verify(committee); err != nil {
		t.Errorf("the evidence does not hold: %v", err)
	}
}

func TestCollectorRefusesForeignCosignatures(t *testing.T) {
	committee, _ := newCommittee(1, 1)
	c := newTestCollector(t, committee)
	bigger, signers := newCommittee(1, 1, 1)
	elsewhere := bigger
	elsewhere.Network = dag.NetworkID{1}
	later := committee
	later.Epoch++
	swapped := Committee{Network: committee.Network, Members: []Member{committee.Members[1], committee.Members[0]}}
	head := TreeHead{5, numbered(5)}
	for name, v := range map[string]VerifiedCosignature{
		"not checked at all":  {},
		"no such member":      cosign(t, bigger, signers, head, 2)[0],
		"another network":     cosign(t, elsewhere, signers, head, 0)[0],
		"another epoch":       cosign(t, later, signers, head, 0)[0],
		"members out of turn": cosign(t, swapped, signers, head, 0)[0],
	} {
		if _, err := c.Add(v); !errors.Is(err, ErrUnknownSigner) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewCollector(Committee{}); !errors.Is(err, ErrCommittee) {
		t.Errorf("collects for nobody: %v", err)
	}
}

func TestCollectorIsBounded(t *testing.T) {
	committee, signers := newCommittee(1, 1, 1, 1)
	c := newTestCollector(t, committee)
	add := func(v VerifiedCosignature) {
		if _, err := c.Add(v); err != nil {
			t.Fatal(err)
		}
	}
	var sizes, kept []uint64
	for n := range uint64(10 * collectorWindow) {
		size := 1 + n*7919%997 // all different, rising and falling
		sizes = append(sizes, size)
		add(cosign(t, committee, signers, TreeHead{size, numbered(size)}, 3)[0])
	}
	for _, v := range c.heads[3] {
		kept = append(kept, v.Head.Size)
	}
	slices.Sort(sizes)
	if want := sizes[len(sizes)-collectorWindow:]; !slices.Equal(kept, want) {
		t.Errorf("keeps sizes %v of one member, want the largest: %v", kept, want)
	}
	for i, v := range cosign(t, committee, signers, TreeHead{5, numbered(5)}, 0, 1, 2) {
		add(v)
		if _, ok := c.Latest(); ok != (i == 2) {
			t.Errorf("one member's flood decides about others: %v after %d", ok, i)
		}
	}
}

func TestCollectorResumes(t *testing.T) {
	committee, signers := newCommittee(1, 1, 1, 1)
	head := TreeHead{5, numbered(5)}
	signed, err := signCheckpoint(committee, head, cosign(t, committee, signers, head, 0, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	c := newTestCollector(t, committee)
	if err := c.Resume(signed); err != nil {
		t.Fatal(err)
	}
	if changed, err := c.Add(cosign(t, committee, signers, head, 3)[0]); !changed || err != nil {
		t.Errorf("a further signature: %v, %v", changed, err)
	}
	if latest, _ := c.Latest(); latest.Weight() != 4 {
		t.Errorf("weight %d after resuming", latest.Weight())
	}
	if err := c.Resume(signed); err != nil {
		t.Error(err)
	}
	if latest, _ := c.Latest(); latest.Weight() != 4 {
		t.Error("resuming went back to fewer signatures")
	}
	smaller, _ := newCommittee(1, 1)
	if err := newTestCollector(t, smaller).Resume(signed); !errors.Is(err, ErrUnknownSigner) {
		t.Errorf("resumes another committee's checkpoint: %v", err)
	}
}

// TestCollectorFindsTheLargestQuorum compares with counting over everything at once, for members that tell no two stories.
func TestCollectorFindsTheLargestQuorum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Uint64Range(1, 9), 1, 6).Draw(t, "weights")
		committee, _ := newCommittee(weights...)
		c, err := NewCollector(committee)
		if err != nil {
			t.Fatal(err)
		}
		var all []VerifiedCosignature
		weight := map[TreeHead]uint64{}
		for member := range weights {
			for size := uint64(1); size <= collectorWindow; size++ {
				if head := (TreeHead{size, numbered(size)}); rapid.Bool().Draw(t, "signs") {
					v := VerifiedCosignature{Cosignature: Cosignature{Head: head, Member: member}, network: committee.Network, key: committee.Members[member].Cosign}
					all, weight[head] = append(all, v), weight[head]+weights[member]
				}
			}
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 0))
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, v := range all {
			if _, err := c.Add(v); err != nil {
				t.Fatal(err)
			}
		}
		var want uint64
		for head, w := range weight {
			if committee.Quorum(w) {
				want = max(want, head.Size)
			}
		}
		latest, _ := c.Latest()
		if latest.Size != want || want > 0 && latest.Weight() != weight[latest.TreeHead] {
			t.Fatalf("latest is %d with weight %d, want %d", latest.Size, latest.Weight(), want)
		}
	})
}
