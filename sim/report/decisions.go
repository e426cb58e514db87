package report

import (
	"fmt"
	"slices"
)

// decisionBins is into how many stretches of time commits are put together at most.
const decisionBins = 200

// decisions draws how long commits took to be decided and agreed on, over the run.
func decisions(r *Result) chart {
	k := clockOf(r)
	c := chart{
		Title: "Decision of commits over time",
		How: "From the ledger time of a commit until the first node decides it, and from then until the last node has: " +
			"medians and the slowest of each stretch of time. A hill after a fault is the time that the committee needs to recover.",
		x: axis{label: k.label, hi: k.end}, y: axis{label: "seconds"},
	}
	decided := make([][]uint64, decisionBins)
	agreed := make([][]uint64, decisionBins)
	for i := range r.Commits {
		one := &r.Commits[i]
		if one.First > r.Until {
			continue
		}
		at := int(float64(one.First) / float64(r.Until+1) * decisionBins)
		if wait, ok := decisionTime(r, one); ok {
			decided[at] = append(decided[at], wait)
		}
		if one.Last >= one.First {
			agreed[at] = append(agreed[at], one.Last-one.First)
		}
	}
	c.Curves = []curve{
		binCurve("decision, median", decided, 50, k), binCurve("decision, slowest", decided, 100, k),
		binCurve("agreement, median", agreed, 50, k), binCurve("agreement, slowest", agreed, 100, k),
	}
	c.fit()
	c.bands = bandsOf(r, k)
	c.Table = decisionTable(r)
	c.Gist = fmt.Sprintf("%s commits.", count(len(r.Commits)))
	return c
}

// binCurve joins one percentile of all bins that have values.
func binCurve(name string, values [][]uint64, percent int, k clock) curve {
	out := curve{Name: name}
	for i := range values {
		if len(values[i]) > 0 {
			slices.Sort(values[i])
			x := (float64(i) + 0.5) / decisionBins * k.end
			out.points = append(out.points, point{x: x, y: float64(percentile(values[i], percent)) / microseconds})
		}
	}
	return out
}

func decisionTable(r *Result) grid {
	decision, agreement := commitSpreads(r)
	row := func(name string, s Spread) []string {
		return []string{name, count(s.Count), seconds(s.Mean), seconds(s.Median), seconds(s.P95), seconds(s.P99), seconds(s.Most)}
	}
	return grid{
		Head: []string{"after the warm-up", "commits", "mean", "median", "95 %", "99 %", "most"},
		Rows: [][]string{row("decision", decision), row("agreement", agreement)},
	}
}
