package attack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

func TestBudgetKeepsItsRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := budget{rate: rapid.Float64Range(0.01, 2000).Draw(t, "rate")}
		const start = 1000
		now, taken := uint64(start), 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			var out Effects
			n := b.take(now, &out)
			if n > perStep {
				t.Fatalf("%d in one step", n)
			}
			if out.WakeAt <= now {
				t.Fatalf("it wants to be woken at %d, now is %d", out.WakeAt, now)
			}
			taken += n
			now += rapid.Uint64Range(0, 3000).Draw(t, "pause")
		}
		if most := b.rate*float64(now-start)/1000 + 1e-6; float64(taken) > most {
			t.Fatalf("%d in %d ms, at %g a second", taken, now-start, b.rate)
		}
	})
}

func TestBudgetIsUsedUpByWhoWakesWhenAsked(t *testing.T) {
	for _, rate := range []float64{0.5, 3, 10, 900} {
		b, now, taken := budget{rate: rate}, uint64(1), 0
		for now < 60_000 {
			var out Effects
			taken += b.take(now, &out)
			now = out.WakeAt
		}
		if want := rate * 60; float64(taken) < 0.85*want-1 {
			t.Errorf("%d in a minute, want about %g", taken, want)
		}
	}
}

func TestTickerRingsOncePerInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tick := ticker{every: rapid.Uint64Range(1, 500).Draw(t, "every")}
		now, last := uint64(1000), uint64(0)
		for range 50 {
			var out Effects
			if tick.rings(now, &out) {
				if last != 0 && now < last+tick.every {
					t.Fatalf("it rang at %d and at %d", last, now)
				}
				last = now
			}
			if out.WakeAt <= now {
				t.Fatalf("it wants to be woken at %d, now is %d", out.WakeAt, now)
			}
			now += rapid.Uint64Range(0, 400).Draw(t, "pause")
		}
	})
	var out Effects
	if (&ticker{}).rings(1, &out) || out.WakeAt != 0 {
		t.Fatal("one without an interval rings")
	}
}

func TestLotteryDrawsByWeight(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	weights, counts := lottery{1, 0, 2, 5}, [4]int{}
	const draws = 80_000
	for range draws {
		counts[weights.draw(random.Float64())]++
	}
	for n, weight := range weights {
		if want := weight / 8 * draws; math.Abs(float64(counts[n])-want) > 0.02*draws {
			t.Errorf("%d came %d times, want about %g", n, counts[n], want)
		}
	}
	if counts[1] != 0 {
		t.Error("something of weight 0 was drawn")
	}
}

func TestPeersFallIntoTwoSides(t *testing.T) {
	friend := dag.NewSigner([32]byte{1}).Key()
	rapid.Check(t, func(t *rapid.T) {
		p, up := peers{gang: []dag.Key{friend}}, map[string]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "changes") {
			n := rapid.IntRange(0, 20).Draw(t, "peer")
			id := fmt.Sprint(n)
			in := engine.PeerUp{Peer: id}
			if n == 7 {
				in.Member = friend
			}
			if rapid.Bool().Draw(t, "up") {
				p.note(in)
				up[id] = true
			} else {
				p.note(engine.PeerDown{Peer: id})
				delete(up, id)
			}
		}
		all := p.all()
		if len(all) != len(up) || !slices.IsSorted(all) {
			t.Fatalf("peers are %v, want %v", all, up)
		}
		for _, id := range all {
			both := slices.Contains(p.side(0), id) && slices.Contains(p.side(1), id)
			if !slices.Contains(p.side(sideOf(id)), id) || both != (id == "7") || p.isFriend(id) != (id == "7") {
				t.Fatalf("peer %s is on the wrong side", id)
			}
		}
	})
}

func TestMarkTellsTheBranchAndNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := dag.Fields{Time: rapid.Uint64Range(0, 1<<50).Draw(t, "time")}
		side := rapid.IntRange(0, 1).Draw(t, "side")
		if got := mark(f, side).Time; got < f.Time || got > f.Time+2 || got%sides != uint64(side) {
			t.Fatalf("%d on side %d becomes %d", f.Time, side, got)
		}
	})
}
