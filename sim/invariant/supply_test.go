package invariant

import (
	"errors"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// stateOf returns a ledger after some commits that holds a supply.
func stateOf(t *testing.T, supply, commits uint64) *ledger.State {
	t.Helper()
	state, err := ledger.Genesis([]ledger.GenesisAccount{{Account: dag.AccountOf(signer(1).Key()), Balance: supply}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := ledger.NewRules()
	if err != nil {
		t.Fatal(err)
	}
	for n := range commits {
		if state, err = r.Open(state, ledger.Commit{Number: n + 1, Time: 1000 * n}); err != nil {
			t.Fatal(err)
		}
		state = r.Close(state)
	}
	return state
}

func TestSupplyHolds(t *testing.T) {
	s := NewSupply(100)
	s.State(1, stateOf(t, 100, 0))
	s.State(2, stateOf(t, 100, 5))
	wantFindings(t, s.Findings())
}

func TestSupplyFindsTheFirstWrongState(t *testing.T) {
	a, b := NewSupply(100), NewSupply(100)
	a.State(30, stateOf(t, 101, 3))
	b.State(20, stateOf(t, 99, 2))
	b.State(25, stateOf(t, 99, 2))
	a.Merge(&b)
	list := a.Findings()
	want := []Finding{{RuleSupply, 20, -1, "the state after commit 2: the supply is said to be 99, at birth it was 100"}}
	if !slices.Equal(list, want) {
		t.Errorf("found %v, want %v", list, want)
	}
}

func TestSupplyAddsUpTheState(t *testing.T) {
	s := NewSupply(100)
	s.check = func(*ledger.State) error { return errors.New("balances and deposits are 90 in sum") }
	s.State(1, stateOf(t, 100, 1))
	wantFindings(t, s.Findings(), RuleSupply)
	wantDetail(t, s.Findings()[0], "90 in sum")
}
