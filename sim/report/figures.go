package report

// Figures sum a run up, its warm-up left out unless a figure says otherwise. Payload events are those of honest nodes unless a
// figure says otherwise. Rates are per second of virtual time.
type Figures struct {
	Seconds          float64 `json:"measured_s"` // virtual time that was measured
	Nodes            int     `json:"nodes"`
	Payloads         int     `json:"payloads"`          // payload events that were issued
	Attackers        int     `json:"attackers"`         // nodes that leave the protocol at some time
	AttackerPayloads int     `json:"attacker_payloads"` // payload events that they issued
	Interrupted      bool    `json:"interrupted"`       // the run ended early
	Findings         int     `json:"findings"`          // invariants that were broken, at any time of the run
	Unfinished       int     `json:"unfinished"`        // payload events that were not final at the end
	Orphans          int     `json:"orphans"`           // payload events that nobody approved, see Measure
	Reached          float64 `json:"reached_fraction"`  // share of all nodes that a payload event reached, mean

	Half  Spread `json:"to_half_of_nodes"` // from issue until half of the nodes had a payload event
	Most  Spread `json:"to_95_of_100_nodes"`
	All   Spread `json:"to_all_nodes"`
	First Spread `json:"first_approval"`   // from issue to the issue of the first approving event
	Own   Spread `json:"finality_issuer"`  // from issue until it is final at its issuer
	Final Spread `json:"finality_network"` // until it is final at half of the nodes

	Decision  Spread `json:"decision"`  // from a commit's ledger time until the first node decides it
	Agreement Spread `json:"agreement"` // from then until the last node has

	IssueRate    float64 `json:"issued_per_s"` // payload events
	WitnessRate  float64 `json:"witnesses_per_s"`
	FinalRate    float64 `json:"final_per_s"` // payload events, at their issuers
	CommitRate   float64 `json:"commits_per_s"`
	DeliveryRate float64 `json:"deliveries_per_s"` // events that reach a node for the first time, all nodes together
	ByteRate     float64 `json:"node_bytes_per_s"` // sent by a node that runs, mean
	Duplicates   float64 `json:"duplicates"`       // copies that a node gets of a gossip message beyond the first, mean
	Tips         float64 `json:"tips"`             // mean over nodes and seconds
	Open         float64 `json:"open"`             // payload events that a node holds and that are not final, likewise
	Busy         float64 `json:"busy_fraction"`    // processor time charged to a node by time that it ran, mean, whole run
	BusiestNode  float64 `json:"busiest_fraction"` // the same of the busiest node

	TheoryTips  float64 `json:"theory_tips,omitzero"`             // 0 if no theory applies
	TheoryFirst float64 `json:"theory_first_approval_s,omitzero"` // mean
}

// Figure is one number of Figures with its name, for tables over many runs.
type Figure struct {
	Key   string // the column's name: what it is and the unit, such as "finality_network_median_s"
	Label string // for people
	Unit  string // s, 1/s, B/s, or none
	Value float64
}

// List returns the numbers that were measured in a fixed order. A figure without any measurement behind it is left out.
func (f *Figures) List() (out []Figure) {
	add := func(known bool, key, label, unit string, value float64) {
		if known {
			out = append(out, Figure{key, label, unit, value})
		}
	}
	spread := func(key, label string, s Spread) {
		known := s.Count > 0
		add(known, key+"_mean_s", label+", mean", "s", s.Mean)
		add(known, key+"_median_s", label+", median", "s", s.Median)
		add(known, key+"_p95_s", label+", 95th percentile", "s", s.P95)
		add(known, key+"_p99_s", label+", 99th percentile", "s", s.P99)
	}
	spread("to_half", "time to half of the nodes", f.Half)
	spread("to_95", "time to 95 % of the nodes", f.Most)
	spread("to_all", "time to all nodes", f.All)
	spread("first_approval", "time to first approval", f.First)
	spread("finality_issuer", "finality at the issuer", f.Own)
	spread("finality_network", "finality at half of the nodes", f.Final)
	spread("decision", "decision of a commit", f.Decision)
	timed, issued := f.Seconds > 0, f.Payloads > 0
	add(timed, "issued_per_s", "payload events issued a second", "1/s", f.IssueRate)
	add(timed, "final_per_s", "payload events final a second", "1/s", f.FinalRate)
	add(timed, "witnesses_per_s", "witness events issued a second", "1/s", f.WitnessRate)
	add(timed, "commits_per_s", "commits a second", "1/s", f.CommitRate)
	add(timed, "deliveries_per_s", "deliveries a second", "1/s", f.DeliveryRate)
	add(timed, "node_bytes_per_s", "bytes a node sends in a second", "B/s", f.ByteRate)
	add(timed, "duplicates", "duplicates of a message", "", f.Duplicates)
	add(timed, "tips", "tips", "", f.Tips)
	add(timed, "open", "payload events that are not final", "", f.Open)
	add(issued, "reached_fraction", "share of nodes reached", "", f.Reached)
	add(issued, "orphans", "orphans", "", float64(f.Orphans))
	add(issued, "unfinished", "payload events not final at the end", "", float64(f.Unfinished))
	add(f.Attackers > 0, "attacker_payloads", "payload events issued by attackers", "", float64(f.AttackerPayloads))
	add(f.Nodes > 0, "busy_fraction", "share of time a node computes", "", f.Busy)
	add(true, "findings", "broken invariants", "", float64(f.Findings))
	add(f.TheoryTips > 0, "theory_tips", "tips by theory", "", f.TheoryTips)
	add(f.TheoryFirst > 0, "theory_first_approval_s", "mean time to first approval by theory", "s", f.TheoryFirst)
	return out
}
