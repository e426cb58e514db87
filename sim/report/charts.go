package report

import "strconv"

// chartsOf returns the charts of a run in the order of the page, and the titles of those that have nothing to show.
func chartsOf(r *Result) (out []chart, empty []string) {
	all := []chart{
		propagation(r), firstApproval(r), finality(r), finalityOverTime(r), rates(r), deliveries(r), tips(r), open(r), commits(r), decisions(r),
		duplicates(r), bandwidth(r), running(r),
	}
	for _, c := range all {
		if c.empty() {
			empty = append(empty, c.Title)
			continue
		}
		c.ID = "chart" + strconv.Itoa(len(out)+1)
		out = append(out, c)
	}
	return out, empty
}

// wait is a sample of the times from the issue of payload events to a point of their life.
func wait(name string, events []*Event, when func(*Event) uint64) sample {
	return sample{name: name, values: waits(events, when), whole: len(events)}
}

func propagation(r *Result) chart {
	events := counted(r)
	return cumulative("Propagation",
		"How long after its issue a payload event had come to half, to 95 % and to all of the nodes. Steep curves far left are "+
			"good; a curve that ends below 1 had not got there with all events when the run ended.",
		"share of payload events", []sample{
			wait("to half of the nodes", events, func(e *Event) uint64 { return e.Half }),
			wait("to 95 % of the nodes", events, func(e *Event) uint64 { return e.Most }),
			wait("to all nodes", events, func(e *Event) uint64 { return e.All }),
		}, func(most uint64) quantity { return times("time since issue", most) })
}

func firstApproval(r *Result) chart {
	c := cumulative("Time to first approval",
		"How long after its issue a payload event stayed a tip, until the first event that approves it was issued. "+
			"Events that are never approved (orphans) keep the curve below 1.",
		"share of payload events",
		[]sample{wait("first approval", counted(r), func(e *Event) uint64 { return e.Approved })},
		func(most uint64) quantity { return times("time since issue", most) })
	if r.Theory != nil && !c.empty() {
		scale := float64(second)
		if c.x.label == "time since issue, ms" {
			scale = 1e3
		}
		mean := r.Theory.FirstApproval()
		at := mean * microseconds / scale
		c.x.reach(at)
		c.Curves = append(c.Curves, curve{
			Name: "mean by theory, " + seconds(mean), shape: asRule, points: []point{{x: at}, {x: at, y: 1}},
		})
	}
	return c
}

func finality(r *Result) chart {
	events := counted(r)
	return cumulative("Finality",
		"How long after its issue a payload event had its final place in the order, at the node that issued it and at half of "+
			"all nodes. The far right end is what the unluckiest waited.",
		"share of payload events", []sample{
			wait("at its issuer", events, func(e *Event) uint64 { return e.FinalOwn }),
			wait("at half of the nodes", events, func(e *Event) uint64 { return e.Final }),
		}, func(most uint64) quantity { return times("time since issue", most) })
}

func rates(r *Result) chart {
	return overTime(r, "Payload events issued and final",
		"Where the two curves lie on each other, the network keeps up; where the lower one sags, work piles up, and its peak "+
			"afterwards is the catching up.",
		"payload events a second, all issuers",
		track{name: "issued", value: func(s *Second) float64 { return float64(s.Payloads) }},
		track{name: "final at their issuers", value: func(s *Second) float64 { return float64(s.Final) }})
}

func deliveries(r *Result) chart {
	return overTime(r, "Deliveries",
		"Events that reached a node for the first time, over all nodes, and all copies of gossip messages that came. The gap "+
			"between them is the price of redundancy.",
		"a second, all nodes",
		track{name: "first deliveries", value: func(s *Second) float64 { return float64(s.Deliveries) }},
		track{name: "copies", value: func(s *Second) float64 { return float64(s.Copies) }})
}

func tips(r *Result) chart {
	c := overTime(r, "Tips",
		"Events that nothing approves yet, as the honest nodes see them. A level curve is a stable network; one that climbs means "+
			"that events come faster than they are approved.",
		"tips of a node", track{name: "tips, mean of the honest nodes", value: func(s *Second) float64 { return s.Tips }, late: true})
	if r.Theory != nil && !c.empty() {
		level := r.Theory.Tips()
		c.y.reach(level)
		c.y.round(tickCount)
		c.Curves = append(c.Curves, curve{
			Name: "theory, L0 = " + digits(level), shape: asRule, points: []point{{x: c.x.lo, y: level}, {x: c.x.hi, y: level}},
		})
	}
	return c
}

func open(r *Result) chart {
	return overTime(r, "Open payload events",
		"Payload events that a node holds and that are not final yet. It follows the load times the finality, "+
			"and empties after faults.",
		"payload events", track{name: "open, mean of the honest nodes", value: func(s *Second) float64 { return s.Open }, late: true})
}

func commits(r *Result) chart {
	c := overTime(r, "Commits and witness events",
		"Commits of the order that some node was the first to decide, and the committee's own events that carry its votes. Both fall "+
			"to zero when there is nothing to order.",
		"a second", track{name: "commits", value: func(s *Second) float64 { return float64(s.Commits) }},
		track{name: "witness events", value: func(s *Second) float64 { return float64(s.Witnesses) }})
	if len(r.Commits) == 0 {
		c.Curves = nil // a silent committee
	}
	return c
}

func running(r *Result) chart {
	c := overTime(r, "Nodes that run",
		"Nodes that were up at the end of each second. Dips are crashes and churn.",
		"nodes", track{name: "nodes", value: func(s *Second) float64 { return float64(s.Up) }, late: true})
	for i := range r.Series {
		if r.Series[i].Up != r.Series[0].Up {
			return c
		}
	}
	c.Curves = nil // a level line shows nothing
	return c
}

func duplicates(r *Result) chart {
	var values []float64
	for i := range r.Nodes {
		if n := &r.Nodes[i]; n.Copies > n.Duplicates {
			values = append(values, float64(n.Duplicates)/float64(n.Copies-n.Duplicates))
		}
	}
	return histogram("Duplicates",
		"How many copies of a gossip message a node got beyond the first, over the whole run. Gossip pays about the degree of "+
			"its mesh less one; nodes far to the right pay for others.",
		"duplicates of a message", "nodes", values)
}

func bandwidth(r *Result) chart {
	in, out := sample{name: "received", whole: len(r.Nodes)}, sample{name: "sent", whole: len(r.Nodes)}
	for i := range r.Nodes {
		if n := &r.Nodes[i]; n.Up > 0 {
			in.values = append(in.values, uint64(float64(n.BytesIn)/float64(n.Up)*microseconds))
			out.values = append(out.values, uint64(float64(n.BytesOut)/float64(n.Up)*microseconds))
		}
	}
	return cumulative("Bandwidth of the nodes",
		"What nodes received and sent a second while they ran, over the whole run. A long way from median to right end means "+
			"that some nodes carry much more than others.",
		"share of nodes", []sample{in, out}, func(most uint64) quantity {
			if most < 10_000 {
				return quantity{"rate", "B/s", 1}
			}
			return quantity{"rate", "kB/s", 1e3}
		})
}
