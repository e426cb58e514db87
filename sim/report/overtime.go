package report

import "fmt"

// The most points of a curve over time, and lines of its table.
const (
	timePoints = 600
	timeRows   = 20
)

// bin is some seconds of the series together.
type bin struct {
	from    uint64 // virtual time of the first second's start
	seconds int
	sum     Second
}

// bins puts every few seconds together so that there are at most most.
func bins(series []Second, most int) (out []bin) {
	each := (len(series) + most - 1) / most
	for i := range series {
		if i%each == 0 {
			out = append(out, bin{from: series[i].At})
		}
		b := &out[len(out)-1]
		b.seconds++
		addSecond(&b.sum, &series[i])
	}
	return out
}

// clock is the x axis of a chart over time.
type clock struct {
	label string
	unit  float64 // microseconds
	end   float64 // in units
}

// clockOf chooses seconds or minutes.
func clockOf(r *Result) clock {
	if r.Until > 20*60*second {
		return clock{"virtual time, min", 60 * microseconds, float64(r.Until) / (60 * microseconds)}
	}
	return clock{"virtual time, s", microseconds, float64(r.Until) / microseconds}
}

// track is one value over time: what it is in a bin, per second.
type track struct {
	name  string
	value func(s *Second) float64
	late  bool // it is counted at a second's end, not all through it
}

// overTime draws tracks over the run.
func overTime(r *Result, title, how, y string, tracks ...track) chart {
	k := clockOf(r)
	c := chart{Title: title, How: how, x: axis{label: k.label, hi: k.end}, y: axis{label: y}}
	points := bins(r.Series, timePoints)
	for _, t := range tracks {
		v := curve{Name: t.name}
		for i := range points {
			v.points = append(v.points, point{x: middle(&points[i], t.late) / k.unit, y: mean(&points[i], t)})
		}
		c.Curves = append(c.Curves, v)
	}
	c.fit()
	c.bands = bandsOf(r, k)
	c.Table = trackTable(r, k, tracks)
	c.Gist = trackGist(points, tracks)
	return c
}

func mean(b *bin, t track) float64 { return t.value(&b.sum) / float64(b.seconds) }

// middle returns where a bin's mean belongs, in microseconds.
func middle(b *bin, late bool) float64 {
	at := float64(b.from) + float64(b.seconds)*microseconds/2
	if late {
		at += microseconds / 2
	}
	return at
}

func trackTable(r *Result, k clock, tracks []track) grid {
	table := grid{Head: []string{k.label + ", from"}}
	for _, t := range tracks {
		table.Head = append(table.Head, t.name)
	}
	rows := bins(r.Series, timeRows)
	for i := range rows {
		row := []string{digits(float64(rows[i].from) / k.unit)}
		for _, t := range tracks {
			row = append(row, digits(mean(&rows[i], t)))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

func trackGist(points []bin, tracks []track) (out string) {
	for _, t := range tracks {
		least, most := 0.0, 0.0
		for i := range points {
			value := mean(&points[i], t)
			if i == 0 {
				least = value
			}
			least, most = min(least, value), max(most, value)
		}
		out += fmt.Sprintf("%s: from %s to %s. ", t.name, digits(least), digits(most))
	}
	return out
}
