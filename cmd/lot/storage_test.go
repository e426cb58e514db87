package main

import (
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
)

func TestStorage(t *testing.T) {
	s := newShell(t)
	f := serveFake(t, s)
	s.want(exitOK, "512.0 MiB of 1.0 GiB are used; the disk has 4.0 GiB free, of which 128.0 MiB are a reserve", "storage")
	inFourDays := uint64(founded.Add(100 * time.Hour).UnixMilli())
	for name, c := range map[string]struct {
		change func(u *api.StorageUse)
		says   string
	}{
		"kinds":      {func(*api.StorageUse) {}, "addresses                  1.0 KiB    -          [#.......................]"},
		"pruned now": {func(u *api.StorageUse) { u.Pruning.NextAt = 1 }, "of epochs 7 to 9; those of 7 go now, about 120.0 MiB"},
		"later":      {func(u *api.StorageUse) { u.Pruning.NextAt = inFourDays }, "those of 7 go in 4 days"},
		"for room":   {func(u *api.StorageUse) { u.Pruning.NextAt = 0 }, "those of 7 go when room is needed"},
		"never":      {func(u *api.StorageUse) { u.Pruning = api.Pruning{Epoch: 9, OldestEpoch: 9} }, "of epoch 9 alone; none are pruned while there is room"},
		"short":      {func(*api.StorageUse) {}, "970 of 1000 batches are kept by 2 other gateways, 20 by fewer, 10 by none"},
		"all kept":   {func(u *api.StorageUse) { u.Replicas.Short = 0 }, "all 1000 batches are kept by 2 other gateways"},
		"none yet":   {func(u *api.StorageUse) { u.Replicas.Batches = 0 }, "no batches yet"},
		"off":        {func(u *api.StorageUse) { u.Replicas.Wanted = 0 }, "none are wanted (storage.replicas)"},
		"pins":       {func(*api.StorageUse) {}, "200 batches of 4 gateways; 10 of these are still to come"},
		"no room":    {func(*api.StorageUse) {}, "Warning: 2 of 3 connected gateways have no room"},
		"alone":      {func(u *api.StorageUse) { u.Replicas.Connected = 1 }, "Warning: too few other gateways are connected to keep the batches (1, and each batch wants 2)"},
		"missing":    {func(*api.StorageUse) {}, "Warning: 1 batches are gone from this disk"},
		"liar":       {func(*api.StorageUse) {}, "Warning: barn said that it has a batch"},
		"over":       {func(u *api.StorageUse) { u.Used = u.Max }, "Warning: storage.max is used up"},
		"low":        {func(u *api.StorageUse) { u.Free = 0 }, "Warning: the disk is nearly full"},
	} {
		f.backend.Update(func(d *apitest.Data) {
			d.StorageUse = apitest.Sample().StorageUse
			c.change(&d.StorageUse)
		})
		if out := s.want(exitOK, "", "storage").out; !strings.Contains(out, c.says) {
			t.Errorf("%s: %s\nwant %s", name, out, c.says)
		}
	}
}

func TestStorageBar(t *testing.T) {
	for _, c := range []struct{ part, whole, filled uint64 }{{0, 100, 0}, {1, 1 << 40, 1}, {50, 100, 12}, {100, 100, 24}, {200, 100, 24}, {1, 0, 1}, {0, 0, 0}} {
		if got := strings.Count(storageBar(c.part, c.whole), "#"); got != int(c.filled) {
			t.Errorf("%d of %d: %d filled, want %d", c.part, c.whole, got, c.filled)
		}
	}
}
