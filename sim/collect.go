package sim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/report"
)

// outcome is what the whole world saw, besides what its shards did.
type outcome struct {
	series   []report.Second
	timeline []report.Moment
	findings []invariant.Finding // of looks at the whole network
	before   uint64              // bytes of memory before the world was made
	perNode  uint64              // bytes of memory of a node at rest
}

// take adds up what the shards counted since the last time.
func (o *outcome) take(w *world) (row report.Second) {
	for _, s := range w.shards {
		c := &s.measured.second
		row.Payloads += c.Payloads
		row.Witnesses += c.Witnesses
		row.Final += c.Final
		row.Deliveries += c.Deliveries
		row.Copies += c.Copies
		row.Duplicates += c.Duplicates
		row.Bytes += c.Bytes
		*c = report.Second{}
	}
	return row
}

// result adds up what all shards measured.
func (w *world) result() *report.Result {
	r := &report.Result{
		Scenario: string(w.scenario.Absolute().TOML()), Name: w.scenario.Name, About: w.scenario.About, Seed: w.seed,
		Until: w.now, Asked: uint64(w.scenario.Duration), Warmup: uint64(w.scenario.Warmup), Start: epochStart, Signed: true,
		Series: w.outcome.series, Hash: w.hash(),
	}
	r.Totals = w.totals()
	r.Events = w.events(&r.Totals)
	r.Theory = w.theory(r.Events)
	r.Nodes = w.nodeRows()
	r.Commits = w.commitRows()
	r.Timeline = w.timeline()
	r.Findings = w.findings()
	w.countFirstCommits(r)
	return r
}

func (w *world) totals() (t report.Totals) {
	for _, s := range w.shards {
		c := &s.measured.totals
		t.Deliveries += c.Deliveries
		t.Copies += c.Copies
		t.Lost += c.Lost
		t.Bytes += c.Bytes
		t.Payloads += c.Payloads
		t.Witnesses += c.Witnesses
		t.Refused += c.Refused
		t.Readings += c.Readings
		t.Items += c.Items
		t.Snapshots += c.Snapshots
		t.Admitted += c.Admitted
	}
	suite := w.mergedSuite()
	t.Epochs, t.Voided = suite.Seals.Epochs(), uint64(suite.Once.Count())
	t.Deliveries -= min(t.Deliveries, t.Payloads+t.Witnesses) // who issued an event had it before
	return t
}

// hash is a hash over what every node came to.
func (w *world) hash() string {
	h := sha256.New()
	w.nodes(func(_ *shard, n *node) {
		sum := n.hash()
		h.Write(sum[:])
	})
	return hex.EncodeToString(h.Sum(nil))
}

// fate is a payload event as all shards together saw it.
type fate struct {
	*payload
	arrivals, finals []uint64 // when it came to each node and was final there, in µs
}

// events returns a row for each payload event, in the order of being issued, and counts what became of them.
func (w *world) events(t *report.Totals) []report.Event {
	seen := map[dag.ID][]*payload{} // by shard; nil where it never came
	var ids []dag.ID
	for _, s := range w.shards {
		for i := range s.measured.payloads {
			p := &s.measured.payloads[i]
			if seen[p.id] == nil {
				seen[p.id] = make([]*payload, len(w.shards))
				ids = append(ids, p.id)
			}
			seen[p.id][s.number] = p
		}
	}
	rows, required := make([]report.Event, len(ids)), w.required()
	for i, id := range ids {
		f := fate{payload: &payload{id: id, issuer: -1}}
		for _, p := range seen[id] {
			f.add(w, p)
		}
		rows[i] = f.row(w.scenario.Network.Nodes)
		if isFinal(seen[id], required) {
			f.count(t)
		}
	}
	slices.SortFunc(rows, func(a, b report.Event) int {
		return cmp.Or(cmp.Compare(a.Issued, b.Issued), cmp.Compare(a.Issuer, b.Issuer), cmp.Compare(a.ID, b.ID))
	})
	return rows
}

// required lists, by shard, the places of the honest nodes that run.
func (w *world) required() [][]int {
	list := make([][]int, len(w.shards))
	w.eachHonest(func(s *shard, n *node) { list[s.number] = append(list[s.number], int(n.number)/len(w.shards)) })
	return list
}

// isFinal reports whether a payload event is final at all nodes that are required.
func isFinal(seen []*payload, required [][]int) bool {
	for shard, places := range required {
		for _, place := range places {
			if seen[shard] == nil || seen[shard].finals[place] == 0 {
				return false
			}
		}
	}
	return true
}

