package report

import (
	"bytes"
	"io"

	"github.com/ledgerofthings/lot/sim/invariant"
)

// table is one CSV file of a run.
type table struct {
	name  string
	write func(w io.Writer, r *Result) error
	read  func(data []byte, r *Result) error
}

// tables are the CSV files of a run in the order of their names.
var tables = []table{
	tableOf("commits.csv", commitColumns, func(r *Result) *[]Commit { return &r.Commits }),
	tableOf("events.csv", eventColumns, func(r *Result) *[]Event { return &r.Events }),
	tableOf("findings.csv", findingColumns, func(r *Result) *[]invariant.Finding { return &r.Findings }),
	tableOf("nodes.csv", nodeColumns, func(r *Result) *[]Node { return &r.Nodes }),
	tableOf("series.csv", secondColumns, func(r *Result) *[]Second { return &r.Series }),
	tableOf("timeline.csv", momentColumns, func(r *Result) *[]Moment { return &r.Timeline }),
}

func tableOf[T any](name string, columns []column[T], rows func(*Result) *[]T) table {
	return table{
		name:  name,
		write: func(w io.Writer, r *Result) error { return writeTable(w, columns, *rows(r)) },
		read: func(data []byte, r *Result) (err error) {
			*rows(r), err = readTable(bytes.NewReader(data), columns)
			return err
		},
	}
}

var eventColumns = []column[Event]{
	text("id", func(e *Event) *string { return &e.ID }),
	whole("issuer", func(e *Event) *int { return &e.Issuer }),
	text("kind", func(e *Event) *string { return &e.Kind }),
	whole("size_bytes", func(e *Event) *int { return &e.Size }),
	natural("issued_us", func(e *Event) *uint64 { return &e.Issued }),
	whole("reached_nodes", func(e *Event) *int { return &e.Reached }),
	sometime("half_us", func(e *Event) *uint64 { return &e.Half }),
	sometime("most_us", func(e *Event) *uint64 { return &e.Most }),
	sometime("all_us", func(e *Event) *uint64 { return &e.All }),
	sometime("approved_us", func(e *Event) *uint64 { return &e.Approved }),
	sometime("final_us", func(e *Event) *uint64 { return &e.Final }),
	sometime("final_own_us", func(e *Event) *uint64 { return &e.FinalOwn }),
	text("status", func(e *Event) *string { return &e.Status }),
}

var nodeColumns = []column[Node]{
	whole("node", func(n *Node) *int { return &n.Number }),
	text("role", func(n *Node) *string { return &n.Role }),
	text("place", func(n *Node) *string { return &n.Place }),
	natural("up_us", func(n *Node) *uint64 { return &n.Up }),
	whole("restarts", func(n *Node) *int { return &n.Restarts }),
	natural("attached", func(n *Node) *uint64 { return &n.Attached }),
	natural("ordered", func(n *Node) *uint64 { return &n.Ordered }),
	natural("issued", func(n *Node) *uint64 { return &n.Issued }),
	natural("in_bytes", func(n *Node) *uint64 { return &n.BytesIn }),
	natural("out_bytes", func(n *Node) *uint64 { return &n.BytesOut }),
	natural("copies", func(n *Node) *uint64 { return &n.Copies }),
	natural("duplicates", func(n *Node) *uint64 { return &n.Duplicates }),
	natural("busy_us", func(n *Node) *uint64 { return &n.Busy }),
}

var secondColumns = []column[Second]{
	natural("at_us", func(s *Second) *uint64 { return &s.At }),
	whole("up_nodes", func(s *Second) *int { return &s.Up }),
	decimal("tips", func(s *Second) *float64 { return &s.Tips }),
	decimal("open", func(s *Second) *float64 { return &s.Open }),
	natural("payloads", func(s *Second) *uint64 { return &s.Payloads }),
	natural("witnesses", func(s *Second) *uint64 { return &s.Witnesses }),
	natural("final", func(s *Second) *uint64 { return &s.Final }),
	natural("deliveries", func(s *Second) *uint64 { return &s.Deliveries }),
	natural("copies", func(s *Second) *uint64 { return &s.Copies }),
	natural("duplicates", func(s *Second) *uint64 { return &s.Duplicates }),
	natural("bytes", func(s *Second) *uint64 { return &s.Bytes }),
	natural("commits", func(s *Second) *uint64 { return &s.Commits }),
}

var commitColumns = []column[Commit]{
	natural("commit", func(c *Commit) *uint64 { return &c.Number }),
	natural("slot", func(c *Commit) *uint64 { return &c.Slot }),
	text("leader", func(c *Commit) *string { return &c.Leader }),
	natural("ledger_time_unix_ms", func(c *Commit) *uint64 { return &c.Time }),
	whole("events", func(c *Commit) *int { return &c.Events }),
	whole("payloads", func(c *Commit) *int { return &c.Payloads }),
	natural("first_us", func(c *Commit) *uint64 { return &c.First }),
	natural("last_us", func(c *Commit) *uint64 { return &c.Last }),
	whole("nodes", func(c *Commit) *int { return &c.Nodes }),
}

var momentColumns = []column[Moment]{
	natural("at_us", func(m *Moment) *uint64 { return &m.At }),
	sometime("until_us", func(m *Moment) *uint64 { return &m.Until }),
	whole("node", func(m *Moment) *int { return &m.Node }),
	text("kind", func(m *Moment) *string { return &m.Kind }),
	text("what", func(m *Moment) *string { return &m.What }),
}

var findingColumns = []column[invariant.Finding]{
	text("rule", func(f *invariant.Finding) *string { return &f.Rule }),
	natural("at_us", func(f *invariant.Finding) *uint64 { return &f.At }),
	whole("node", func(f *invariant.Finding) *int { return &f.Node }),
	text("detail", func(f *invariant.Finding) *string { return &f.Detail }),
}
