package swarm

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// Runner runs a scenario and returns what it found and a hash over everything that every node decided. It does not change the
// scenario. An error means that the scenario could not be run to its end; that of a context that is done is passed on.
type Runner func(context.Context, *scenario.Scenario) (findings []invariant.Finding, hash string, err error)

// The rules that a swarm adds to those of package invariant.
const (
	RuleRepeatable = "not-repeatable" // two runs of one scenario are the same
	RuleRuns       = "does-not-run"   // a scenario that was drawn runs to its end
	RulePanics     = "panics"         // without a panic
)

// outcome is what one run came to.
type outcome struct {
	findings []invariant.Finding
	hash     string
	trace    string // of a panic
}

// run runs a scenario once. What keeps it from its end is a finding, unless the context is done.
func (r Runner) run(ctx context.Context, s *scenario.Scenario) (o outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			o = outcome{findings: []invariant.Finding{{Rule: RulePanics, Node: -1, Detail: fmt.Sprint(p)}}, trace: string(debug.Stack())}
			err = nil
		}
	}()
	o.findings, o.hash, err = r(ctx, s.Clone())
	switch {
	case ctx.Err() != nil:
		return outcome{}, context.Cause(ctx)
	case err != nil:
		o.findings = append(o.findings, invariant.Finding{Rule: RuleRuns, Node: -1, Detail: err.Error()})
	}
	return o, nil
}

// runTwice runs a scenario, and once again with the second runner. The second run has to be the same as the first.
func runTwice(ctx context.Context, s *scenario.Scenario, first, second Runner) (outcome, error) {
	a, err := first.run(ctx, s)
	if err != nil {
		return a, err
	}
	b, err := second.run(ctx, s)
	if err != nil {
		return a, err
	}
	switch {
	case a.hash == "" && b.hash == "": // neither got to its end, and where it ended is found already
	case a.hash != b.hash:
		a.findings = append(a.findings, notRepeatable("the hashes of two runs are %s and %s", a.hash, b.hash))
	case !slices.Equal(a.findings, b.findings):
		a.findings = append(a.findings, notRepeatable("of two runs with hash %s, one has %d findings and the other %d, or they differ", a.hash, len(a.findings), len(b.findings)))
	}
	return a, nil
}

func notRepeatable(format string, args ...any) invariant.Finding {
	return invariant.Finding{Rule: RuleRepeatable, Node: -1, Detail: fmt.Sprintf(format, args...)}
}

// errNoRunner says that a campaign was given nothing to run its scenarios with.
var errNoRunner = errors.New("swarm: no runner")
