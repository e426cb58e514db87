package report

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestMeasureLeavesTheWarmUpOut(t *testing.T) {
	f := Measure(small())
	cases := []struct {
		name      string
		got, want float64
	}{
		{"payloads", float64(f.Payloads), 2},
		{"seconds", f.Seconds, 2},
		{"finality", f.Final.Median, 0.5},
		{"own finality", f.Own.Median, 0.6},
		{"events in finality", float64(f.Final.Count), 1},
		{"half", f.Half.Mean, 0.05},
		{"unfinished", float64(f.Unfinished), 1},
		{"orphans", float64(f.Orphans), 1},
		{"reached", f.Reached, 0.75},
		{"decision", f.Decision.Median, 0.4},
		{"agreement", f.Agreement.Most, 0.1},
		{"issued", f.IssueRate, 1},
		{"final", f.FinalRate, 0.5},
		{"bytes", f.ByteRate, 500}, // 1,500 bytes in 3 seconds of nodes
		{"duplicates", f.Duplicates, 8.0 / 6},
		{"tips", f.Tips, 2},
		{"theory", f.TheoryTips, 2},
		{"theory of the first approval", f.TheoryFirst, 0.2},
		{"busy", f.Busy, 0.0075},
		{"busiest", f.BusiestNode, 0.01},
	}
	for _, c := range cases {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestAnEventIsAnOrphanOnlyIfThereWasTime(t *testing.T) {
	r := small()
	wait := r.Events[1].Approved - r.Events[1].Issued
	for _, c := range []struct {
		issued uint64
		want   int
	}{{r.Until - orphanFactor*wait - 1, 1}, {r.Until - orphanFactor*wait, 0}} {
		r.Events[2].Issued = c.issued
		if got := Measure(r).Orphans; got != c.want {
			t.Errorf("issued at %d: %d orphans, want %d", c.issued, got, c.want)
		}
	}
}

func TestAnInterruptedSecondCountsForItsPart(t *testing.T) {
	r := small()
	r.Until = 2*second + second/2
	f := Measure(r)
	if f.Seconds != 1.5 || !f.Interrupted {
		t.Errorf("%v s measured, interrupted %t; want 1.5 s, true", f.Seconds, f.Interrupted)
	}
	if f.ByteRate != 1500/2.5 {
		t.Errorf("%v B/s, want %v", f.ByteRate, 1500/2.5)
	}
}

func TestClocksThatRunAheadMakeNoDecisionTime(t *testing.T) {
	r := small()
	r.Commits[0].Time, r.Commits[1].Time = r.Start-1, r.Start+9000
	if f := Measure(r); f.Decision.Count != 0 || f.Agreement.Count != 1 {
		t.Errorf("%d decisions and %d agreements, want 0 and 1", f.Decision.Count, f.Agreement.Count)
	}
}

func TestTheory(t *testing.T) {
	for k, factor := range map[int]float64{1: 0, 2: 2, 3: 1.5, 4: 4.0 / 3, 8: 8.0 / 7} {
		theory := Theory{Approvals: k, Rate: 30, Delay: 200_000}
		if got, want := theory.Tips(), factor*30*0.2; math.Abs(got-want) > 1e-9 {
			t.Errorf("k = %d: %v tips, want %v", k, got, want)
		}
	}
}

// slowPercentile goes through the definition.
func slowPercentile(values []uint64, percent int) uint64 {
	best, found := uint64(0), false
	for _, v := range values {
		within := 0
		for _, w := range values {
			if w <= v {
				within++
			}
		}
		if within*100 >= percent*len(values) && (!found || v < best) {
			best, found = v, true
		}
	}
	return best
}

func TestPercentilesAreThoseOfTheSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Uint64Range(0, 50), 1, 60).Draw(t, "values")
		percent := rapid.IntRange(0, 100).Draw(t, "percent")
		want := slowPercentile(values, percent)
		slices.Sort(values)
		if got := percentile(values, percent); got != want {
			t.Fatalf("%d %% of %v is %d, want %d", percent, values, got, want)
		}
	})
}

func TestSpreadOfNothing(t *testing.T) {
	if got := spreadOf(nil); got != (Spread{}) {
		t.Errorf("got %v", got)
	}
}

func TestFiguresThatWereNotMeasuredAreNotListed(t *testing.T) {
	f := Measure(&Result{})
	for _, figure := range f.List() {
		if figure.Key != "findings" {
			t.Errorf("an empty run lists %s = %v", figure.Key, figure.Value)
		}
	}
	f = Measure(small())
	seen := map[string]bool{}
	for _, figure := range f.List() {
		if seen[figure.Key] {
			t.Errorf("%s is listed twice", figure.Key)
		}
		seen[figure.Key] = true
		if math.IsNaN(figure.Value) || math.IsInf(figure.Value, 0) {
			t.Errorf("%s is %v", figure.Key, figure.Value)
		}
	}
	for _, key := range []string{"finality_network_median_s", "tips", "theory_tips", "orphans"} {
		if !seen[key] {
			t.Errorf("%s is not listed", key)
		}
	}
}
