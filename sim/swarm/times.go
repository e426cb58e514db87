package swarm

import (
	"slices"

	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// shorten ends the run soon after the finding, or in half the time if the finding has no time of its own, and halves the time
// before the network is left in peace.
func shorten(k *shrinker) {
	end := scenario.Duration(k.best.Finding.At)/scenario.Second*scenario.Second + scenario.Second
	k.try(func(s *scenario.Scenario) { cut(s, end) })
	repeat(k, func(s *scenario.Scenario) { cut(s, half(s.Duration)) })
	repeat(k, halve)
}

// cut ends a run earlier. What begins later is left out, and what lasts longer ends with the run.
func cut(s *scenario.Scenario, end scenario.Duration) {
	if end >= s.Duration {
		return
	}
	s.Duration = end
	s.Warmup = min(s.Warmup, end-1)
	s.Load = slices.DeleteFunc(s.Load, func(l scenario.Load) bool { return l.From >= end })
	s.Churn = slices.DeleteFunc(s.Churn, func(c scenario.Churn) bool { return c.From >= end })
	s.Attacks = slices.DeleteFunc(s.Attacks, func(a scenario.Attack) bool { return a.From >= end })
	s.Faults = slices.DeleteFunc(s.Faults, func(f scenario.Fault) bool { return f.At >= end })
	s.Joins = slices.DeleteFunc(s.Joins, func(j scenario.Join) bool { return j.At+j.Within >= end })
	s.Leaves = slices.DeleteFunc(s.Leaves, func(l scenario.Leave) bool { return l.At >= end })
	s.Governs = slices.DeleteFunc(s.Governs, func(g scenario.Govern) bool { return g.At >= end })
	for _, window := range windows(s) {
		*window.until = min(*window.until, end)
	}
	for n := range s.Faults {
		s.Faults[n].For = min(s.Faults[n].For, end-s.Faults[n].At)
	}
}

// halve lets everything happen in half the time; what remains of the run afterwards stays as long as it is.
func halve(s *scenario.Scenario) {
	healed, _ := invariant.Healed(s)
	healed = min(healed, s.Duration)
	s.Duration -= healed - half(healed)
	s.Warmup = min(s.Warmup, s.Duration-1)
	for _, window := range windows(s) {
		*window.from, *window.until = half(*window.from), half(*window.until)
	}
	for n := range s.Faults {
		f := &s.Faults[n]
		f.At, f.For, f.Age = half(f.At), half(f.For), half(f.Age)
	}
	for n := range s.Joins {
		s.Joins[n].At, s.Joins[n].Within = half(s.Joins[n].At), half(s.Joins[n].Within)
	}
	for n := range s.Leaves {
		s.Leaves[n].At = half(s.Leaves[n].At)
	}
	for n := range s.Governs {
		s.Governs[n].At, s.Governs[n].Lapse = half(s.Governs[n].At), half(s.Governs[n].Lapse)
	}
}

// hasten lets single attacks, faults, churn and loads last half as long, and begin in half the time.
func hasten(k *shrinker) {
	for n := range windows(k.best.Scenario) {
		repeat(k, func(s *scenario.Scenario) { windows(s)[n].shorten() })
		repeat(k, func(s *scenario.Scenario) { windows(s)[n].advance() })
	}
	for n := range k.best.Scenario.Faults {
		repeat(k, func(s *scenario.Scenario) { s.Faults[n].For = half(s.Faults[n].For) })
		repeat(k, func(s *scenario.Scenario) {
			f := &s.Faults[n]
			f.At = half(f.At)
			f.Age = min(f.Age, f.At)
		})
	}
}

// repeat makes a change as often as the scenario still fails with it.
func repeat(k *shrinker, change func(*scenario.Scenario)) {
	for k.try(change) {
		continue
	}
}

// window is when something goes on; until 0 means the end of the run.
type window struct{ from, until *scenario.Duration }

// shorten lets the window last half as long, if it ends before the run.
func (w window) shorten() {
	if *w.until > *w.from {
		*w.until = *w.from + half(*w.until-*w.from)
	}
}

// advance lets the window begin in half the time and last as long as it does.
func (w window) advance() {
	moved := *w.from - half(*w.from)
	*w.from -= moved
	*w.until -= min(moved, *w.until)
}

// windows returns the windows of a scenario, to be changed.
func windows(s *scenario.Scenario) (list []window) {
	for n := range s.Attacks {
		list = append(list, window{&s.Attacks[n].From, &s.Attacks[n].Until})
	}
	for n := range s.Churn {
		list = append(list, window{&s.Churn[n].From, &s.Churn[n].Until})
	}
	for n := range s.Load {
		list = append(list, window{&s.Load[n].From, &s.Load[n].Until})
	}
	return list
}

// half returns half of a duration in whole milliseconds, but never nothing of something.
func half(d scenario.Duration) scenario.Duration {
	return max(d/2/scenario.Millisecond*scenario.Millisecond, min(d, scenario.Millisecond))
}
