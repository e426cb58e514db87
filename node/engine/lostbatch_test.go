package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// A gateway that has lost its disk gets its own anchors from its peers. Those that come too late for their epoch it issues again, though
// it knows nothing of their batches.
func TestAnchorsOfLostBatchesAreIssuedAgain(t *testing.T) {
	for seed := range uint64(2) {
		w := newWorldWith(t, seed, 4, 1, shortEpochs(4))
		w.startAll()
		gateway := w.nodes[4]
		again := 0
		w.trace = func(m *machine, _ engine.Input, out engine.Effects) {
			for _, n := range out.Notices {
				if _, ok := n.(engine.Reissued); ok && m == gateway {
					again++
				}
			}
		}
		for round := range uint64(8) {
			w.until(20_000, "the gateway may issue", func() bool { return gateway.engine.Overview().MayIssue })
			gateway.step(engine.AddDevice{Ticket: 1, Name: "d", Key: deviceKey(int(round)), From: 1})
			for seq := range uint64(5) {
				gateway.read(int(round), seq+1, engine.Ticket(seq+2))
				gateway.step(engine.Flush{})
				w.run(20)
			}
			gateway.stop()
			gateway.disk = memstore.New()
			w.run(5)
			gateway.start()
		}
		w.sameState(20_000)
		t.Logf("seed %d: %d payloads issued again", seed, again)
	}
}
