package invariant

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// rules returns the rules of findings, in their order.
func rules(list []Finding) (names []string) {
	for _, f := range list {
		names = append(names, f.Rule)
	}
	return names
}

// wantFindings fails the test unless the findings are of the given rules, in this order.
func wantFindings(t *testing.T, got []Finding, want ...string) {
	t.Helper()
	if !slices.Equal(rules(got), want) {
		t.Fatalf("findings of %v, want %v:\n%v", rules(got), want, got)
	}
}

// wantDetail fails the test unless a finding's text has all the parts.
func wantDetail(t *testing.T, f Finding, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(f.Detail, part) {
			t.Errorf("%q does not say %q", f.Detail, part)
		}
	}
}

func TestFindingSaysWhereAndWhen(t *testing.T) {
	f := Finding{Rule: RuleSupply, At: 12_000_345, Node: -1, Detail: "d"}
	if want := "supply at 12.000345 s, network: d"; f.String() != want {
		t.Errorf("%q, want %q", f, want)
	}
	f.Node = 3
	if want := "supply at 12.000345 s, node 3: d"; f.String() != want {
		t.Errorf("%q, want %q", f, want)
	}
}

// However many findings there are, whoever makes them and in which order: the first ones are kept.
func TestFindingsKeepTheFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Finding {
			return Finding{Rule: "r", At: rapid.Uint64Range(0, 30).Draw(t, "at"), Node: rapid.IntRange(-1, 3).Draw(t, "node")}
		})).Draw(t, "findings")
		var a, b findings
		for _, f := range all {
			if rapid.Bool().Draw(t, "first shard") {
				a.add(f)
			} else {
				b.add(f)
			}
		}
		a.merge(b)
		Sort(all)
		all = slices.Compact(all)
		if want := all[:min(len(all), mostKept)]; !slices.Equal(a, want) {
			t.Fatalf("kept %v, want %v", a, want)
		}
	})
}
