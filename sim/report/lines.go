package report

import (
	"fmt"
	"slices"
	"strings"
)

// line is one figure of a summary as people read it.
type line struct {
	Label, Value string
	Note         string // how it was counted, or what theory expects
}

// figureLines returns the figures that a summary shows, without those that nothing was measured for.
func figureLines(f *Figures) (out []line) {
	add := func(known bool, label, value, note string) {
		if known {
			out = append(out, line{label, value, note})
		}
	}
	spread := func(label string, s Spread, note string) {
		add(s.Count > 0, label, spreadText(s), note)
	}
	honest := ""
	if f.Attackers > 0 {
		honest = "by honest issuers"
	}
	issued := joined(fmt.Sprintf("%s issued after the warm-up", count(f.Payloads)), honest)
	spread("Propagation to half of the nodes", f.Half, honest)
	spread("Propagation to 95 % of the nodes", f.Most, honest)
	spread("Propagation to all nodes", f.All, fmt.Sprintf("%s of %s", count(f.All.Count), issued))
	spread("Time to first approval", f.First, joined(honest, theoryNote(f.TheoryFirst > 0, "mean "+seconds(f.First.Mean)+", by theory "+
		seconds(f.TheoryFirst)+", so "+deviation(f.First.Mean, f.TheoryFirst))))
	spread("Finality at the issuer", f.Own, fmt.Sprintf("%s of %s", count(f.Own.Count), issued))
	spread("Finality at half of the nodes", f.Final, fmt.Sprintf("%s of %s", count(f.Final.Count), issued))
	spread("Decision of a commit", f.Decision, "from its ledger time to the first node that decides it")
	spread("Agreement on a commit", f.Agreement, "from the first to the last node that decides it")
	add(f.Seconds > 0, "Throughput", digits(f.FinalRate)+" payload events final a second", joined(digits(f.IssueRate)+" issued", honest))
	add(f.Seconds > 0, "Commits", digits(f.CommitRate)+" a second", digits(f.WitnessRate)+" witness events a second")
	add(f.DeliveryRate > 0, "Deliveries", digits(f.DeliveryRate)+" a second", "over all nodes; what a node gets for the first time")
	add(f.DeliveryRate > 0, "Duplicates of a message", digits(f.Duplicates), "copies beyond the first, mean")
	add(f.ByteRate > 0, "Bandwidth of a node", byteCount(f.ByteRate)+"/s sent", "mean")
	add(f.Seconds > 0, "Tips", digits(f.Tips), theoryNote(f.TheoryTips > 0, "by theory "+digits(f.TheoryTips)+", so "+deviation(f.Tips, f.TheoryTips)))
	add(f.Seconds > 0, "Open payload events", digits(f.Open), "that a node holds and that are not final, mean")
	add(f.Payloads > 0, "Orphans", count(f.Orphans), joined(honest, "never approved, though there was time"))
	add(f.Attackers > 0, "Payload events of attackers", count(f.AttackerPayloads), "issued after the warm-up; in none of the times and rates of payload events")
	add(f.Payloads > 0, "Not final at the end", count(f.Unfinished), "of "+issued)
	add(f.Busy > 0, "Processor of a node", percent(f.Busy)+" busy", "the busiest "+percent(f.BusiestNode)+"; modelled")
	return out
}

// joined joins the parts of a note that are not empty.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

func spreadText(s Spread) string {
	return fmt.Sprintf("median %s, 95 %% %s, 99 %% %s", seconds(s.Median), seconds(s.P95), seconds(s.P99))
}

func theoryNote(known bool, note string) string {
	if !known {
		return ""
	}
	return note
}

// deviation says how far a measured value is from the expected one.
func deviation(measured, expected float64) string {
	return fmt.Sprintf("%+.1f %%", 100*(measured/expected-1))
}

// totalLines returns the counts over the whole run that are not zero.
func totalLines(t *Totals) (out []line) {
	add := func(label string, value uint64) {
		if value > 0 {
			out = append(out, line{Label: label, Value: count(value)})
		}
	}
	add("Payload events issued", t.Payloads)
	add("Witness events issued", t.Witnesses)
	add("Payload events final at every honest node", t.Final)
	add("Of these, without effect", t.NoEffect)
	add("Conflicting spends issued", t.Conflicts)
	if t.Epochs > 0 {
		add("Epochs sealed", t.Epochs)
		add("Payloads that came too late for their epoch, and were issued again", t.Voided)
	}
	if t.Snapshots > 0 {
		add("Snapshots that nodes began anew with", t.Snapshots)
	}
	if t.Admitted > 0 {
		add("Newcomers admitted", t.Admitted)
	}
	add("Readings acknowledged", t.Readings)
	add("Requests refused", t.Refused)
	add("Deliveries", t.Deliveries)
	add("Copies that arrived", t.Copies)
	add("Messages that links lost", t.Lost)
	add("Entries of the queue", t.Items)
	if t.Bytes > 0 {
		out = append(out, line{Label: "Bytes over all links", Value: byteCount(float64(t.Bytes))})
	}
	return out
}
