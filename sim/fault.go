package sim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/sim/disk"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// fault is one fault of the scenario with its nodes.
type fault struct {
	*scenario.Fault
	nodes []int
	draw  draw
	cut   *cut
	disks []*disk.Snapshot
}

// planFaults enters the scenario's faults into the agenda.
func (w *world) planFaults() error {
	for i := range w.scenario.Faults {
		f := &fault{Fault: &w.scenario.Faults[i], draw: draw(mix(w.seed ^ uint64(i)<<40))}
		var err error
		if f.nodes, err = w.choose(f.Nodes, "fault", i); err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
		if f.Kind == "restore" {
			w.agenda.enter(uint64(f.At)-min(uint64(f.At), uint64(f.Age)), f.copyDisks)
		}
		w.agenda.enter(uint64(f.At), f.strike)
		if f.For > 0 {
			w.agenda.enter(uint64(f.At+f.For), f.mend)
		}
	}
	return nil
}

// choose returns the nodes of a selector. The i-th of its kind draws from a stream of its own.
func (w *world) choose(s scenario.Selector, kind string, i int) ([]int, error) {
	return s.Select(w.scenario.Network.Nodes, w.scenario.Network.Committee, source(w.seed, kind, i))
}

func (f *fault) copyDisks(w *world) {
	for _, number := range f.nodes {
		f.disks = append(f.disks, w.node(uint32(number)).disk.Snapshot())
	}
}

// strike lets the fault happen.
func (f *fault) strike(w *world) {
	w.note(f)
	switch f.Kind {
	case "partition":
		f.cut = &cut{side: make([]bool, w.scenario.Network.Nodes)}
		for _, number := range f.nodes {
			f.cut.side[number] = true
		}
		w.air.cuts = append(w.air.cuts, f.cut)
		w.across(f.cut, func(a, b uint32) { w.breakPair(a, b, noticeAfter) })
	case "loss", "delay":
		w.air.faults = append(w.air.faults, f)
		w.air.compute(w.scenario.Network.Nodes)
	default:
		for i, number := range f.nodes {
			f.strikeNode(w, i, w.node(uint32(number)))
		}
	}
}

func (f *fault) strikeNode(w *world, i int, n *node) {
	switch f.Kind {
	case "crash", "wipe", "restore", "corrupt":
		w.fall(n.number, noticeAfter, f.keep)
		f.damage(w, i, n)
	case "skew":
		n.wall += int64(f.Amount * 1000)
		n.skew = max(n.skew, n.wall)
	case "slow-disk":
		n.syncTime += uint64(f.Amount * 1000)
	case "full-disk":
		w.setFull(n, true)
	}
}

// damage does to a stopped node's disk what the fault is about.
func (f *fault) damage(w *world, i int, n *node) {
	switch f.Kind {
	case "wipe":
		w.wipe(n)
	case "restore":
		n.disk.Restore(f.disks[i])
		f.disks[i].Release()
		w.shardOf(n.number).replaced(n, uint64(f.At)-min(uint64(f.At), uint64(f.Age)))
	case "corrupt":
		n.damaged = n.disk.Corrupt(f.draw.below) != ""
		w.shardOf(n.number).lost(n)
		w.rise(n.number)
	}
}

// wipe gives a stopped node an empty disk.
func (w *world) wipe(n *node) {
	s := w.shardOf(n.number)
	n.disk, n.damaged = s.newDisk(), false
	s.replaced(n, 0)
}

// keep says how many of some unsynced turns survive a loss of power.
func (f *fault) keep(turns int) int {
	if f.Amount > 0 {
		return int(float64(turns) * f.Amount)
	}
	return int(f.draw.next() % uint64(turns+1))
}

// mend ends the fault.
func (f *fault) mend(w *world) {
	switch f.Kind {
	case "partition":
		w.heal(f.cut)
	case "loss", "delay":
		w.air.faults = slices.DeleteFunc(w.air.faults, func(other *fault) bool { return other == f })
		w.air.compute(w.scenario.Network.Nodes)
	default:
		for _, number := range f.nodes {
			f.mendNode(w, w.node(uint32(number)))
		}
	}
}

func (f *fault) mendNode(w *world, n *node) {
	switch f.Kind {
	case "corrupt": // its operator finds that it does not work, and starts anew
		w.fall(n.number, noticeStop, all)
		w.wipe(n)
		w.rise(n.number)
	case "crash", "wipe", "restore":
		w.rise(n.number)
	case "skew":
		n.wall -= int64(f.Amount * 1000)
		n.skew = max(n.skew, n.wall)
	case "slow-disk":
		n.syncTime -= uint64(f.Amount * 1000)
	case "full-disk":
		w.setFull(n, false)
	}
}

// describe names the fault for the timeline.
func (f *fault) describe() string {
	var b strings.Builder
	b.WriteString(f.Kind)
	if f.Amount != 0 {
		fmt.Fprintf(&b, " %g", f.Amount)
	}
	if f.Age != 0 {
		fmt.Fprintf(&b, " %s old", f.Age)
	}
	fmt.Fprintf(&b, " (%s)", f.Nodes)
	return b.String()
}
