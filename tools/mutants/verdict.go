package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Outcomes of one mutant.
const (
	caught   = "caught"
	survived = "SURVIVED"
	broken   = "NO BUILD" // the mutant does not compile, so no test had to notice it
	stale    = "STALE"    // the patch does not fit the code any more
)

// verdict is an outcome and what there is to say about it.
type verdict struct{ outcome, detail string }

// judge plants the bug and runs the test that should catch it; if it does not, all tests of the packages.
func (s *scratch) judge(ctx context.Context, m mutant, timeout time.Duration) (v verdict, err error) {
	if err := s.apply(ctx, m.path, false); err != nil {
		return verdict{stale, err.Error()}, ctx.Err()
	}
	defer func() {
		if undo := s.apply(context.WithoutCancel(ctx), m.path, true); err == nil {
			err = undo
		}
	}()
	expected, err := s.test(ctx, m.packages, m.caughtBy, timeout)
	if err != nil || expected.failed() {
		return expected.verdict(""), err
	}
	all, err := s.test(ctx, m.packages, "", timeout)
	return all.verdict(" (expected: " + m.caughtBy + ")"), err
}

// verdict reads the outcome of a mutant off its tests.
func (r testRun) verdict(remark string) verdict {
	switch {
	case r.buildFailed:
		return verdict{broken, lastLine(r.output)}
	case len(r.failures) > 0:
		return verdict{caught, strings.Join(shorten(r.failures, 3), ", ") + remark}
	case r.exitCode != 0:
		return verdict{caught, "the package as a whole" + remark}
	default:
		return verdict{survived, fmt.Sprintf("all %d tests pass", r.ran) + remark}
	}
}

// shorten keeps the first of many names.
func shorten(names []string, most int) []string {
	if len(names) <= most {
		return names
	}
	return append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", len(names)-most))
}

func lastLine(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return lines[len(lines)-1]
}

// checkBaseline runs the tests that the mutants name on the unchanged tree: they must be there and pass, else failing
// under a mutant means nothing.
func (s *scratch) checkBaseline(ctx context.Context, mutants []mutant, timeout time.Duration) error {
	byPackages := map[string][]mutant{}
	for _, m := range mutants {
		key := strings.Join(m.packages, " ")
		byPackages[key] = append(byPackages[key], m)
	}
	for _, group := range byPackages {
		var names []string
		for _, m := range group {
			names = append(names, m.caughtBy)
		}
		r, err := s.test(ctx, group[0].packages, strings.Join(names, "|"), timeout)
		if err != nil {
			return err
		}
		if r.exitCode != 0 {
			return fmt.Errorf("the tests of %v fail without any mutant: %s\n%s", group[0].packages, r.failures, r.output)
		}
		for _, m := range group {
			if !slices.ContainsFunc(r.passed, regexp.MustCompile(m.caughtBy).MatchString) {
				return fmt.Errorf("%s: no test of %v is called %s", m.name, m.packages, m.caughtBy)
			}
		}
	}
	return nil
}
