package report

import (
	"fmt"
	"slices"
	"strconv"
)

// cumulativePoints is how many points a cumulative curve has at most: half a percentile can be told apart in print.
const cumulativePoints = 400

// sample is values of one kind that are drawn as one cumulative curve.
type sample struct {
	name   string
	values []uint64 // sorted by cumulative
	whole  int      // how many there could have been; a curve ends below 1 if some never came
}

// quantity is what a chart's values are, and how they are scaled.
type quantity struct {
	name  string
	unit  string
	scale float64 // values in one unit
}

// times chooses milliseconds or seconds for times in microseconds.
func times(name string, most uint64) quantity {
	if most < 2*second {
		return quantity{name, "ms", 1e3}
	}
	return quantity{name, "s", 1e6}
}

// cumulative draws the shares of values that are at most x.
func cumulative(title, how, share string, samples []sample, of func(most uint64) quantity) chart {
	cut, most := uint64(0), uint64(0)
	for _, s := range samples {
		slices.Sort(s.values)
		if n := len(s.values); n > 0 {
			cut, most = max(cut, percentile(s.values, 99)), max(most, s.values[n-1])
		}
	}
	if most > 3*cut/2 {
		most = 3 * cut / 2 // a few stragglers would press the curve to the left edge
	}
	q := of(most)
	c := chart{Title: title, How: how, x: axis{label: q.name + ", " + q.unit}, y: axis{label: share}}
	for _, s := range samples {
		c.Curves = append(c.Curves, curve{Name: s.name, shape: asSteps, points: cumulativeCurve(s, q.scale, float64(most)/q.scale)})
		c.Gist += cumulativeGist(s, q)
	}
	c.fit()
	c.x.hi, c.y.hi = float64(most)/q.scale, 1
	if c.x.hi <= 0 {
		c.x.hi = 1
	}
	c.Table = percentileTable(samples, q)
	return c
}

// cumulativeCurve returns the steps of one curve up to the end of the axis, thinned to quantiles if there are many.
func cumulativeCurve(s sample, scale, end float64) []point {
	n := len(s.values)
	if n == 0 {
		return nil
	}
	steps := min(n, cumulativePoints)
	out := []point{{x: float64(s.values[0]) / scale}}
	for i := 1; i <= steps; i++ {
		rank := i * n / steps
		out = append(out, point{x: float64(s.values[rank-1]) / scale, y: float64(rank) / float64(max(s.whole, n))})
	}
	if last := out[len(out)-1]; last.x < end {
		out = append(out, point{x: end, y: last.y})
	}
	return out
}

func cumulativeGist(s sample, q quantity) string {
	if len(s.values) == 0 {
		return ""
	}
	at := func(percent int) string { return digits(float64(percentile(s.values, percent))/q.scale) + " " + q.unit }
	return fmt.Sprintf("%s: median %s, 95 %% within %s, the most %s. ", s.name, at(50), at(95), at(100))
}

// percentileTable lists where the curves are at some shares of the values that came.
func percentileTable(samples []sample, q quantity) grid {
	table := grid{Head: []string{"percentile"}}
	for _, s := range samples {
		table.Head = append(table.Head, s.name+", "+q.unit)
	}
	for _, percent := range []int{5, 25, 50, 75, 90, 95, 99, 100} {
		row := []string{strconv.Itoa(percent)}
		for _, s := range samples {
			cell := "–"
			if len(s.values) > 0 {
				cell = digits(float64(percentile(s.values, percent)) / q.scale)
			}
			row = append(row, cell)
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}
