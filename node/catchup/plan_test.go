package catchup

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

// span returns which places a chunk has, in units of 2^-40 of all.
func span(c engine.Chunk) (from, to uint64) {
	return uint64(c.Part) << (40 - c.Bits), uint64(c.Part+1) << (40 - c.Bits)
}

// wantCovered fails the test unless chunks have every place once.
func wantCovered(t *rapid.T, chunks []engine.Chunk) {
	slices.SortFunc(chunks, func(a, b engine.Chunk) int {
		x, _ := span(a)
		y, _ := span(b)
		return int(int64(x) - int64(y))
	})
	next := uint64(0)
	for _, c := range chunks {
		from, to := span(c)
		if from != next {
			t.Fatalf("%v begins at %d, what is before it ends at %d", c, from, next)
		}
		next = to
	}
	if next != 1<<40 {
		t.Fatalf("it ends at %d", next)
	}
}

// TestPlanCoversAllOnce interrupts plans at random, goes on in other cuts, and wants every place of the state once.
func TestPlanCoversAllOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		staged := map[engine.Chunk]bool{}
		for rapid.Bool().Draw(t, "interrupted") {
			p := newPlan(rapid.IntRange(0, 5).Draw(t, "bits"), staged)
			for range rapid.IntRange(0, 20).Draw(t, "steps") {
				c, ok := p.next()
				if !ok {
					break
				}
				switch rapid.IntRange(0, 3).Draw(t, "answer") {
				case 0:
					p.divide(c, "a")
				case 1:
					p.again(c)
				default:
					p.finish(c, 1, 1)
					staged[c] = true
				}
			}
		}
		p := newPlan(rapid.IntRange(0, 5).Draw(t, "bits"), staged)
		chunks := slices.Clone(p.todo)
		for c := range p.done {
			chunks = append(chunks, c)
		}
		wantCovered(t, chunks)
		if p.total != len(chunks) || len(p.done) != len(staged) || p.complete() != (len(p.todo) == 0) {
			t.Fatalf("%d chunks, %d in all, %d of %d are there", len(chunks), p.total, len(p.done), len(staged))
		}
	})
}

// TestPlanFindsOutWhoSaidSplit halves parts of random sizes, rightly or not, in a random order, and wants those named that did it
// wrongly, and no one else.
func TestPlanFindsOutWhoSaidSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPlan(0, nil)
		want, got, sizes := map[string]bool{}, map[string]bool{}, map[engine.Chunk]int{}
		var leaves []engine.Chunk
		var grow func(c engine.Chunk, bytes int)
		grow = func(c engine.Chunk, bytes int) {
			tooLarge := bytes > snapshot.MaxChunk
			if !tooLarge && (c.Bits >= 6 || !rapid.Bool().Draw(t, "divided")) {
				leaves, sizes[c] = append(leaves, c), bytes
				return
			}
			by := "honest"
			if !tooLarge {
				by = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "liar")
				want[by] = true
			}
			p.todo = slices.DeleteFunc(p.todo, func(o engine.Chunk) bool { return o == c })
			p.divide(c, by)
			first, second := halves(c)
			left := rapid.IntRange(bytes/4, bytes/2).Draw(t, "left")
			grow(first, left)
			grow(second, bytes-left)
		}
		grow(engine.Chunk{}, rapid.IntRange(1, 4*snapshot.MaxChunk).Draw(t, "bytes"))
		for _, c := range rapid.Permutation(leaves).Draw(t, "order") {
			for _, liar := range p.finish(c, sizes[c], 1) {
				got[liar] = true
			}
		}
		if len(got) != len(want) || got["x"] != want["x"] || got["y"] != want["y"] || len(p.splits) > 0 {
			t.Fatalf("named %v, want %v; %d are open", got, want, len(p.splits))
		}
	})
}

func TestPlanBounds(t *testing.T) {
	p := newPlan(0, nil)
	c, _ := p.next()
	for range snapshot.MaxHalvedBits {
		if !p.divide(c, "a") {
			t.Fatalf("%v is not divided", c)
		}
		c, _ = p.next()
	}
	if p.divide(c, "a") || p.claimant(c) != "a" || p.claimant(engine.Chunk{}) != "" {
		t.Errorf("%v is divided", c)
	}
	if liars := newPlan(2, nil).finish(engine.Chunk{Bits: 2}, 1, 1); len(liars) > 0 {
		t.Errorf("%v lie although nobody said anything", liars)
	}
}
