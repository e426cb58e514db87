package report

import (
	"cmp"
	"fmt"
	"slices"
)

// waitPoints is how many points a curve of waits over time has at most. Each is a percentile, which takes some events.
const waitPoints = 120

// waitBin is the waits of the events that were issued in some seconds.
type waitBin struct {
	from  uint64 // virtual time of the first second's start
	waits []uint64
}

// waitBins puts the waits of events together by the time of their issue, in at most most bins of whole seconds. Bins without
// any wait are left out. Waits are sorted.
func waitBins(events []*Event, when func(*Event) uint64, until uint64, most int) (out []waitBin, width uint64) {
	spans := uint64(most)
	width = max(1, ((until+second-1)/second+spans-1)/spans) * second
	bins := map[uint64][]uint64{}
	for _, e := range events {
		if t := when(e); t != 0 && t >= e.Issued {
			bins[e.Issued/width] = append(bins[e.Issued/width], t-e.Issued)
		}
	}
	for n, waits := range bins {
		slices.Sort(waits)
		out = append(out, waitBin{from: n * width, waits: waits})
	}
	slices.SortFunc(out, func(a, b waitBin) int { return cmp.Compare(a.from, b.from) })
	return out, width
}

// finalityOverTime draws how long payload events waited for their final place by the time of their issue.
func finalityOverTime(r *Result) chart {
	k := clockOf(r)
	final := func(e *Event) uint64 { return e.Final }
	points, width := waitBins(honestEvents(r), final, r.Until, waitPoints)
	longest := uint64(0)
	for _, b := range points {
		longest = max(longest, percentile(b.waits, 95))
	}
	q := times("time from issue to finality", longest)
	c := chart{
		Title: "Finality over time",
		How: "How long payload events of honest nodes waited until they were final at half of the nodes, by when they were " +
			"issued. What was issued in a fault waits for its end, so peaks begin with the fault and fall towards its end; events that " +
			"were not final when the run ended are in no point.",
		x: axis{label: k.label + ", of issue", hi: k.end}, y: axis{label: q.name + ", " + q.unit},
	}
	rows, _ := waitBins(honestEvents(r), final, r.Until, timeRows)
	c.Table.Head = []string{k.label + ", from"}
	for i := range rows {
		c.Table.Rows = append(c.Table.Rows, []string{digits(float64(rows[i].from) / k.unit)})
	}
	for _, p := range []struct {
		name    string
		percent int
	}{{"median", 50}, {"95 % within", 95}} {
		at := func(b *waitBin) float64 { return float64(percentile(b.waits, p.percent)) / q.scale }
		v := curve{Name: p.name}
		for i := range points {
			v.points = append(v.points, point{x: (float64(points[i].from) + float64(width)/2) / k.unit, y: at(&points[i])})
		}
		c.Curves = append(c.Curves, v)
		c.Table.Head = append(c.Table.Head, p.name+", "+q.unit)
		for i := range rows {
			c.Table.Rows[i] = append(c.Table.Rows[i], digits(at(&rows[i])))
		}
		c.Gist += rangeGist(v, q)
	}
	c.fit()
	c.bands = bandsOf(r, k)
	return c
}

// rangeGist says from where to where a curve goes.
func rangeGist(v curve, q quantity) string {
	if len(v.points) == 0 {
		return ""
	}
	least, most := v.points[0].y, v.points[0].y
	for _, p := range v.points {
		least, most = min(least, p.y), max(most, p.y)
	}
	return fmt.Sprintf("%s: from %s to %s %s. ", v.Name, digits(least), digits(most), q.unit)
}
