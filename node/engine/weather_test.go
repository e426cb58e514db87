package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/node/store/memstore"
)

// weather is what a random run goes through; every run draws its own.
type weather struct {
	loss, duplicates float64
	slowest          uint64 // ms a message may take; they overtake each other
	crashes          bool
	partitions       bool
	oldDisks         bool
}

func (s *storm) drawWeather() weather {
	return weather{
		loss: []float64{0, 0.05, 0.3}[s.random.IntN(3)], duplicates: []float64{0, 0.1}[s.random.IntN(2)],
		slowest: []uint64{30, 300, 1500}[s.random.IntN(3)], crashes: s.random.IntN(2) == 0, partitions: s.random.IntN(2) == 0,
		oldDisks: s.random.IntN(2) == 0,
	}
}

// weatherRun lets a network of a random size go through its weather, then lets it heal and checks that all become final and
// fall silent. Only a node without a device may come back on an old copy of its disk, which holds none of what was
// acknowledged since; and only when the others hold all its events, as an operator must make sure of.
func weatherRun(t testing.TB, seed uint64) *storm {
	shapes := [][2]int{{1, 1}, {2, 0}, {3, 1}, {4, 0}, {4, 2}, {5, 1}, {7, 0}}
	shape := shapes[seed%uint64(len(shapes))]
	s := newStorm(t, seed, shape[0], shape[1], 0)
	w := s.drawWeather()
	s.loss, s.duplicates, s.max = w.loss, w.duplicates, w.slowest
	if w.crashes {
		s.crash = func(*machine) bool { return s.random.IntN(600) == 0 }
	}
	var old *memstore.Memory
	var of *machine
	for range 12 {
		if w.partitions {
			s.part()
		}
		s.live(500 + s.random.Uint64N(1500))
		s.checkSafety()
		if !w.oldDisks {
			continue
		}
		if old != nil && s.restoreOld(of, old) {
			old = nil
		} else if old == nil {
			of = s.nodes[1+s.random.IntN(len(s.nodes)-1)]
			old = of.disk.Clone()
		}
	}
	s.calm(30_000)
	if !w.oldDisks { // an old disk has forgotten idempotency keys
		s.checkPromises()
	}
	s.checkReadings(s.devices[0])
	return s
}

// part cuts the network in two at random, or heals it.
func (s *storm) part() {
	side := s.random.Uint64()
	s.blocked = func(a, b int) bool { return side>>a&1 != side>>b&1 }
	if s.random.IntN(3) == 0 {
		s.blocked = nil
	}
	s.reconnect()
}

// restoreOld restarts a machine on an old copy of its disk if all others are up and hold what it issued.
func (s *storm) restoreOld(m *machine, old *memstore.Memory) bool {
	if !m.up {
		return false
	}
	own := s.issued(m, m)
	for _, other := range s.nodes {
		if !other.up || other.engine.Network().Epoch != m.engine.Network().Epoch || s.issued(other, m) != own {
			return false
		}
	}
	m.fall()
	s.restores++
	m.disk = old
	s.restartAt[m] = s.now + 50
	return true
}

// issued returns how many events of a machine another one holds.
func (s *storm) issued(holder, issuer *machine) (n int) {
	for _, l := range holder.engine.ExportEvents(0, 1<<30) {
		if l.Key == issuer.self.Signer.Key() {
			n++
		}
	}
	return n
}

func TestRandomWeather(t *testing.T) {
	runs := uint64(count(3, 14, 1000))
	for seed := firstSeed(t); seed < firstSeed(t)+runs; seed++ {
		t.Logf("seed %d", seed)
		s := weatherRun(t, seed)
		t.Logf("%d nodes, %d events, %d crashes, %d old disks, all final %d ms after the end of the faults",
			len(s.nodes), s.nodes[0].engine.Overview().Events, s.crashes, s.restores, s.healing)
	}
}

// The same seed gives the same run, to the last event.
func TestWorldRepeats(t *testing.T) {
	a, b := weatherRun(t, 4), weatherRun(t, 4)
	for n := range a.nodes {
		left, right := a.nodes[n].engine.ExportEvents(0, 1<<30), b.nodes[n].engine.ExportEvents(0, 1<<30)
		if len(left) != len(right) {
			t.Fatalf("node %d has %d events, and %d", n, len(left), len(right))
		}
		for i := range left {
			if left[i].ID != right[i].ID {
				t.Fatalf("event %d of node %d differs", i, n)
			}
		}
	}
	if a.now != b.now || a.count != b.count {
		t.Errorf("%d messages until %d, and %d until %d", a.count, a.now, b.count, b.now)
	}
}
