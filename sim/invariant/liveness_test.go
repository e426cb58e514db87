package invariant

import (
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/sim/scenario"
)

var peace = Deadlines{Healed: 1_000, Final: 2_000, Silent: 2_250}

// standing is a node at which some events are final.
func standing(node int, final ...*dag.Event) Standing {
	return Standing{Node: node, Commits: 5, Root: [32]byte{1}, IsFinal: func(id dag.ID) bool {
		return slices.ContainsFunc(final, func(e *dag.Event) bool { return e.ID() == id })
	}}
}

func TestLivenessHoldsWhenAllIsFinal(t *testing.T) {
	a, b := NewLiveness(peace), NewLiveness(peace)
	one, two := transfer(t, 1, 0, 1), transfer(t, 2, 0, 1)
	a.Issued(1, 10, one)
	b.Issued(2, 20, two)
	b.Issued(3, 2_249, event(t, 3, 0, "", nil))
	b.Issued(4, 30, transfer(t, 3, 0, 1)) // node 4 does not run any more
	a.Merge(&b)
	nodes := []Standing{standing(1, one, two), standing(2, one, two)}
	a.CheckFinal(2_000, nodes)
	a.CheckStill(2_250, nodes)
	wantFindings(t, a.Findings())
}

func TestLivenessFindsAPayloadThatIsNotFinalSomewhere(t *testing.T) {
	l := NewLiveness(peace)
	one, two := transfer(t, 1, 0, 1), transfer(t, 2, 0, 1)
	l.Issued(2, 20, two)
	l.Issued(1, 10, one)
	nodes := []Standing{standing(1, one, two), standing(2, two)}
	nodes[1].Commits = 4
	l.CheckFinal(2_000, nodes)
	list := l.Findings()
	wantFindings(t, list, RuleFinal)
	if list[0].Node != 2 {
		t.Errorf("found at node %d", list[0].Node)
	}
	wantDetail(t, list[0], one.ID().String(), "node 1", "0.000010 s")
}

func TestLivenessFindsAPayloadThatIsFinalNowhere(t *testing.T) {
	l := NewLiveness(peace)
	l.Issued(1, 10, transfer(t, 1, 0, 1))
	l.CheckFinal(2_000, []Standing{standing(1), standing(2)})
	wantFindings(t, l.Findings(), RuleFinal, RuleFinal)
}

func TestLivenessExcusesWhatWentWithADisk(t *testing.T) {
	l := NewLiveness(peace)
	kept := transfer(t, 1, 0, 1)
	l.Issued(1, 10, kept)
	l.Issued(1, 50, transfer(t, 1, 1, 2))
	l.Replaced(1, 40)
	l.CheckFinal(2_000, []Standing{standing(1, kept)})
	wantFindings(t, l.Findings())
	l.CheckFinal(2_000, []Standing{standing(1)})
	wantFindings(t, l.Findings(), RuleFinal)
}

func TestLivenessFindsWhoIsNotDone(t *testing.T) {
	cases := map[string]func(*Standing){
		"3 payload events": func(s *Standing) { s.Open = 3 }, "3 payloads wait": func(s *Standing) { s.Outbox = 3 },
		"3 readings": func(s *Standing) { s.OpenBatch = 3 }, "3 anchors": func(s *Standing) { s.Pending = 3 },
		"may not issue: frozen": func(s *Standing) { s.Outbox, s.WhyNot = 1, "frozen" },
	}
	for want, change := range cases {
		t.Run(want, func(t *testing.T) {
			l, s := NewLiveness(peace), standing(7)
			change(&s)
			l.CheckFinal(2_000, []Standing{s})
			wantFindings(t, l.Findings(), RuleFinal)
			wantDetail(t, l.Findings()[0], want)
		})
	}
}

func TestLivenessFindsWhoGoesOn(t *testing.T) {
	l := NewLiveness(peace)
	l.Issued(1, 2_249, event(t, 1, 0, "", nil))
	wantFindings(t, l.Findings())
	l.Issued(1, 2_250, event(t, 1, 1, "", nil))
	l.Issued(2, 2_250, event(t, 2, 1, ledger.KindTransfer, []byte{1}))
	wantFindings(t, l.Findings(), RuleSilence, RuleSilence)
	wantDetail(t, l.Findings()[0], "witness", "0.001250 s")
	wantDetail(t, l.Findings()[1], "transfer")
}

func TestLivenessFindsWhoHoldsSomethingElse(t *testing.T) {
	for name, change := range map[string]func(*Standing){
		"events": func(s *Standing) { s.Events++ }, "commits": func(s *Standing) { s.Commits++ }, "state": func(s *Standing) { s.Root[3]++ },
	} {
		t.Run(name, func(t *testing.T) {
			l, nodes := NewLiveness(peace), []Standing{standing(1), standing(2), standing(3)}
			change(&nodes[1])
			l.CheckStill(2_250, nodes)
			wantFindings(t, l.Findings(), RuleOneState)
		})
	}
}

func TestWithoutDeadlinesNothingIsAsked(t *testing.T) {
	l := NewLiveness(Deadlines{})
	l.Issued(1, 1<<40, transfer(t, 1, 0, 1))
	wantFindings(t, l.Findings())
	if len(l.payloads) != 0 {
		t.Error("payloads are kept")
	}
}

func TestDeadlinesOfACalmEnd(t *testing.T) {
	calm := scenario.Scenario{
		Duration: 100 * scenario.Second,
		Load:     []scenario.Load{{Until: 30 * scenario.Second}},
		Churn:    []scenario.Churn{{Until: 20 * scenario.Second}},
		Faults:   []scenario.Fault{{At: 35 * scenario.Second, For: 5 * scenario.Second}},
		Attacks:  []scenario.Attack{{Until: 10 * scenario.Second}},
	}
	d, ok := DeadlinesOf(&calm, 40*scenario.Second)
	if want := (Deadlines{40_000_000, 80_000_000, 90_000_000}); !ok || d != want {
		t.Errorf("%v, %t, want %v", d, ok, want)
	}
	if _, ok := DeadlinesOf(&calm, 41*scenario.Second); ok {
		t.Error("61.5 s are said to be over in 60 s")
	}
	for name, restless := range map[string]func(s *scenario.Scenario){
		"load":   func(s *scenario.Scenario) { s.Load = []scenario.Load{{}} },
		"churn":  func(s *scenario.Scenario) { s.Churn = []scenario.Churn{{}} },
		"fault":  func(s *scenario.Scenario) { s.Faults = []scenario.Fault{{At: scenario.Second}} },
		"attack": func(s *scenario.Scenario) { s.Attacks = []scenario.Attack{{}} },
	} {
		s := calm
		restless(&s)
		if d, ok := DeadlinesOf(&s, scenario.Second); ok || d != (Deadlines{}) {
			t.Errorf("a %s without end has the deadlines %v", name, d)
		}
	}
}
