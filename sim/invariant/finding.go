// Package invariant holds what must be true in every run of the simulator, and says where it was not.
//
// A checker is a value that is fed with what honest nodes do and tells its findings at the end. It has its own file and the
// same three parts: methods that feed it, Merge and Findings. Each shard of a run feeds a Suite of its own, without locks;
// merging them in any order gives the same findings as one Suite would have that saw everything, byte for byte. A new invariant
// is a new file and a line in each method of Suite.
//
// Honest are the nodes that follow the protocol: not those of an attack, and not those whose key has forked because their
// disk was wiped or replaced by an older copy. Only they are fed.
package invariant

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The rules that findings name.
const (
	RuleOneOrder   = "one-order"   // the commits of each node are a prefix of one sequence
	RuleWholeOrder = "whole-order" // so are the events that they order, one by one
	RuleSupply     = "supply"      // all balances and deposits add up to what there was at birth
	RuleReadings   = "readings"    // an acknowledged reading is kept, once
	RuleAnchors    = "anchors"     // after everything healed, every reading's anchor is final and took effect
	RuleReceipts   = "receipts"    // nodes agree on what became of an event
	RuleSpends     = "spends"      // an account sequence is used by one transfer
	RuleForks      = "forks"       // no honest node issues two events with one number
	RuleSeals      = "seals"       // every epoch ends in one way, and all come from there to the same terms
	RuleChain      = "chain"       // after everything healed, certificates lead from the first committee to the present one
	RuleOnce       = "once"        // a payload that was issued again takes effect once
	RuleAdmission  = "admission"   // who was not admitted is not ordered, and no sponsor admits more than it may
	RulePruning    = "pruning"     // a node keeps no more of the past than it is told to
	RuleSignatures = "signatures"  // nor takes back a head of the log that it signed
	RuleFinal      = "final"       // after everything healed, every payload becomes final everywhere
	RuleSilence    = "silence"     // and then nobody issues anything
	RuleOneState   = "one-state"   // and all nodes hold the same
)

// Finding is one breach of an invariant.
type Finding struct {
	Rule   string `json:"rule"`   // the invariant's name, such as "one-order"
	At     uint64 `json:"at_us"`  // virtual time, microseconds since the start
	Node   int    `json:"node"`   // where it was seen; -1 for the whole network
	Detail string `json:"detail"` // what was seen, for people
}

// String returns the finding in a line.
func (f Finding) String() string {
	where := "network"
	if f.Node >= 0 {
		where = fmt.Sprintf("node %d", f.Node)
	}
	return fmt.Sprintf("%s at %s, %s: %s", f.Rule, seconds(f.At), where, f.Detail)
}

// Compare orders findings by time, node, rule and detail, so that a list of them does not depend on who found them.
func (f Finding) Compare(other Finding) int {
	return cmp.Or(cmp.Compare(f.At, other.At), cmp.Compare(f.Node, other.Node), strings.Compare(f.Rule, other.Rule), strings.Compare(f.Detail, other.Detail))
}

// Sort sorts findings as Compare orders them.
func Sort(findings []Finding) { slices.SortFunc(findings, Finding.Compare) }

// seconds writes a virtual time for people.
func seconds(us uint64) string { return fmt.Sprintf("%d.%06d s", us/1_000_000, us%1_000_000) }

// mostKept is how many findings of one rule are kept: a rule that is broken once is often broken everywhere from then on.
const mostKept = 20

// findings keeps the first findings of one rule in the order of Compare, so that it is the same list whoever found them.
type findings []Finding

// add keeps a finding if it is among the first.
func (l *findings) add(f Finding) {
	at, known := slices.BinarySearchFunc(*l, f, Finding.Compare)
	if known || at == mostKept {
		return
	}
	*l = slices.Insert((*l)[:min(len(*l), mostKept-1)], at, f)
}

// merge keeps the first findings of both.
func (l *findings) merge(other findings) {
	for _, f := range other {
		l.add(f)
	}
}
