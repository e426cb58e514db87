package report

import (
	"strings"
	"testing"
)

// attacked is the small result with a third node that floods: its events are never final, or late.
func attacked() *Result {
	r := small()
	r.Nodes = append(r.Nodes, Node{Number: 2, Role: "spam", Up: 3 * second})
	for i := range uint64(50) {
		at := second + 10_000*i
		e := Event{ID: "spam", Issuer: 2, Kind: "transfer", Issued: at, Reached: 1}
		if i%2 == 0 {
			e.Half, e.Most, e.All, e.Approved, e.Final, e.FinalOwn = at+900_000, at+900_000, at+900_000, at+900_000, at+950_000, at+950_000
		}
		r.Events = append(r.Events, e)
	}
	r.Events = append(r.Events, Event{ID: "early", Issuer: 2, Kind: "transfer", Issued: 10})
	return r
}

func TestFiguresAreOfHonestIssuers(t *testing.T) {
	f, want := Measure(attacked()), Measure(small())
	want.Nodes, want.Attackers, want.AttackerPayloads = 3, 1, 50
	want.Reached = 0.5 // of three nodes
	want.Busy = f.Busy // a mean over all nodes
	if f != want {
		t.Errorf("got  %+v\nwant %+v", f, want)
	}
	listed := map[string]float64{}
	for _, figure := range f.List() {
		listed[figure.Key] = figure.Value
	}
	if listed["attacker_payloads"] != 50 || listed["final_per_s"] != 0.5 {
		t.Errorf("listed: %v", listed)
	}
}

func TestNotesSayWhoseEventsAreCounted(t *testing.T) {
	const honest = "by honest issuers"
	plain, r := small(), attacked()
	if text := Text(plain, Measure(plain)); strings.Contains(text, honest) || strings.Contains(text, "attackers") {
		t.Errorf("there are no attackers:\n%s", text)
	}
	text := Text(r, Measure(r))
	for _, label := range []string{"Propagation to half", "Propagation to 95", "Propagation to all", "Time to first", "Finality at the issuer",
		"Finality at half", "Throughput", "Orphans", "Not final"} {
		_, rest, found := strings.Cut(text, label)
		row, _, _ := strings.Cut(rest, "\n")
		if !found || !strings.Contains(row, honest) {
			t.Errorf("%s: %s", label, row)
		}
	}
	if !strings.Contains(text, "Payload events of attackers") {
		t.Errorf("no count of the attackers' events:\n%s", text)
	}
}

func TestFinalityOverTime(t *testing.T) {
	r := &Result{Until: 10 * second}
	for i := range uint64(100) { // ten a second, which wait 0.1 to 1 s, and ten times that from second 5 to 6
		wait := (i%10 + 1) * second / 10
		if i/10 == 5 {
			wait *= 10
		}
		issued := i * second / 10
		r.Events = append(r.Events, Event{Issued: issued, Final: issued + wait})
	}
	r.Events[20].Final = 0
	c := finalityOverTime(r)
	if len(c.Curves) != 2 || len(c.Curves[0].points) != 10 || len(c.Table.Rows) != 10 {
		t.Fatalf("%d curves, %d lines of the table", len(c.Curves), len(c.Table.Rows))
	}
	for i, want := range map[int][2]float64{0: {0.5, 1}, 2: {0.6, 1}, 5: {5, 10}, 9: {0.5, 1}} {
		median, most := c.Curves[0].points[i], c.Curves[1].points[i]
		if median.y != want[0] || most.y != want[1] || median.x != float64(i)+0.5 {
			t.Errorf("second %d: %v and %v, want %v", i, median, most, want)
		}
	}
	if want := "median: from 0.5 to 5 s. 95 % within: from 1 to 10 s. "; c.Gist != want {
		t.Errorf("gist %q, want %q", c.Gist, want)
	}
	if c := finalityOverTime(&Result{}); !c.empty() {
		t.Error("a chart of nothing")
	}
}

func TestFinalityOverTimeIsSmall(t *testing.T) {
	c := finalityOverTime(synthetic(10, 50_000, 5000))
	for _, v := range c.Curves {
		if n := len(v.points); n > waitPoints || n < waitPoints/2 {
			t.Errorf("%s has %d points", v.Name, n)
		}
	}
	if n := len(c.Table.Rows); n > timeRows {
		t.Errorf("the table has %d lines", n)
	}
}
