package sim

import "github.com/ledgerofthings/lot/sim/scenario"

// air is what lies between nodes and changes by faults. It changes between windows only.
type air struct {
	cuts   []*cut
	faults []*fault  // of loss and delay that hold
	loss   []float32 // by node: the share of messages that are lost at its line; nil for none
	delay  []float32 // by node: how many times as long its messages take, 0 for once; nil for none
}

// cut is a partition: nothing passes between the two sides.
type cut struct{ side []bool }

// cutOff reports whether nothing passes between two nodes.
func (a *air) cutOff(x, y uint32) bool {
	for _, c := range a.cuts {
		if c.side[x] != c.side[y] {
			return true
		}
	}
	return false
}

// loses reports whether a message between two nodes is lost.
func (w *world) loses(d *draw, x, y uint32) bool {
	p := w.scenario.Links.Loss
	if w.air.loss != nil {
		p = 1 - (1-p)*(1-float64(w.air.loss[x]))*(1-float64(w.air.loss[y]))
	}
	return d.chance(p)
}

// delay returns how many µs a message takes from x to y.
func (w *world) delay(d *draw, x, y uint32) uint64 {
	links := &w.scenario.Links
	base := w.latency.Delay(x, y, d.next())
	delay := base
	if links.Jitter > 0 {
		delay += uint64(float64(base) * links.Jitter * d.unit())
	}
	if d.chance(links.Reorder) {
		delay += uint64(float64(base) * d.unit())
	}
	if w.air.delay != nil {
		delay = uint64(float64(delay) * float64(max(1, w.air.delay[x])*max(1, w.air.delay[y])))
	}
	return max(delay, w.latency.Min())
}

// compute adds up what the faults that hold do to lines.
func (a *air) compute(nodes int) {
	a.loss, a.delay = nil, nil
	for _, f := range a.faults {
		list, combine := &a.delay, func(now float32) float32 { return max(now, 1) * float32(max(1, f.Amount)) }
		if f.Kind == scenario.FaultLoss {
			list, combine = &a.loss, func(now float32) float32 { return 1 - (1-now)*(1-float32(f.Amount)) }
		}
		if *list == nil {
			*list = make([]float32, nodes)
		}
		for _, n := range f.nodes {
			(*list)[n] = combine((*list)[n])
		}
	}
}
