package report

import (
	"math"
	"strconv"
)

// axis is one direction of a chart.
type axis struct {
	label  string
	lo, hi float64
	names  []string // of the places 0, 1, 2 ... if it has no numbers
}

// tick is one labelled place of an axis.
type tick struct {
	at    float64
	label string
}

// ticks returns about want ticks at round numbers from lo to hi.
func (a *axis) ticks(want int) (out []tick) {
	if a.names != nil {
		for i, name := range a.names {
			out = append(out, tick{float64(i), name})
		}
		return out
	}
	step, decimals := roundStep((a.hi - a.lo) / float64(want))
	first := math.Ceil(a.lo/step - 1e-9)
	for i := range 4 * want {
		at := (first + float64(i)) * step
		if at > a.hi+step*1e-9 {
			break
		}
		out = append(out, tick{at, tickLabel(at, decimals)})
	}
	return out
}

// tickLabel writes a number with as many places behind the point as its neighbours need.
func tickLabel(at float64, decimals int) string {
	text := strconv.FormatFloat(at+0, 'f', decimals, 64)
	if decimals == 0 {
		return group(text)
	}
	return text
}

// roundStep returns the smallest 1, 2 or 5 times a power of ten that is at least least, and the places behind its point.
func roundStep(least float64) (step float64, decimals int) {
	if !(least > 0) || math.IsInf(least, 1) {
		return 1, 0
	}
	exponent := math.Floor(math.Log10(least) + 1e-9)
	power := math.Pow(10, exponent)
	for _, digit := range []float64{1, 2, 5, 10} {
		if digit*power >= least*(1-1e-9) {
			if digit == 10 {
				exponent++
			}
			return digit * power, int(max(0, -exponent))
		}
	}
	return 10 * power, int(max(0, -exponent-1))
}

// reach widens the axis to hold a value.
func (a *axis) reach(value float64) {
	if !math.IsNaN(value) && !math.IsInf(value, 0) {
		a.lo, a.hi = min(a.lo, value), max(a.hi, value)
	}
}

// round moves the upper end to the next round number, and makes an axis without length one long.
func (a *axis) round(want int) {
	if a.hi <= a.lo {
		a.hi = a.lo + 1
	}
	step, _ := roundStep((a.hi - a.lo) / float64(want))
	a.hi = math.Ceil(a.hi/step-1e-9) * step
}

// place returns where a value lies between the ends of the axis, 0 to 1 for those inside.
func (a *axis) place(value float64) float64 { return (value - a.lo) / (a.hi - a.lo) }
