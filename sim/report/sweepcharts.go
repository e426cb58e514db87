package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sweepChart is a figure that a sweep's page draws, and the one that theory gives for it.
type sweepChart struct{ key, theory, how string }

// sweepCharts are the figures that a sweep's page draws where they were measured.
var sweepCharts = []sweepChart{
	{"finality_network_median_s", "", "How long half of the payload events wait until half of the nodes have them in their final order."},
	{"finality_network_p99_s", "", "What the unluckiest hundredth waits at least."},
	{"finality_issuer_median_s", "", "The same wait as the issuer sees it."},
	{"to_95_median_s", "", "How long a payload event needs to 95 % of the nodes."},
	{"first_approval_mean_s", "theory_first_approval_s", "How long a payload event stays a tip."},
	{"tips", "theory_tips", "How many events nothing approves yet."},
	{"final_per_s", "", "Where this stops rising with the load, the network is full."},
	{"commits_per_s", "", "How quickly the committee decides."},
	{"duplicates", "", "What redundancy costs: copies of a message beyond the first."},
	{"node_bytes_per_s", "", "What an average node sends."},
	{"orphans", "", "Payload events that nobody approved though there was time."},
	{"findings", "", "Anything but zero is a fault of the product or the simulator."},
}

// sweepTable is the cells of a sweep arranged for charts: one axis, and a curve for each combination of the other settings.
type sweepTable struct {
	x      axis
	places []float64 // of the cells on the axis
	curves []string  // of the cells
	names  []string  // of the curves, in the order of the cells
	left   int       // curves beyond those that have a style of their own
	cells  []Cell
	sums   [][]Estimate
}

func arrange(cells []Cell) *sweepTable {
	t := &sweepTable{cells: cells}
	on := axisSetting(cells)
	t.placeCells(on)
	for _, c := range cells {
		var rest []string
		for i, s := range c.Settings {
			if i != on && varies(cells, i) {
				rest = append(rest, s.Key+" = "+s.Value)
			}
		}
		name := strings.Join(rest, ", ")
		t.curves = append(t.curves, name)
		if !slices.Contains(t.names, name) {
			t.names = append(t.names, name)
		}
		t.sums = append(t.sums, Summarise(c.Runs))
	}
	if len(t.names) > curveStyles {
		t.left = len(t.names) - curveStyles
		t.names = t.names[:curveStyles]
	}
	return t
}

// placeCells puts the cells on the axis: by number if the values are numbers or durations, else side by side.
func (t *sweepTable) placeCells(on int) {
	if on < 0 {
		t.x = axis{label: "all runs", lo: -1, hi: 1, names: []string{"all runs"}}
		t.places = make([]float64, len(t.cells))
		return
	}
	values, unit, numeric := numbers(t.cells, on)
	t.x.label = t.cells[0].Settings[on].Key + unit
	if numeric {
		t.places = values
		return
	}
	for _, c := range t.cells {
		value := c.Settings[on].Value
		if !slices.Contains(t.x.names, value) {
			t.x.names = append(t.x.names, value)
		}
		t.places = append(t.places, float64(slices.Index(t.x.names, value)))
	}
	t.x.lo, t.x.hi = -0.5, float64(len(t.x.names))-0.5
}

// axisSetting returns the setting with the most different values, the first of those that are numbers; -1 if none varies.
func axisSetting(cells []Cell) int {
	if len(cells) == 0 {
		return -1
	}
	best := -1
	for i := range cells[0].Settings {
		if !varies(cells, i) {
			continue
		}
		if _, _, numeric := numbers(cells, i); numeric {
			return i
		}
		if best < 0 {
			best = i
		}
	}
	return best
}

func varies(cells []Cell, setting int) bool {
	for _, c := range cells {
		if c.Settings[setting].Value != cells[0].Settings[setting].Value {
			return true
		}
	}
	return false
}

// numbers reads a setting's values as numbers, or as durations in seconds.
func numbers(cells []Cell, setting int) (out []float64, unit string, ok bool) {
	for _, c := range cells {
		text := c.Settings[setting].Value
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			d, err := time.ParseDuration(text)
			if err != nil {
				return nil, "", false
			}
			value, unit = d.Seconds(), ", s"
		}
		if value-value != 0 {
			return nil, "", false // infinite or no number
		}
		out = append(out, value)
	}
	return out, unit, true
}

// draw returns the chart of one figure.
func (t *sweepTable) draw(s sweepChart) chart {
	c := chart{How: s.how, x: t.x}
	c.Table.Head = []string{t.x.label, "setting", "runs", "mean", "95 % from", "to", "theory"}
	var theories []curve
	for _, name := range t.names {
		measured, theory := curve{Name: name, shape: asDots}, curve{Name: strings.TrimSpace("theory " + name), shape: asRule}
		for i := range t.cells {
			e, known := find(t.sums[i], s.key)
			if !known || t.curves[i] != name {
				continue
			}
			c.Title, c.y.label = e.Title(), e.Unit
			measured.points = append(measured.points, dot(t.places[i], e))
			expected, hasTheory := find(t.sums[i], s.theory)
			if hasTheory {
				theory.points = append(theory.points, point{x: t.places[i], y: expected.Mean})
			}
			c.Table.Rows = append(c.Table.Rows, t.row(i, e, expected, hasTheory))
		}
		c.add(measured)
		theories = append(theories, theory)
	}
	for _, theory := range theories {
		c.add(theory)
	}
	c.Gist = fmt.Sprintf("%s over %s, means of the runs with their 95 %% confidence intervals.", c.Title, t.x.label)
	if t.left > 0 {
		c.How += fmt.Sprintf(" %d more combinations of settings are in sweep.csv.", t.left)
	}
	c.fit()
	return c
}

// add keeps a curve that has points, from left to right. A theory of one point is too short for a line and stays in the table.
func (c *chart) add(v curve) {
	if len(v.points) == 0 || v.shape == asRule && len(v.points) < 2 {
		return
	}
	slices.SortStableFunc(v.points, func(a, b point) int {
		switch {
		case a.x < b.x:
			return -1
		case a.x > b.x:
			return 1
		}
		return 0
	})
	c.Curves = append(c.Curves, v)
}

func (t *sweepTable) row(i int, e, expected Estimate, hasTheory bool) []string {
	place := strconv.FormatFloat(t.places[i], 'g', -1, 64)
	if t.x.names != nil {
		place = t.x.names[int(t.places[i])]
	}
	theory := "–"
	if hasTheory && expected.Mean > 0 {
		theory = digits(expected.Mean) + ", so " + deviation(e.Mean, expected.Mean)
	}
	return []string{place, t.curves[i], count(e.Runs), digits(e.Mean), digits(e.Low), digits(e.High), theory}
}

func find(estimates []Estimate, key string) (Estimate, bool) {
	for _, e := range estimates {
		if e.Key == key {
			return e, true
		}
	}
	return Estimate{}, false
}

// dot is a mean with its interval, or bare if there is one run.
func dot(x float64, e Estimate) point {
	if e.Runs < 2 {
		return point{x: x, y: e.Mean, lo: e.Mean, hi: e.Mean}
	}
	return point{x: x, y: e.Mean, lo: e.Low, hi: e.High}
}
