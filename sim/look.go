package sim

import "runtime"

// look ends a second of the run: it takes what the shards counted in it, looks at all nodes, and enters the next look.
func (w *world) look() {
	row := w.outcome.take(w)
	row.At = w.now - min(w.now, lookEvery)
	honest := 0
	var tips, open int
	w.nodes(func(s *shard, n *node) {
		if !n.up || n.deaf {
			return
		}
		row.Up++
		n.stats.upTime += lookEvery
		if s.honest(n) {
			honest++
			tips += len(n.engine.Graph().Tips())
			open += n.engine.Graph().Open()
		}
	})
	if honest > 0 {
		row.Tips, row.Open = float64(tips)/float64(honest), float64(open)/float64(honest)
	}
	w.outcome.series = append(w.outcome.series, row)
	w.tidy()
	w.agenda.enter(w.now+lookEvery, (*world).look)
}

// restAt is when the memory of a node at rest is taken: once all are connected and before there is work, if there is such a
// time.
func (w *world) restAt() uint64 {
	at := uint64(dialAtFirst + 1_000_000)
	for _, l := range w.loads {
		at = min(at, uint64(l.From))
	}
	return at
}

// weigh takes the memory that a node needs at rest.
func (w *world) weigh() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w.outcome.perNode = (m.HeapAlloc - min(m.HeapAlloc, w.outcome.before)) / uint64(w.scenario.Network.Nodes)
}
