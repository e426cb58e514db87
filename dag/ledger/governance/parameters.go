package governance

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// ErrParameter is wrapped by the errors of Parameters.Check and of Parameters.Set.
var ErrParameter = errors.New("parameter not allowed")

// Parameters are the rules of a network that all of its nodes share during an epoch.
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
	// EpochRounds is the slot from which on a commit seals the epoch.
	EpochRounds uint64
	// EpochEvents is how many ordered events of an epoch seal it.
	EpochEvents uint64
	// Admissions is how many newcomers a member may sponsor in an epoch.
	Admissions uint64
	// Version is the version of the rules. It rises by one at a time, by an action of its own.
	Version uint64
}

// DefaultParameters returns what holds where a genesis says nothing.
func DefaultParameters() Parameters {
	return Parameters{
		Approvals: 2, MaxEventRate: 1_000, ClockDrift: 300_000, Pace: 0,
		EpochRounds: 10_000, EpochEvents: 50_000, Admissions: 100, Version: 1,
	}
}

// ParameterRange describes a parameter that a quorum can set.
type ParameterRange struct {
	Name     string // as in a genesis file
	Min, Max uint64
	Zero     bool // 0 is allowed although it is below Min
	field    func(*Parameters) *uint64
}

// parameterRanges are in the order in which people read them.
var parameterRanges = []ParameterRange{
	{Name: "approvals", Min: dag.MinApproves, Max: dag.MaxApproves, field: func(p *Parameters) *uint64 { return &p.Approvals }},
	{Name: "max_event_rate", Min: 1, Max: 1_000_000, field: func(p *Parameters) *uint64 { return &p.MaxEventRate }},
	{Name: "clock_drift_ms", Min: 1_000, Max: 365 * 86_400_000, field: func(p *Parameters) *uint64 { return &p.ClockDrift }},
	{Name: "pace_ms", Min: 10, Max: 10_000, Zero: true, field: func(p *Parameters) *uint64 { return &p.Pace }},
	{Name: "epoch_rounds", Min: 100, Max: 1_000_000, field: func(p *Parameters) *uint64 { return &p.EpochRounds }},
	{Name: "epoch_events", Min: 1_000, Max: 10_000_000, field: func(p *Parameters) *uint64 { return &p.EpochEvents }},
	{Name: "admissions", Min: 0, Max: 10_000, field: func(p *Parameters) *uint64 { return &p.Admissions }},
}

// ParameterRanges returns every parameter that a quorum can set; Version is not among them.
func ParameterRanges() []ParameterRange { return append([]ParameterRange(nil), parameterRanges...) }

// Allows reports whether the parameter can have a value.
func (r ParameterRange) Allows(value uint64) bool {
	return value >= r.Min && value <= r.Max || r.Zero && value == 0
}

// Get returns the parameter's value.
func (r ParameterRange) Get(p Parameters) uint64 { return *r.field(&p) }

// String describes the range, such as "2 to 8".
func (r ParameterRange) String() string {
	if r.Zero {
		return fmt.Sprintf("0, or %d to %d", r.Min, r.Max)
	}
	return fmt.Sprintf("%d to %d", r.Min, r.Max)
}

// Set returns the parameters with one of them changed. Errors wrap ErrParameter: there is none of that name, or the value
// is out of its range.
func (p Parameters) Set(name string, value uint64) (Parameters, error) {
	for _, r := range parameterRanges {
		if r.Name != name {
			continue
		}
		if !r.Allows(value) {
			return p, fmt.Errorf("%w: %s %d is out of range, choose %s", ErrParameter, name, value, r)
		}
		*r.field(&p) = value
		return p, nil
	}
	return p, fmt.Errorf("%w: there is no parameter %.40q", ErrParameter, name)
}

// Check refuses what a quorum could not set either. Errors wrap ErrParameter and name every fault.
func (p Parameters) Check() error {
	var faults []error
	for _, r := range parameterRanges {
		_, err := p.Set(r.Name, r.Get(p))
		faults = append(faults, err)
	}
	return errors.Join(append(faults, p.checkVersion())...)
}

func (p Parameters) checkVersion() error {
	if p.Version == 0 || p.Version > dag.MaxInteger {
		return fmt.Errorf("%w: version %d", ErrParameter, p.Version)
	}
	return nil
}

// runs refuses what no network can run with. It is wider than Check, so that simulations may have short epochs.
func (p Parameters) runs() error {
	for _, r := range parameterRanges {
		if value := r.Get(p); value > r.Max || value == 0 && !r.Zero && r.Min > 0 {
			return fmt.Errorf("%w: %s %d is out of range, choose %s", ErrParameter, r.Name, value, r)
		}
	}
	if p.Approvals < dag.MinApproves {
		return fmt.Errorf("%w: approvals %d, at least %d are needed", ErrParameter, p.Approvals, dag.MinApproves)
	}
	return p.checkVersion()
}

// record returns the parameters as integers in the order of the fields.
func (p Parameters) record() []byte {
	return record(p.Approvals, p.MaxEventRate, p.ClockDrift, p.Pace, p.EpochRounds, p.EpochEvents, p.Admissions, p.Version)
}

func parseParameters(b []byte) Parameters {
	return Parameters{
		Approvals: integer(b, 0), MaxEventRate: integer(b, 1), ClockDrift: integer(b, 2), Pace: integer(b, 3),
		EpochRounds: integer(b, 4), EpochEvents: integer(b, 5), Admissions: integer(b, 6), Version: integer(b, 7),
	}
}
