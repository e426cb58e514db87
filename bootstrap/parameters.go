package bootstrap

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// Parameters are the rules of a network that all of its nodes share at its birth; a vote of its committee may change them
// later. Each has an effect: one that had none yet would be hashed
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
	// EpochRounds is the round from which on a commit ends its epoch.
	EpochRounds uint64
	// EpochEvents is how many events are ordered in an epoch before a commit ends it.
	EpochEvents uint64
	// Admissions is how many newcomers a member may admit in an epoch on its own.
	Admissions uint64
	// Version is that of the protocol which the network begins with. A vote of the committee raises it later.
	Version uint64
}

// DefaultParameters returns what holds where a genesis of version 2 says nothing. The network id covers the resolved
// values, so they never change.
func DefaultParameters() Parameters {
	return Parameters{
		Approvals: 2, MaxEventRate: 1_000, ClockDrift: 300_000, Pace: 0,
		EpochRounds: 10_000, EpochEvents: 50_000, Admissions: 100, Version: 1,
	}
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
	{
		key: "epoch_rounds", field: func(p *Parameters) *uint64 { return &p.EpochRounds }, min: 100, max: 1_000_000,
		comment: "Rounds after which an epoch ends: its events can then be dropped from disk.",
	},
	{
		key: "epoch_events", field: func(p *Parameters) *uint64 { return &p.EpochEvents }, min: 1_000, max: 10_000_000,
		comment: "Ordered events after which an epoch ends, whichever comes first.",
	},
	{
		key: "admissions", field: func(p *Parameters) *uint64 { return &p.Admissions }, min: 0, max: 10_000,
		comment: "Newcomers that a member may admit in an epoch by invitation; with 0 only a vote of the committee admits any.",
	},
	{
		key: "protocol", field: func(p *Parameters) *uint64 { return &p.Version }, min: 1, max: MaxProtocol,
		comment: "Version of the protocol that the network begins with; a vote of the committee raises it later.",
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
