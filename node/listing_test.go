package node

import (
	"testing"

	"github.com/ledgerofthings/lot/node/api"
)

// The readings of a quiet device are found behind any number of batches that hold only others, together with what its batch
// has become.
func TestReadingsOfAQuietDevice(t *testing.T) {
	p := newParty(t, 1, 1)
	p.startAll()
	g, quiet, busy, ctx := p.guests[0], newDevice(1), newDevice(2), t.Context()
	quiet.register(g)
	busy.register(g)
	anchor := func() {
		t.Helper()
		_, err := g.client.AnchorNow(ctx)
		must(t, err)
	}
	quiet.send(g, 1, 2)
	anchor()
	for seq := range uint64(readingBatches + 1) {
		busy.send(g, seq+1, seq+1)
		anchor()
	}
	g.final(readingBatches + 3)
	list := func(device string, limit int) []api.Reading {
		t.Helper()
		readings, err := g.client.Readings(ctx, device, limit)
		must(t, err)
		return readings
	}
	old := list(quiet.name, 10)
	if len(old) != 2 || old[0].Seq != 2 || old[1].Seq != 1 {
		t.Fatalf("the quiet device has %+v", old)
	}
	for _, r := range old {
		if r.State != api.ReadingFinal || r.Anchor.IsZero() || r.Device != quiet.key() || r.Name != quiet.name {
			t.Errorf("%+v", r)
		}
	}
	quiet.send(g, 3, 3) // closed by the window, so it may be in either
	if readings := list(quiet.key().String(), 2); len(readings) != 2 || readings[0].Seq != 3 || readings[1].Seq != 2 {
		t.Errorf("the newest two of the quiet device: %+v", readings)
	}
	if readings := list("", 4); len(readings) != 4 || readings[0].Device != quiet.key() || readings[3].Seq != readingBatches-1 {
		t.Errorf("the newest of all: %+v", readings)
	}
}
