package node

import (
	"context"
	"time"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store"
)

var _ api.Storekeeper = (*backend)(nil)

// storageKinds are the kinds of what the engine stores, in the order in which they are told.
var storageKinds = []api.KindOfStorage{api.StorageEvents, api.StorageReceipts, api.StorageLog, api.StorageState, api.StorageReadings}

// StorageUse implements api.Storekeeper.
func (b *backend) StorageUse(ctx context.Context) (api.StorageUse, error) {
	s := b.options.Config.Storage
	sections := []store.Section{{Name: "replicas", Range: store.Replicas}}
	for _, kind := range storageKinds {
		sections = append(sections, store.Section{Name: string(kind), Range: store.Engine, Prefixes: engine.Prefixes(string(kind))})
	}
	u, err := b.store.Usage(sections...)
	if err != nil {
		return api.StorageUse{}, err
	}
	use := api.StorageUse{Used: u.Used, Max: uint64(s.Max), Free: u.Free, Reserve: uint64(s.Reserve)}
	for _, section := range u.Sections[1:] {
		kind := api.StorageKind{Kind: api.KindOfStorage(section.Name), Bytes: section.Bytes}
		if kind.Kind == api.StorageEvents {
			kind.Budget = ledgerBudget(&s)
		}
		use.Kinds = append(use.Kinds, kind)
	}
	use.Kinds = append(use.Kinds,
		api.StorageKind{Kind: api.StorageBatches, Bytes: u.Batches, Budget: uint64(s.Batches)},
		api.StorageKind{Kind: api.StoragePins, Bytes: u.Pins, Budget: uint64(s.Pins)},
		api.StorageKind{Kind: api.StorageDHT, Bytes: u.Datastore},
		api.StorageKind{Kind: api.StorageOther, Bytes: u.Log + u.Other + u.Sections[0].Bytes})
	use.Replicas = b.replicasView()
	use.Pruning.Keep = s.Keep.String()
	err = b.loop.query(ctx, func(e *engine.Engine) {
		p := e.PruningPlan()
		use.Pruning.Epoch, use.Pruning.OldestEpoch = e.Network().Epoch, p.Oldest
		use.Pruning.NextEpoch, use.Pruning.NextAt, use.Pruning.NextBytes = p.Next, p.At, p.Bytes
	})
	return use, fault(err)
}

func (b *backend) replicasView() api.Replicas {
	s := b.replicas.Status()
	view := api.Replicas{
		Wanted: s.Wanted, Batches: s.Batches, Kept: s.Kept, Short: s.Short, Alone: s.Alone, Missing: s.Missing,
		Connected: s.Connected, Refusing: s.Refusing, Pins: s.Pins, Arrived: s.Arrived, Owners: s.Owners,
	}
	for _, id := range s.Liars {
		view.Liars = append(view.Liars, b.peerName(id))
	}
	return view
}

// about says whose data a backup has.
func (n *Node) about(q api.BackupQuery) archive.About {
	return archive.About{
		Network: n.network.ID, Key: n.self.event, Name: n.self.name, Program: n.options.Version.Version,
		Created: uint64(time.Now().UnixMilli()), Ledger: q.Ledger, Batches: q.Batches,
	}
}
