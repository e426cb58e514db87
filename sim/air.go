package sim

// air is what lies between nodes and changes by faults. It changes between windows only.
type air struct {
	cuts  []*cut
	loss  []float32 // by node: the share of messages that are lost at its line; nil for none
	delay []float32 // by node: how many times as long its messages take; nil for once
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
		delay = uint64(float64(delay) * float64(w.air.delay[x]) * float64(w.air.delay[y]))
	}
	return max(delay, w.latency.Min())
}

// setShare sets a value of some nodes, making the list if there is none.
func setShare(list []float32, total int, nodes []int, value, normal float32) []float32 {
	if list == nil {
		list = make([]float32, total)
		for i := range list {
			list[i] = normal
		}
	}
	for _, n := range nodes {
		list[n] = value
	}
	return list
}
