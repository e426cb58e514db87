package apitest

import (
	"context"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

// AnchorNow implements api.Devices.
func (b *Backend) AnchorNow(ctx context.Context) ([]api.Anchor, error) {
	data, err := b.get(ctx)
	return data.Anchors, err
}

// Anchors implements api.Devices.
func (b *Backend) Anchors(ctx context.Context, limit int) ([]api.Anchor, error) {
	data, err := b.get(ctx)
	return data.Anchors[:min(limit, len(data.Anchors))], err
}

// Transfer implements api.Ledger: it keeps the request in Transfers and returns the event of Transfer.
func (b *Backend) Transfer(ctx context.Context, transfer api.TransferRequest) (dag.ID, error) {
	data, err := b.get(ctx)
	b.Update(func(d *Data) { d.Transfers = append(d.Transfers, transfer) })
	return data.Transfer, err
}

// AwaitReceipt implements api.Ledger: an event without a receipt stays without one until ctx ends.
func (b *Backend) AwaitReceipt(ctx context.Context, id dag.ID) (api.Receipt, error) {
	data, err := b.get(ctx)
	if err != nil {
		return api.Receipt{}, err
	}
	if receipt, ok := data.Receipts[id]; ok {
		return receipt, nil
	}
	<-ctx.Done()
	return api.Receipt{}, ctx.Err()
}

// Account implements api.Ledger.
func (b *Backend) Account(ctx context.Context, id dag.Account) (api.Account, error) {
	data, err := b.get(ctx)
	if account, ok := data.Accounts[id]; ok {
		return account, err
	}
	return api.Account{ID: id}, err
}

// Balance implements api.Ledger: the account of the status.
func (b *Backend) Balance(ctx context.Context) (api.Account, error) {
	data, err := b.get(ctx)
	return data.Accounts[data.Status.Account], err
}

// ReadingProof implements api.Prover.
func (b *Backend) ReadingProof(ctx context.Context, _ dag.Key, _ uint64) ([]byte, error) {
	data, err := b.get(ctx)
	return provable(data.Reading, err)
}

// EventProof implements api.Prover.
func (b *Backend) EventProof(ctx context.Context, id dag.ID) ([]byte, error) {
	data, err := b.get(ctx)
	return provable(data.Proofs[id], err)
}

// Checkpoint implements api.Prover.
func (b *Backend) Checkpoint(ctx context.Context) ([]byte, error) {
	data, err := b.get(ctx)
	return provable(data.Note, err)
}

// provable returns the file, or that there is none yet.
func provable(file []byte, err error) ([]byte, error) {
	if err == nil && file == nil {
		err = &api.Fault{Kind: api.NotYet, Why: "the event is not final yet", Hint: "ask again in a second"}
	}
	return file, err
}
