// Package report turns what a run measured into a folder: a manifest, tables as CSV, and one HTML page with pictures that
// opens without a network.
package report

import "github.com/ledgerofthings/lot/sim/invariant"

// Result is all that a run measured. Everything but Machine is a function of the scenario, the seed and the program.
// Times are microseconds of virtual time since the start, sizes bytes.
type Result struct {
	Scenario string // the scenario as it was run: TOML with every default written out
	Name     string
	About    string
	Seed     uint64
	Version  string  // of the program
	Hash     string  // of everything that every node decided, in hex
	Until    uint64  // virtual time reached
	Asked    uint64  // virtual time asked for: more than Until if the run was interrupted
	Warmup   uint64  // virtual time before which nothing is measured
	Start    uint64  // ledger time at virtual time 0, ms since the Unix epoch
	Signed   bool    // signatures were made and checked; else their processor time was charged
	Theory   *Theory // what theory expects, where its assumptions hold; else nil

	Events   []Event
	Nodes    []Node
	Series   []Second
	Commits  []Commit
	Timeline []Moment
	Totals   Totals
	Findings []invariant.Finding

	Machine Machine
}

// Totals are counts over the whole run.
type Totals struct {
	Deliveries uint64 `json:"deliveries"` // events that reached a node for the first time
	Copies     uint64 `json:"copies"`     // copies of gossip messages that arrived
	Lost       uint64 `json:"lost"`       // messages that links lost
	Bytes      uint64 `json:"bytes"`      // sent over all links
	Payloads   uint64 `json:"payloads"`   // payload events that were issued
	Witnesses  uint64 `json:"witnesses"`  // witness events that were issued
	Final      uint64 `json:"final"`      // payload events that are final at every honest node that runs
	NoEffect   uint64 `json:"no_effect"`  // of these, those that took no effect
	Refused    uint64 `json:"refused"`    // requests that gateways refused
	Readings   uint64 `json:"readings"`   // readings that gateways acknowledged
	Items      uint64 `json:"items"`      // entries that the queue worked off
	Conflicts  uint64 `json:"conflicts"`  // conflicting spends that were issued
	Epochs     uint64 `json:"epochs"`     // that were sealed
	Voided     uint64 `json:"voided"`     // payload events that came too late for their epoch and were issued again
	Snapshots  uint64 `json:"snapshots"`  // that nodes began anew with
	Admitted   uint64 `json:"admitted"`   // newcomers that were admitted
}

// Machine is what the run took.
type Machine struct {
	Seconds float64 `json:"seconds"` // wall time
	CPU     float64 `json:"cpu_seconds"`
	Memory  uint64  `json:"memory_bytes"`   // the most that the program held
	PerNode uint64  `json:"per_node_bytes"` // memory of a node at rest, all set up and nothing issued
	Cores   int     `json:"cores"`
	Shards  int     `json:"shards"`
	Go      string  `json:"go"`
	System  string  `json:"system"`
}

// Event is one payload event.
type Event struct {
	ID       string
	Issuer   int
	Kind     string
	Size     int
	Issued   uint64
	Reached  int    // nodes that attached it
	Half     uint64 // when half of the nodes had it; 0 if they never did
	Most     uint64 // when 95 of 100 had it
	All      uint64 // when every node that ran had it
	Approved uint64 // when the first event that approves it was issued; 0 for never
	Final    uint64 // when half of the nodes had it in their final order; 0 for never
	FinalOwn uint64 // when its issuer had
	Status   string // of its receipt; empty if it is not final
}

// The roles of honest nodes.
const (
	RoleCommittee = "committee"
	RoleGateway   = "gateway"
)

// Node is one node's part in the run.
type Node struct {
	Number     int
	Role       string // RoleCommittee or RoleGateway, or the name of its attack
	Place      string // its city, if the link model has cities
	Up         uint64 // time that it ran
	Restarts   int
	Attached   uint64 // events in its graph at the end
	Ordered    uint64 // events in its final order at the end
	Issued     uint64
	BytesIn    uint64
	BytesOut   uint64
	Copies     uint64 // of gossip messages that came
	Duplicates uint64 // of these, those that it had
	Busy       uint64 // processor time charged
}

// Second is the network during one second.
type Second struct {
	At         uint64  // its start
	Up         int     // nodes that run, at its end
	Tips       float64 // mean over the honest nodes, at its end
	Open       float64 // payload events that are not final, mean over the honest nodes, at its end
	Payloads   uint64  // issued
	Witnesses  uint64
	Final      uint64 // payload events that became final at their issuers
	Deliveries uint64
	Copies     uint64 // of gossip messages that came
	Duplicates uint64 // of these, those that their receivers had
	Bytes      uint64 // sent over all links
	Commits    uint64 // that some node was the first to decide
}

// Commit is one commit of the order.
type Commit struct {
	Number   uint64
	Slot     uint64
	Leader   string
	Time     uint64 // ledger time, ms since the Unix epoch
	Events   int
	Payloads int
	First    uint64 // when the first node decided it
	Last     uint64 // when the last did, of those that did
	Nodes    int    // how many did
}

// The kinds of moments.
const (
	MomentFault  = "fault"  // the scenario broke something
	MomentAttack = "attack" // nodes left the protocol
	MomentNode   = "node"   // a node stopped, started or said something of itself
)

// Moment is something that happened at a time, or from a time on: a fault, an attack, a node that stopped by itself.
type Moment struct {
	At    uint64 `json:"at_us"`
	Until uint64 `json:"until_us"` // its end; 0 for what has no length
	Node  int    `json:"node"`     // -1 for several
	Kind  string `json:"kind"`     // MomentFault, MomentAttack or MomentNode
	What  string `json:"what"`
}
