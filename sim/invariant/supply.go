package invariant

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag/ledger"
)

// Supply checks that nothing is made or lost on the ledger: in every state all balances and deposits add up to what there was at
// birth. It walks the whole state, so it is given each distinct state once.
type Supply struct {
	atBirth uint64
	check   func(*ledger.State) error
	worst   *wrongState // the earliest in the order
}

// wrongState is a state that does not add up. Nodes share states, so it belongs to none of them.
type wrongState struct {
	commits, at uint64
	detail      string
}

// NewSupply returns a checker for a network that was born with a supply, in base units.
func NewSupply(atBirth uint64) Supply { return Supply{atBirth: atBirth, check: ledger.CheckSupply} }

// State takes the state after a commit, at the virtual time in microseconds at which a node was the first to reach it.
func (s *Supply) State(at uint64, state *ledger.State) {
	if err := s.judge(state); err != nil {
		s.keep(&wrongState{state.Commits(), at, err.Error()})
	}
}

func (s *Supply) judge(state *ledger.State) error {
	if state.Supply() != s.atBirth {
		return fmt.Errorf("the supply is said to be %d, at birth it was %d", state.Supply(), s.atBirth)
	}
	return s.check(state)
}

func (s *Supply) keep(w *wrongState) {
	if s.worst == nil || w.commits < s.worst.commits || w.commits == s.worst.commits && w.at < s.worst.at {
		s.worst = w
	}
}

// Merge takes what another has seen.
func (s *Supply) Merge(other *Supply) {
	if other.worst != nil {
		s.keep(other.worst)
	}
}

// Findings returns the first state in the order that does not add up.
func (s *Supply) Findings() []Finding {
	if s.worst == nil {
		return nil
	}
	return []Finding{{RuleSupply, s.worst.at, -1, fmt.Sprintf("the state after commit %d: %s", s.worst.commits, s.worst.detail)}}
}
