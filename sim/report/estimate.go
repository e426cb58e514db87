package report

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// confidence is the share of such intervals that hold the true mean.
const confidence = 0.95

// Run is one run of a sweep: its seed and what it measured.
type Run struct {
	Seed    uint64
	Figures Figures
}

// RunOf returns what a sweep keeps of a result.
func RunOf(r *Result) Run { return Run{Seed: r.Seed, Figures: Measure(r)} }

// Estimate is one figure over runs that differ in their seeds only.
type Estimate struct {
	Key, Label, Unit string // as in Figure
	Runs             int    // that measured it
	Mean             float64
	Median           float64 // the mean of the middle two if there are two
	Low, High        float64 // of the 95 % confidence interval of the mean; NaN if there is one run
}

// Summarise estimates every figure over runs of one scenario. The interval is mean ± t*s/sqrt(n) with Student's t of n-1
// degrees of freedom: it holds where the runs' figures are about normal, which means and medians over many events are.
// Runs that were interrupted count like others: leave them out before.
func Summarise(runs []Run) []Estimate {
	var out []Estimate
	values := map[string][]float64{}
	at := map[string]int{} // where out has a figure
	for i := range runs {
		for _, f := range runs[i].Figures.List() {
			if _, known := at[f.Key]; !known {
				at[f.Key] = len(out)
				out = append(out, Estimate{Key: f.Key, Label: f.Label, Unit: f.Unit})
			}
			values[f.Key] = append(values[f.Key], f.Value)
		}
	}
	for i := range out {
		out[i].of(values[out[i].Key])
	}
	return out
}

// Title returns the label as a heading.
func (e Estimate) Title() string {
	if e.Label == "" {
		return ""
	}
	return strings.ToUpper(e.Label[:1]) + e.Label[1:]
}

// of fills in what follows from the values.
func (e *Estimate) of(values []float64) {
	slices.Sort(values)
	n := len(values)
	e.Runs = n
	e.Median = (values[(n-1)/2] + values[n/2]) / 2
	mean, deviation := stat.MeanStdDev(values, nil)
	e.Mean, e.Low, e.High = mean, math.NaN(), math.NaN()
	if n > 1 {
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}
		half := t.Quantile((1+confidence)/2) * stat.StdErr(deviation, float64(n))
		e.Low, e.High = mean-half, mean+half
	}
}
