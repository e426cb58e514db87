package invariant

import "github.com/ledgerofthings/lot/sim/scenario"

// Patience is within which time after everything has healed a network is to be done, unless told otherwise.
const Patience = 2 * scenario.Minute

// Deadlines are the virtual times by which a network that is left in peace is to be done, in microseconds since the start. The
// zero value promises nothing.
type Deadlines struct {
	Healed uint64 // no fault, churn, attack or load lasts longer
	Final  uint64 // every payload is final everywhere
	Silent uint64 // nobody issues anything from here on
}

// DeadlinesOf returns the deadlines of a scenario whose end is calm: whose faults, churn, attacks and loads all end, and then
// one and a half times the bound pass. Payloads become final within the bound; silence follows within a quarter of it. ok is
// false if the scenario does not end like that, so that nothing can be asked of its end.
func DeadlinesOf(s *scenario.Scenario, bound scenario.Duration) (d Deadlines, ok bool) {
	healed, ends := Healed(s)
	if !ends || healed+bound*3/2 > s.Duration {
		return Deadlines{}, false
	}
	return Deadlines{Healed: uint64(healed), Final: uint64(healed + bound), Silent: uint64(healed + bound*5/4)}, true
}

// Healed returns when the last fault, churn, attack and load of a scenario is over, and the last node has been told to come, to go or to
// propose something; ends is false if one never is.
func Healed(s *scenario.Scenario) (at scenario.Duration, ends bool) {
	ends = true
	until := func(end scenario.Duration) {
		at = max(at, end)
		ends = ends && end != 0
	}
	for _, l := range s.Load {
		until(l.Until)
	}
	for _, c := range s.Churn {
		until(c.Until)
	}
	for _, a := range s.Attacks {
		until(a.Until)
	}
	for _, f := range s.Faults {
		ends = ends && f.For != 0
		until(f.At + f.For)
	}
	for _, j := range s.Joins {
		at = max(at, j.At+j.Within)
	}
	for _, l := range s.Leaves {
		at = max(at, l.At)
	}
	for _, g := range s.Governs {
		at = max(at, g.At+g.Lapse)
	}
	return at, ends
}