// count counts a payload event that is final everywhere.
func (f *fate) count(t *report.Totals) {
	t.Final++
	if f.status != ledger.StatusApplied {
		t.NoEffect++
	}
	if f.status == ledger.StatusSequenceTaken || f.status == ledger.StatusDuplicateSeq {
		t.Conflicts++
	}
}

// add adds what the nodes of one shard saw.
func (f *fate) add(w *world, p *payload) {
	if p == nil {
		return
	}
	f.kind, f.size = p.kind, p.size
	if p.issuer >= 0 {
		f.issuer, f.issued = p.issuer, p.issued
	}
	f.approved = earlier(f.approved, p.approved)
	f.finalOwn = earlier(f.finalOwn, p.finalOwn)
	f.status = max(f.status, p.status)
	f.arrivals = w.appendTimes(f.arrivals, p.arrivals)
	f.finals = w.appendTimes(f.finals, p.finals)
}

// earlier returns the earlier of two times, 0 being never.
func earlier(a, b uint64) uint64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func (w *world) appendTimes(list []uint64, times []uint32) []uint64 {
	for _, t := range times {
		if t != 0 {
			list = append(list, uint64(t-1)*w.stampUnit())
		}
	}
	return list
}

func (f *fate) row(nodes int) report.Event {
	slices.Sort(f.arrivals)
	slices.Sort(f.finals)
	e := report.Event{
		ID: f.id.String(), Issuer: f.issuer, Kind: f.kind, Size: f.size, Issued: f.issued, Reached: len(f.arrivals),
		Half: reached(f.arrivals, nodes, 50), Most: reached(f.arrivals, nodes, 95), All: reached(f.arrivals, nodes, 100),
		Approved: f.approved, Final: reached(f.finals, nodes, 50), FinalOwn: f.finalOwn,
	}
	if len(f.finals) > 0 {
		e.Status = f.status.String()
	}
	return e
}

// reached returns when a share of all nodes, in percent, had what reached them at sorted times; 0 if they never did.
func reached(times []uint64, nodes, percent int) uint64 {
	need := (nodes*percent + 99) / 100
	if need == 0 || len(times) < need {
		return 0
	}
	return times[need-1]
}

func (w *world) nodeRows() (rows []report.Node) {
	w.nodes(func(s *shard, n *node) {
		row := report.Node{
			Number: int(n.number), Role: w.role(n.number), Place: w.place(n.number), Up: n.stats.upTime, Restarts: n.stats.restarts,
			Issued: n.stats.issued, BytesIn: n.stats.bytesIn, BytesOut: n.stats.bytesOut, Copies: n.stats.copies,
			Duplicates: n.stats.duplicates, Busy: n.stats.busy,
		}
		if n.engine != nil {
			o := n.engine.Overview()
			row.Attached, row.Ordered = uint64(o.Events), uint64(o.Ordered)
		}
		rows = append(rows, row)
	})
	return rows
}

func (w *world) role(number uint32) string {
	switch a := w.attackOf[number]; {
	case a != nil:
		return a.kind.Name
	case int(number) < w.scenario.Network.Committee:
		return report.RoleCommittee
	}
	return report.RoleGateway
}

// place names where a node is, if the links know places.
func (w *world) place(number uint32) string {
	if places, ok := w.latency.(interface{ Place(uint32) string }); ok {
		return places.Place(number)
	}
	return ""
}

// commitRows merges what the shards saw of each commit.
func (w *world) commitRows() (rows []report.Commit) {
	for _, s := range w.shards {
		for i := range s.measured.commits {
			c := &s.measured.commits[i]
			if i == len(rows) {
				rows = append(rows, report.Commit{})
			}
			if c.nodes > 0 {
				mergeCommit(&rows[i], c)
			}
		}
	}
	return rows
}

func mergeCommit(row *report.Commit, c *commit) {
	if row.Nodes == 0 || c.first < row.First {
		row.Number, row.Slot, row.Leader, row.Time = c.Number, c.Slot, c.Leader.String(), c.Time
		row.Events, row.Payloads, row.First = c.Events, c.Payload, c.first
	}
	row.Last = max(row.Last, c.last)
	row.Nodes += c.nodes
}

// countFirstCommits enters the commits into the seconds in which the first node decided them.
func (w *world) countFirstCommits(r *report.Result) {
	for i := range r.Commits {
		if second := r.Commits[i].First / lookEvery; second < uint64(len(r.Series)) {
			r.Series[second].Commits++
		}
	}
}

func (w *world) timeline() []report.Moment {
	list := slices.Clone(w.outcome.timeline)
	for _, s := range w.shards {
		list = append(list, s.measured.timeline...)
	}
	slices.SortStableFunc(list, func(a, b report.Moment) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Node, b.Node), cmp.Compare(a.What, b.What))
	})
	return list
}
