package engine_test

import (
	"testing"

	"github.com/ledgerofthings/lot/node/engine"
)

// TestDeviceOfALostFolder: a gateway whose data folder is older than the ledger must not take a device's numbers again.
func TestDeviceOfALostFolder(t *testing.T) {
	w := newWorld(t, 31, 4, 1)
	w.startAll()
	w.run(1000)
	m := w.nodes[4]
	old := m.disk.Clone()
	m.step(engine.AddDevice{Ticket: 1, Name: "meter", Key: deviceKey(0)})
	m.read(0, 1, 2)
	w.until(10_000, "the reading is final", func() bool { return m.engine.Totals().Final == 1 })
	m.stop()
	m.disk = old
	m.start()
	w.run(5000)
	m.step(engine.AddDevice{Ticket: 3, Name: "meter", Key: deviceKey(0), From: 1})
	if m.replies[3].Refusal == nil {
		t.Fatal("the device was taken as if it were new")
	}
	m.step(engine.AddDevice{Ticket: 4, Name: "meter", Key: deviceKey(0), From: 2})
	if r := m.replies[4]; r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	m.read(0, 1, 5)
	if r := m.replies[5]; r.Refusal == nil || r.Refusal.Code != engine.CodeReplayed {
		t.Fatalf("%+v", r)
	}
}

// TestWhatWasTakenIsAnchoredWhenTheDiskIsLow: too little room for further readings does not hold up those that were taken.
func TestWhatWasTakenIsAnchoredWhenTheDiskIsLow(t *testing.T) {
	w := newWorld(t, 32, 1, 0)
	w.startAll()
	w.run(100)
	m := w.nodes[0]
	m.step(engine.AddDevice{Ticket: 1, Name: "meter", Key: deviceKey(0)})
	m.read(0, 1, 2)
	m.step(engine.Disk{Full: true, Why: "test"})
	m.read(0, 2, 3)
	if r := m.replies[3]; r.Refusal == nil || r.Refusal.Code != engine.CodeDiskFull {
		t.Fatalf("%+v", r)
	}
	w.until(10_000, "the reading that was taken is final", func() bool { return m.engine.Totals().Final == 1 })
}
