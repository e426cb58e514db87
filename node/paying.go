package node

import (
	"context"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
)

// Transfer implements api.Ledger.
func (b *backend) Transfer(ctx context.Context, t api.TransferRequest) (dag.ID, error) {
	reply, err := b.request(ctx, engine.Transfer{To: t.To, Amount: t.Amount, Memo: t.Memo, IdempotencyKey: t.IdempotencyKey})
	return reply.Event, err
}

// AwaitReceipt implements api.Ledger.
func (b *backend) AwaitReceipt(ctx context.Context, id dag.ID) (api.Receipt, error) {
	done, cancel := b.news.await(id)
	defer cancel()
	for {
		detail, err := b.Event(ctx, id)
		if err != nil {
			return api.Receipt{}, err
		}
		if detail.Receipt != nil {
			return *detail.Receipt, nil
		}
		if detail.Kind == "" {
			return api.Receipt{}, &api.Fault{Kind: api.Invalid, Why: "a witness event has no receipt", Hint: "wait for an event with a payload"}
		}
		select {
		case <-done:
		case <-b.loop.done:
			return api.Receipt{}, fault(errStopped)
		case <-ctx.Done():
			return api.Receipt{}, ctx.Err()
		}
	}
}

// Account implements api.Ledger.
func (b *backend) Account(ctx context.Context, id dag.Account) (api.Account, error) {
	view := api.Account{ID: id}
	err := b.loop.query(ctx, func(e *engine.Engine) {
		state := e.State()
		account, _ := state.Account(id)
		view.Balance, view.Sequence, view.Keys = account.Balance, account.Sequence, state.Keys(id)
		for _, key := range view.Keys {
			if _, frozen := state.Frozen(key); frozen {
				view.Frozen = append(view.Frozen, key)
			}
		}
	})
	for _, m := range b.options.Genesis.Members() {
		if m.Account == id {
			view.Name = m.Name
			break
		}
	}
	return view, fault(err)
}

// Balance implements api.Ledger.
func (b *backend) Balance(ctx context.Context) (api.Account, error) {
	return b.Account(ctx, b.self.account)
}
