package dag

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// ChooseTips picks want different events for a new payload event to approve: tips at uniform random without replacement,
// those older than Limits.TipAge only when there are not enough younger ones, then the newest other approvable events. It
// never picks prev (NoIndex if there is none). Those newest events only make up for MinApproves, so it returns fewer than
// want where there are fewer tips, and fewer than MinApproves never. See S. Popov, "The Tangle", section 4, on uniform random tip selection.
func (g *Graph) ChooseTips(want int, prev Index, now uint64, random *rand.Rand) []Index {
	tips := g.Tips()
	young, _ := slices.BinarySearchFunc(tips, now, func(i Index, now uint64) int {
		return cmp.Compare(g.places[i].attachedAt()+g.tips.maxAge, now)
	})
	picked := sample(nil, tips[young:], want, prev, random)
	picked = sample(picked, tips[:young], want, prev, random)
	return g.fill(picked, want, prev)
}

// sample adds random elements of a list to what was picked, until it has as many as are wanted, all of the list if that is not
// enough. It leaves one out. It takes as long as it picks many, since a flood makes the list long: an element that was
// picked already is drawn again.
func sample(picked, from []Index, want int, leaveOut Index, random *rand.Rand) []Index {
	start := len(picked)
	if len(from) <= 2*want {
		picked = append(picked, from...)
		picked = slices.DeleteFunc(picked, func(i Index) bool { return i == leaveOut })
		rest := picked[start:]
		random.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
		return picked[:min(len(picked), max(start, want))]
	}
	for len(picked) < want {
		if i := from[random.IntN(len(from))]; i != leaveOut && !slices.Contains(picked[start:], i) {
			picked = append(picked, i)
		}
	}
	return picked
}

// fill completes a choice to MinApproves with the newest other approvable events, the roots last.
func (g *Graph) fill(picked []Index, want int, prev Index) []Index {
	if len(picked) >= min(want, MinApproves) {
		return picked
	}
	for i := range g.Newest {
		if i != prev && !slices.Contains(picked, i) {
			picked = append(picked, i)
		}
		if len(picked) >= MinApproves {
			break
		}
	}
	return picked
}

// Newest yields the approvable events from the newest attached to the roots.
func (g *Graph) Newest(yield func(Index) bool) {
	for n := len(g.order) - 1; n >= 0; n-- {
		if g.Approvable(g.order[n]) && !yield(g.order[n]) {
			return
		}
	}
	for i := range Index(Roots) {
		if !yield(i) {
			return
		}
	}
}
