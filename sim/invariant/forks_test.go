package invariant

import (
	"slices"
	"testing"
)

func TestForksOfHonestNodes(t *testing.T) {
	a, b := NewForks(), NewForks()
	a.Forked(3, 50, 1)
	b.Forked(3, 40, 2)
	b.Forked(3, 60, 0)
	list := merged(a, b).Findings()
	want := []Finding{{RuleForks, 40, 3, "its key has forked, as node 2 sees, though it follows the rules and has lost nothing"}}
	if !slices.Equal(list, want) {
		t.Errorf("found %v, want %v", list, want)
	}
	if again := merged(b, a).Findings(); !slices.Equal(list, again) {
		t.Errorf("in the other order: %v", again)
	}
}

// A node that lost its disk has an excuse from then on, and not for what it did before.
func TestForksAfterALoss(t *testing.T) {
	a, b := NewForks(), NewForks()
	for _, node := range []int{3, 4, 5} {
		a.Forked(node, 50, 1)
	}
	b.Replaced(3, 50)
	b.Replaced(4, 70)
	b.Replaced(4, 20)
	b.Replaced(5, 51)
	list := merged(a, b).Findings()
	if len(list) != 1 || list[0].Node != 5 {
		t.Errorf("found %v, want node 5", list)
	}
}

// merged returns what several checkers have seen.
func merged(parts ...Forks) *Forks {
	whole := NewForks()
	for n := range parts {
		whole.Merge(&parts[n])
	}
	return &whole
}
