package engine_test

import (
	"fmt"
	"testing"

	"github.com/ledgerofthings/lot/node/engine"
)

// When the committee comes back after an outage, one step writes what has become final: a small entry for each batch, whatever
// the number of devices in it.
func TestStepAfterAnOutageIsSmall(t *testing.T) {
	const devices, rounds = 100, 20
	w := newWorld(t, 21, 4, 1)
	m := w.nodes[4]
	m.policy.BatchCount = devices
	w.startAll()
	w.run(2000)
	for d := range devices {
		m.step(engine.AddDevice{Name: fmt.Sprint("d", d), Key: deviceKey(d)})
	}
	w.run(8000)
	w.nodes[2].stop()
	w.nodes[3].stop()
	w.run(1000)
	for seq := uint64(1); seq <= rounds; seq++ {
		for d := range devices {
			m.read(d, seq, 0)
		}
		w.run(200)
	}
	if pending := m.engine.Overview().Pending; pending != rounds {
		t.Fatalf("%d anchors wait for the committee, want %d", pending, rounds)
	}
	m.disk = m.disk.Clone() // to measure from here
	m.stop()
	m.start()
	if pending, final := m.engine.Overview().Pending, m.engine.Totals().Final; pending != rounds || final != 0 {
		t.Fatalf("after a restart %d anchors wait and %d readings are final", pending, final)
	}
	w.nodes[2].start()
	w.nodes[3].start()
	w.until(60_000, "all anchors final", func() bool { return m.engine.Overview().Pending == 0 })
	if per := m.disk.LargestStep() / rounds; per > 1000 {
		t.Errorf("the largest step wrote %d bytes for each of %d batches", per, rounds)
	}
	m.stop()
	m.start()
	if totals := m.engine.Totals(); totals.Final != devices*rounds || totals.Anchored != devices*rounds {
		t.Errorf("after a restart: %+v", totals)
	}
}
