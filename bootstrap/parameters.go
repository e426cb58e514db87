package bootstrap

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// Parameters are the rules of a network that all of its nodes share. Each has an effect: one that had none yet would be hashed
// into networks whose past a later program then replays in another way. New rules come with a new version of the genesis.
type Parameters struct {
	// Approvals is how many events a payload event approves.
	Approvals uint64
	// MaxEventRate is how many events a key may issue per second, averaged over some seconds; peers do not forward more.
	MaxEventRate uint64
	// ClockDrift is how far the time of a reading may lie from the gateway's clock, either way, in ms.
	ClockDrift uint64
	// Pace is the usual time between two rounds of the committee, in ms, down to a tenth of it where links are quick; 0 means
	// by committee size.
	Pace uint64
}

// DefaultParameters returns what holds where a genesis of version 1 says nothing. The network id covers the resolved
// values, so they never change.
func DefaultParameters() Parameters {
	return Parameters{Approvals: 2, MaxEventRate: 1_000, ClockDrift: 300_000, Pace: 0}
}

// parameter describes one parameter once, for reading, checking, writing and hashing it.
type parameter struct {
	key      string // in TOML and in the canonical form
	field    func(*Parameters) *uint64
	min, max uint64
	comment  string // one line for people
	zero     bool   // 0 is allowed below min
}

// parameters are all parameters in the order in which they are written.
var parameters = []parameter{
	{
		key: "approvals", field: func(p *Parameters) *uint64 { return &p.Approvals }, min: dag.MinApproves, max: dag.MaxApproves,
		comment: "How many events a payload event approves.",
	},
	{
		key: "max_event_rate", field: func(p *Parameters) *uint64 { return &p.MaxEventRate }, min: 1, max: 1_000_000,
		comment: "Events per second that a key may issue; peers take no more than that.",
	},
	{
		key: "clock_drift_ms", field: func(p *Parameters) *uint64 { return &p.ClockDrift }, min: 1_000, max: 365 * 86_400_000,
		comment: "How far the time of a reading may lie from the gateway's clock, in milliseconds.",
	},
	{
		key: "pace_ms", field: func(p *Parameters) *uint64 { return &p.Pace }, min: 10, max: 10_000, zero: true,
		comment: "Usual time between two rounds, in milliseconds, down to a tenth where links are quick; 0 chooses by committee size.",
	},
}

// check notes every parameter that is out of range.
func (p *Parameters) check(faults *Faults) {
	for _, parameter := range parameters {
		value := *parameter.field(p)
		if parameter.zero && value == 0 {
			continue
		}
		if value < parameter.min || value > parameter.max {
			faults.add("parameters."+parameter.key, "%d is out of range: choose %s", value, parameter.allowed())
		}
	}
}

// allowed describes the range for people.
func (p parameter) allowed() string {
	if p.zero {
		return fmt.Sprintf("0, or %d to %d", p.min, p.max)
	}
	return fmt.Sprintf("%d to %d", p.min, p.max)
}
