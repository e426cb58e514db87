package engine

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// maxIdempotencyKey bounds an idempotency key, in bytes.
const maxIdempotencyKey = 128

// spending is this node's own transfers that are not final yet.
type spending struct {
	sequence uint64 // the last account sequence that was given out
	amount   uint64 // sum of the transfers under way, in base units
	count    int
	queued   int  // of these, how many wait to be issued again: what comes next has a higher sequence and must come after them
	broken   bool // one of those had no effect, so the numbers of the others may not fit: they are waited for
}

// transfer issues a transfer from this node's account. The reply names the event; whether it takes effect is known when
// it is final.
func (e *Engine) transfer(now uint64, in Transfer, out *Effects) error {
	id, refusal, err := e.tryTransfer(now, in, out)
	if err != nil {
		return err
	}
	out.reply(in.Ticket, refusal, id)
	return nil
}

func (e *Engine) tryTransfer(now uint64, in Transfer, out *Effects) (dag.ID, *Refusal, error) {
	if id, done, err := e.Requested(in.IdempotencyKey); done || err != nil {
		return id, e.judgeRepeated(in, id), err
	}
	if refusal := e.judgeTransfer(in); refusal != nil {
		return dag.ID{}, refusal, nil
	}
	sequence := max(e.spending.sequence, e.accountOf(e.config.Self.Account).Sequence) + 1
	body, err := ledger.Transfer{To: in.To, Amount: in.Amount, Sequence: sequence, Memo: in.Memo}.Encode()
	if err != nil {
		return dag.ID{}, &Refusal{CodeInvalid, err.Error()}, nil
	}
	e.spending.sequence = sequence
	e.spending.amount += in.Amount
	e.spending.count++
	id, err := e.issue(now, ledger.KindTransfer, body, out)
	if err != nil {
		return dag.ID{}, nil, err
	}
	if in.IdempotencyKey != "" {
		e.storage.Put(requestKey(in.IdempotencyKey), id[:])
	}
	return id, nil, nil
}

func requestKey(idempotencyKey string) []byte {
	return append([]byte{prefixRequest}, idempotencyKey...)
}

// Requested returns the event that was issued for an idempotency key before, or the one that stands for it since; done is false if none was.
func (e *Engine) Requested(key string) (dag.ID, bool, error) {
	if key == "" || len(key) > maxIdempotencyKey {
		return dag.ID{}, false, nil
	}
	b, err := e.storage.Get(requestKey(key))
	if err != nil || len(b) != len(dag.ID{}) {
		return dag.ID{}, false, err
	}
	id, err := e.Successor(dag.ID(b))
	return id, true, err
}

// judgeRepeated refuses a transfer that is another than the one issued for its idempotency key.
func (e *Engine) judgeRepeated(in Transfer, id dag.ID) *Refusal {
	event, err := e.Find(id)
	if err != nil || event == nil { // the key is known to this disk but its event is not here any more: nothing to compare with
		return nil //nolint:nilerr // a disk that fails shows it with the next write
	}
	t, err := ledger.DecodeTransfer(event.Body())
	if err != nil || t.To == in.To && t.Amount == in.Amount && t.Memo == in.Memo {
		return nil //nolint:nilerr // what this node itself encoded decodes
	}
	return &Refusal{CodeConflict, fmt.Sprintf("the idempotency key %q stands for the transfer of %d base units to %s in event %s; choose another key for another payment",
		in.IdempotencyKey, t.Amount, t.To, id)}
}

func (e *Engine) judgeTransfer(in Transfer) *Refusal {
	balance := e.accountOf(e.config.Self.Account).Balance
	free := balance - min(balance, e.spending.amount)
	switch {
	case len(in.IdempotencyKey) > maxIdempotencyKey:
		return &Refusal{CodeInvalid, fmt.Sprintf("the idempotency key has %d bytes, at most %d are allowed", len(in.IdempotencyKey), maxIdempotencyKey)}
	case in.Amount == 0:
		return &Refusal{CodeInvalid, "the amount is 0; give a whole number of base units above 0"}
	case in.To == e.config.Self.Account:
		return &Refusal{CodeInvalid, "the account to pay is this gateway's own"}
	case in.Amount > free:
		return &Refusal{CodeInsufficient, fmt.Sprintf("%d base units are asked for, %d are free (balance %d, %d on their way)", in.Amount, free, balance, e.spending.amount)}
	}
	if e.spending.queued > 0 {
		return &Refusal{CodeBusy, fmt.Sprintf("%d earlier transfers came too late for their epoch and are being issued again; try again in a moment", e.spending.queued)}
	}
	if e.spending.broken {
		return &Refusal{CodeBusy, fmt.Sprintf("an earlier transfer had no effect, and %d that were issued after it are not final yet; try again when they are", e.spending.count)}
	}
	if ok, why := e.mayIssue(); !ok {
		return &Refusal{CodeBusy, why + "; try again once `lot status` says that the gateway is in sync"}
	}
	return nil
}

// accountOf returns an account as the ordered ledger has it; zero if there is none.
func (e *Engine) accountOf(a dag.Account) ledger.Account {
	account, _ := e.at.state.Account(a)
	return account
}

// ownFinal follows up on an own event that has its place in the order.
func (e *Engine) ownFinal(event *dag.Event, receipt ledger.Receipt, out *Effects) error {
	if event.Key() != e.config.Self.Signer.Key() {
		return nil
	}
	if event.Kind() == ledger.KindTransfer {
		e.transferFinal(event, receipt)
	}
	return e.batchFinal(event.ID(), receipt, out)
}

// transferFinal takes a transfer off those under way. When none is, the sequence goes on from the ledger's.
func (e *Engine) transferFinal(event *dag.Event, receipt ledger.Receipt) {
	t, err := ledger.DecodeTransfer(event.Body())
	if err != nil {
		return
	}
	e.spending.amount -= min(e.spending.amount, t.Amount)
	e.spending.count = max(0, e.spending.count-1)
	e.spending.broken = e.spending.broken || receipt.Status != ledger.StatusApplied
	if e.spending.count == 0 {
		e.spending.sequence, e.spending.broken = 0, false
	}
}

// loadSpending finds the own transfers that are not final yet.
func (e *Engine) loadSpending() error {
	e.spending = spending{}
	main, _ := e.graph.Chain(e.config.Self.Signer.Key())
	for _, i := range main {
		event := e.arena.Event(i)
		if event.Kind() != ledger.KindTransfer || e.graph.Ordered(i) {
			continue
		}
		t, err := ledger.DecodeTransfer(event.Body())
		if err != nil {
			return fmt.Errorf("data folder: own transfer %s: %w", event.ID(), err)
		}
		e.spending.add(&t)
	}
	return scanRecords(e.storage, []byte{prefixOutbox}, func(_ []byte, r *outboxRecord) error { // those that are to be issued again
		if r.Kind != ledger.KindTransfer {
			return nil
		}
		t, err := ledger.DecodeTransfer(r.Body)
		if err != nil {
			return fmt.Errorf("data folder: own transfer in the outbox: %w", err)
		}
		e.spending.add(&t)
		e.spending.queued++
		return nil
	})
}

// add counts a transfer that is under way.
func (s *spending) add(t *ledger.Transfer) {
	s.count++
	s.amount += t.Amount
	s.sequence = max(s.sequence, t.Sequence)
}
