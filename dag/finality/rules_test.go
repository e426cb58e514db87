package finality_test

import (
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

// Rules that are held against another arena do not blame the events for it.
func TestRulesServeOneArena(t *testing.T) {
	first := newWorld(mustCommittee(t, 1), [32]byte{})
	if _, err := first.add(t, draft{key: testKey("a"), prev: dag.NoIndex, approves: []dag.Index{0, 1}, payload: true}); err != nil {
		t.Fatal(err)
	}
	other := dag.NewArena(dag.FirstOrigin(testNetwork), 2, first.rules)
	v := first.verified(t, draft{key: testKey("b"), prev: dag.NoIndex, approves: []dag.Index{0, 1}, payload: true})
	if _, err := other.Intern(v); !errors.Is(err, dag.ErrNotJudged) || errors.Is(err, dag.ErrInvalid) {
		t.Errorf("error is %v, want ErrNotJudged", err)
	}
	if _, err := first.arena.Intern(v); err != nil {
		t.Error(err)
	}
}
