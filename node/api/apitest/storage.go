package apitest

import (
	"context"

	"github.com/ledgerofthings/lot/node/api"
)

var _ api.Storekeeper = (*Backend)(nil)

// StorageUse implements api.Storekeeper.
func (b *Backend) StorageUse(ctx context.Context) (api.StorageUse, error) {
	data, err := b.get(ctx)
	return data.StorageUse, err
}

// sampleStorage fills in a disk that is half full, and batches that lack holders.
func sampleStorage(d *Data) {
	const mib = 1 << 20
	d.StorageUse = api.StorageUse{
		Used: 512 * mib, Max: 1024 * mib, Free: 4096 * mib, Reserve: 128 * mib,
		Kinds: []api.StorageKind{
			{Kind: api.StorageEvents, Bytes: 300 * mib}, {Kind: api.StorageReceipts, Bytes: 50 * mib}, {Kind: api.StorageLog, Bytes: 2 * mib},
			{Kind: api.StorageState, Bytes: mib}, {Kind: api.StorageReadings, Bytes: 9 * mib},
			{Kind: api.StorageBatches, Bytes: 100 * mib, Budget: 400 * mib}, {Kind: api.StoragePins, Bytes: 40 * mib, Budget: 400 * mib},
			{Kind: api.StorageDHT, Bytes: 1 << 10}, {Kind: api.StorageOther, Bytes: 10 * mib},
		},
		Pruning: api.Pruning{Keep: "24h0m0s", Epoch: 9, OldestEpoch: 7, NextEpoch: 7, NextAt: 1_800_000_000_000, NextBytes: 120 * mib},
		Replicas: api.Replicas{
			Wanted: 2, Batches: 1000, Kept: 970, Short: 30, Alone: 10, Missing: 1, Connected: 3, Refusing: 2, Liars: []string{"barn"},
			Pins: 200, Arrived: 190, Owners: 4,
		},
	}
}
