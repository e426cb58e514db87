package report

import (
	"fmt"
	"slices"
)

// histogramBars is how many bars a histogram has.
const histogramBars = 30

// histogram draws how often values lie in stretches of equal width from zero on.
func histogram(title, how, x, y string, values []float64) chart {
	c := chart{Title: title, How: how, x: axis{label: x}, y: axis{label: y}}
	if len(values) == 0 {
		return c
	}
	most := slices.Max(values)
	if most <= 0 {
		most = 1 // all are zero: one bar
	}
	width, _ := roundStep(most / histogramBars)
	counts := make([]int, int(most/width)+1)
	for _, v := range values {
		counts[int(v/width)]++
	}
	bars := curve{Name: y, shape: asBars, width: width}
	c.Table.Head = []string{x + ", from", "to", y}
	for i, n := range counts {
		if n == 0 {
			continue
		}
		from := float64(i) * width
		bars.points = append(bars.points, point{x: from, y: float64(n)})
		c.Table.Rows = append(c.Table.Rows, []string{digits(from), digits(from + width), count(n)})
	}
	c.Curves = []curve{bars}
	c.fit()
	c.Gist = fmt.Sprintf("%s values from %s to %s.", count(len(values)), digits(slices.Min(values)), digits(slices.Max(values)))
	return c
}
