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

// AwaitReceipt implements api.Ledger. Of an own event that came too late for its epoch it waits for the one that stands for it.
func (b *backend) AwaitReceipt(ctx context.Context, id dag.ID) (api.Receipt, error) {
	for {
		receipt, next, err := b.awaitOne(ctx, id)
		if err != nil || next == id {
			return receipt, err
		}
		id = next
	}
}

// awaitOne waits for the receipt of an event, or for the event that its payload was issued again as.
func (b *backend) awaitOne(ctx context.Context, id dag.ID) (receipt api.Receipt, next dag.ID, err error) {
	done, cancel := b.news.await(id)
	defer cancel()
	for {
		var info engine.EventInfo
		if err := b.ask(ctx, func(e *engine.Engine) (err error) { info, err = e.Event(id); return err }); err != nil {
			return receipt, id, fault(err)
		}
		switch {
		case info.Receipt != nil:
			return *b.detailView(info).Receipt, id, nil
		case !info.Successor.IsZero():
			return receipt, info.Successor, nil
		case info.Event.IsWitness():
			return receipt, id, &api.Fault{Kind: api.Invalid, Why: "a witness event has no receipt", Hint: "wait for an event with a payload"}
		case info.State == engine.StateVoid && info.Event.Key() != b.self.event:
			return api.Receipt{Status: api.StateVoid, Reason: info.Why + "; who issued it issues its payload again"}, id, nil
		}
		select {
		case <-done:
		case <-b.loop.done:
			return receipt, id, fault(errStopped)
		case <-ctx.Done():
			return receipt, id, ctx.Err()
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
	view.Name = b.roster.accountName(id)
	return view, fault(err)
}

// Balance implements api.Ledger.
func (b *backend) Balance(ctx context.Context) (api.Account, error) {
	return b.Account(ctx, b.self.account)
}
