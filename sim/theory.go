package sim

import (
	"github.com/ledgerofthings/lot/sim/report"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// theory returns what the theory of tips expects of the scenario; nil unless its assumptions hold: the committee is silent, so that
// only payload events approve, these come at random, and every node sees each of them the same time after it was issued. The rate is
// that of the events which were issued, since chance makes it another than the scenario's.
func (w *world) theory(events []report.Event) *report.Theory {
	s := w.scenario
	if !evenLinks(&s.Links) || !evenLoad(s) || s.Topology.Kind != scenario.TopologyComplete || !s.Gossip.FloodPublish ||
		len(s.Faults)+len(s.Churn) > 0 || !w.silent() {
		return nil
	}
	measured := 0
	for i := range events {
		if events[i].Issued >= uint64(s.Warmup) {
			measured++
		}
	}
	seconds := (float64(w.now) - float64(s.Warmup)) / 1e6
	if measured == 0 || seconds <= 0 {
		return nil
	}
	return &report.Theory{Approvals: s.Network.Approvals, Rate: float64(measured) / seconds, Delay: uint64(s.Links.Delay)}
}

// evenLinks reports whether every message takes the same time and none is lost.
func evenLinks(l *scenario.Links) bool {
	return l.Model == scenario.LinksConstant && l.Jitter == 0 && l.Loss == 0 && l.Duplicate == 0 && l.Reorder == 0 && l.Up == 0 && l.Down == 0
}

// evenLoad reports whether payments are issued at random and at one rate in all that is measured.
func evenLoad(s *scenario.Scenario) bool {
	for i := range s.Load {
		l := &s.Load[i]
		if l.Kind != scenario.LoadTransfer || l.Process != scenario.ProcessPoisson || l.From > s.Warmup || l.Until != 0 && l.Until < s.Duration {
			return false
		}
	}
	return true
}

// silent reports whether nobody of the committee says anything in the whole run.
func (w *world) silent() bool {
	for member := range w.scenario.Network.Committee {
		a := w.attackOf[member]
		if a == nil || a.kind.Name != "silent" || a.plan.From != 0 || a.plan.Until != 0 && a.plan.Until < w.scenario.Duration {
			return false
		}
	}
	for _, a := range w.attackOf[w.scenario.Network.Committee:] {
		if a != nil {
			return false
		}
	}
	return true
}
