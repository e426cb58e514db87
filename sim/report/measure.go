package report

import "slices"

// second is one second in microseconds.
const second = 1_000_000

// orphanFactor times the mean time to first approval is how long an event has to go unapproved to be an orphan. Waiting times
// have an exponential tail at worst, so that a healthy network has one in e^10, some 22,000.
const orphanFactor = 10

// Measure computes the figures of a run. What is issued or happens before Warmup does not count. Payload events are those of
// honest issuers, but for AttackerPayloads: what becomes of an attacker's is for the attacker to suffer. Times that never came are
// not in a spread: Unfinished and Orphans count them. An orphan is a payload event that nobody approved though the run went
// on for ten times the mean time to first approval; younger ones may still have been approved.
func Measure(r *Result) Figures {
	f := Figures{Nodes: len(r.Nodes), Findings: len(r.Findings), Interrupted: r.Until < r.Asked}
	attackers := attackersOf(r)
	f.Attackers = len(attackers)
	measureEvents(&f, r)
	f.Decision, f.Agreement = commitSpreads(r)
	measureSeries(&f, r)
	measureThroughput(&f, r, attackers)
	measureNodes(&f, r)
	if r.Theory != nil {
		f.TheoryTips, f.TheoryFirst = r.Theory.Tips(), r.Theory.FirstApproval()
	}
	return f
}

// attackersOf returns the numbers of the nodes that are neither committee nor gateway, but the name of an attack.
func attackersOf(r *Result) map[int]bool {
	out := map[int]bool{}
	for i := range r.Nodes {
		if n := &r.Nodes[i]; n.Role != RoleCommittee && n.Role != RoleGateway {
			out[n.Number] = true
		}
	}
	return out
}

// counted returns the events that honest nodes issued after the warm-up.
func counted(r *Result) []*Event {
	return slices.DeleteFunc(honestEvents(r), func(e *Event) bool { return e.Issued < r.Warmup })
}

// honestEvents returns the events that honest nodes issued.
func honestEvents(r *Result) []*Event {
	attackers := attackersOf(r)
	out := make([]*Event, 0, len(r.Events))
	for i := range r.Events {
		if e := &r.Events[i]; !attackers[e.Issuer] {
			out = append(out, e)
		}
	}
	return out
}

// waits returns how long after its issue each event came to a point of its life, in microseconds, if it ever did.
func waits(events []*Event, when func(*Event) uint64) (out []uint64) {
	for _, e := range events {
		if t := when(e); t != 0 && t >= e.Issued {
			out = append(out, t-e.Issued)
		}
	}
	return out
}

func measureEvents(f *Figures, r *Result) {
	events := counted(r)
	f.Payloads = len(events)
	f.Half = spreadOf(waits(events, func(e *Event) uint64 { return e.Half }))
	f.Most = spreadOf(waits(events, func(e *Event) uint64 { return e.Most }))
	f.All = spreadOf(waits(events, func(e *Event) uint64 { return e.All }))
	f.First = spreadOf(waits(events, func(e *Event) uint64 { return e.Approved }))
	f.Own = spreadOf(waits(events, func(e *Event) uint64 { return e.FinalOwn }))
	f.Final = spreadOf(waits(events, func(e *Event) uint64 { return e.Final }))
	patience := uint64(orphanFactor * f.First.Mean * microseconds)
	reached := 0
	for _, e := range events {
		reached += e.Reached
		if e.Final == 0 {
			f.Unfinished++
		}
		if e.Approved == 0 && e.Issued+patience < r.Until {
			f.Orphans++
		}
	}
	f.Reached = ratio(float64(reached), float64(len(events)*len(r.Nodes)))
}

// commitSpreads returns how long commits took to be decided, and from then until the last node had.
func commitSpreads(r *Result) (decided, agreed Spread) {
	var decision, agreement []uint64
	for i := range r.Commits {
		c := &r.Commits[i]
		if c.First < r.Warmup {
			continue
		}
		if wait, ok := decisionTime(r, c); ok {
			decision = append(decision, wait)
		}
		if c.Last >= c.First {
			agreement = append(agreement, c.Last-c.First)
		}
	}
	return spreadOf(decision), spreadOf(agreement)
}

// decisionTime returns the microseconds from a commit's ledger time to its first decision. Ledger time is a median of
// members' clocks: with clocks that run ahead it can be later, and says nothing then.
func decisionTime(r *Result, c *Commit) (uint64, bool) {
	if c.Time < r.Start {
		return 0, false
	}
	at := (c.Time - r.Start) * 1000
	if at > c.First {
		return 0, false
	}
	return c.First - at, true
}

func measureSeries(f *Figures, r *Result) {
	var sum Second
	var length, nodeTime uint64
	seconds := 0
	for i := range r.Series {
		s := &r.Series[i]
		if s.At < r.Warmup || s.At >= r.Until {
			continue
		}
		part := min(second, r.Until-s.At) // an interrupted run ends within a second
		length += part
		nodeTime += part * uint64(max(s.Up, 0))
		seconds++
		addSecond(&sum, s)
	}
	f.Seconds = float64(length) / microseconds
	rate := func(n uint64) float64 { return ratio(float64(n), f.Seconds) }
	f.WitnessRate, f.CommitRate, f.DeliveryRate = rate(sum.Witnesses), rate(sum.Commits), rate(sum.Deliveries)
	f.ByteRate = ratio(float64(sum.Bytes), float64(nodeTime)/microseconds)
	f.Duplicates = ratio(float64(sum.Duplicates), float64(sum.Copies)-float64(sum.Duplicates))
	f.Tips, f.Open = ratio(sum.Tips, float64(seconds)), ratio(sum.Open, float64(seconds))
}

// measureThroughput counts what honest nodes issued, and what became final at them, in the seconds that were measured. The
// series cannot tell: its counts are of all issuers.
func measureThroughput(f *Figures, r *Result, attackers map[int]bool) {
	measured := func(at uint64) bool { return at >= r.Warmup && at < r.Until }
	issued, final := 0, 0
	for i := range r.Events {
		e := &r.Events[i]
		switch {
		case attackers[e.Issuer]:
			if e.Issued >= r.Warmup {
				f.AttackerPayloads++
			}
			continue
		case measured(e.Issued):
			issued++
		}
		if e.FinalOwn != 0 && measured(e.FinalOwn) {
			final++
		}
	}
	f.IssueRate, f.FinalRate = ratio(float64(issued), f.Seconds), ratio(float64(final), f.Seconds)
}

// addSecond adds up what happens in seconds, and what is counted at their ends.
func addSecond(sum, s *Second) {
	sum.Tips += s.Tips
	sum.Open += s.Open
	sum.Up += s.Up
	sum.Payloads += s.Payloads
	sum.Witnesses += s.Witnesses
	sum.Final += s.Final
	sum.Deliveries += s.Deliveries
	sum.Copies += s.Copies
	sum.Duplicates += s.Duplicates
	sum.Bytes += s.Bytes
	sum.Commits += s.Commits
}

func measureNodes(f *Figures, r *Result) {
	sum, ran := 0.0, 0
	for i := range r.Nodes {
		if r.Nodes[i].Up == 0 {
			continue
		}
		share := float64(r.Nodes[i].Busy) / float64(r.Nodes[i].Up)
		sum, ran = sum+share, ran+1
		f.BusiestNode = max(f.BusiestNode, share)
	}
	f.Busy = ratio(sum, float64(ran))
}

// ratio returns a/b, and 0 where there is nothing to divide by.
func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}
