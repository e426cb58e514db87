package report

import (
	"fmt"
	"strconv"
)

// The most moments of the scenario, and of single nodes, that a page shows. timeline.csv has all.
const (
	shownMoments = 60
	shownStops   = 40
)

// happening is one line of a page's list of what happened.
type happening struct {
	Mark, When, Where, Kind, What string
	moment                        *Moment
}

// happenings returns the moments that a page lists, and how many it leaves out. What single nodes did is left out where it
// is frequent, as under churn.
func happenings(r *Result) (out []happening, left int) {
	stops := 0
	for i := range r.Timeline {
		if r.Timeline[i].Kind == MomentNode {
			stops++
		}
	}
	for i := range r.Timeline {
		m := &r.Timeline[i]
		if len(out) == shownMoments || m.Kind == MomentNode && stops > shownStops {
			left++
			continue
		}
		out = append(out, happening{
			Mark: strconv.Itoa(len(out) + 1), When: span(m), Where: nodeName(m.Node), Kind: m.Kind, What: m.What, moment: m,
		})
	}
	return out, left
}

func span(m *Moment) string {
	if m.Until == 0 {
		return instant(m.At)
	}
	return fmt.Sprintf("%s to %s", instant(m.At), instant(m.Until))
}

// bandsOf returns the warm-up and what happened as bands of a chart over time.
func bandsOf(r *Result, k clock) []band {
	var out []band
	if r.Warmup > 0 {
		out = append(out, band{to: float64(r.Warmup) / k.unit, class: "warmup", title: "warm-up, not measured"})
	}
	listed, _ := happenings(r)
	for _, h := range listed {
		class := MomentNode
		if h.Kind == MomentFault || h.Kind == MomentAttack {
			class = h.Kind
		}
		until := max(h.moment.Until, h.moment.At)
		out = append(out, band{
			from: float64(h.moment.At) / k.unit, to: float64(until) / k.unit,
			class: class, mark: h.Mark, title: h.Mark + ": " + h.What + ", " + h.When,
		})
	}
	return out
}
