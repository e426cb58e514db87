package light

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// maxIdempotencyKey bounds an idempotency key, in bytes.
const maxIdempotencyKey = 128

// spending is this gateway's own transfers that are not final.
type spending struct {
	sequence uint64 // the last account sequence that was given out
	amount   uint64 // sum of the transfers, in base units
	count    int
	broken   bool // one of them had no effect, so the numbers of the others may not fit: they are waited for
}

func askedKey(key string) []byte { return append(append([]byte{}, prefixAsked...), key...) }

// transfer puts a payment on its way. The reply names the event once it is issued; whether it takes effect is known when it is final.
func (m *Machine) transfer(in engine.Transfer, out *Effects) error {
	if refusal := m.judgeTransfer(&in); refusal != nil {
		out.reply(in.Ticket, refusal, dag.ID{})
		return nil
	}
	if done, err := m.repeated(&in, out); done || err != nil {
		return err
	}
	if refusal := m.judgeFunds(&in); refusal != nil {
		out.reply(in.Ticket, refusal, dag.ID{})
		return nil
	}
	t := ledger.Transfer{To: in.To, Amount: in.Amount, Sequence: max(m.spending.sequence, m.self.account.Sequence) + 1, Memo: in.Memo}
	body, err := t.Encode()
	if err != nil {
		out.reply(in.Ticket, &engine.Refusal{Code: engine.CodeInvalid, Detail: err.Error()}, dag.ID{})
		return nil //nolint:nilerr // who asked is told
	}
	if in.IdempotencyKey != "" {
		m.storage.Put(askedKey(in.IdempotencyKey), body)
	}
	m.spending.add(&t)
	m.own.askAt = 0
	return m.enqueue(queued{Kind: ledger.KindTransfer, Body: body, Asked: in.IdempotencyKey}, in.Ticket)
}

// judgeTransfer refuses what can never be, and what cannot be now.
func (m *Machine) judgeTransfer(in *engine.Transfer) *engine.Refusal {
	switch {
	case len(in.IdempotencyKey) > maxIdempotencyKey:
		return &engine.Refusal{Code: engine.CodeInvalid, Detail: fmt.Sprintf("the idempotency key has %d bytes, at most %d are allowed", len(in.IdempotencyKey), maxIdempotencyKey)}
	case in.Amount == 0:
		return &engine.Refusal{Code: engine.CodeInvalid, Detail: "the amount is 0; give a whole number of base units above 0"}
	case in.To == m.config.Self.Account:
		return &engine.Refusal{Code: engine.CodeInvalid, Detail: "the account to pay is this gateway's own"}
	case m.queue.len() >= m.config.Policy.OutboxLimit:
		return m.crowded()
	}
	if ok, why := m.MayIssue(); !ok {
		return refusalOf(why)
	}
	return nil
}

// judgeFunds refuses what the account cannot pay, as the ledger proves.
func (m *Machine) judgeFunds(in *engine.Transfer) *engine.Refusal {
	balance := m.self.account.Balance
	free := balance - min(balance, m.spending.amount)
	switch {
	case in.Amount > free:
		return &engine.Refusal{Code: engine.CodeInsufficient, Detail: fmt.Sprintf("%d base units are asked for, %d are free (balance %d, %d on their way)", in.Amount, free, balance, m.spending.amount)}
	case m.spending.broken:
		return &engine.Refusal{Code: engine.CodeBusy, Detail: fmt.Sprintf("an earlier transfer had no effect, and %d that were issued after it are not final yet; try again when they are", m.spending.count)}
	}
	return nil
}

// repeated answers a transfer whose idempotency key was used before.
func (m *Machine) repeated(in *engine.Transfer, out *Effects) (done bool, err error) {
	if in.IdempotencyKey == "" {
		return false, nil
	}
	b, err := m.storage.Get(askedKey(in.IdempotencyKey))
	if err != nil || b == nil {
		return false, storageError(err)
	}
	body, id := b, dag.ID{}
	if len(b) == len(id) {
		id = dag.ID(b)
		if body, err = m.ownBody(id); err != nil {
			return true, err
		}
	}
	t, err := ledger.DecodeTransfer(body)
	switch {
	case err == nil && (t.To != in.To || t.Amount != in.Amount || t.Memo != in.Memo):
		out.reply(in.Ticket, &engine.Refusal{Code: engine.CodeConflict, Detail: fmt.Sprintf("the idempotency key %q stands for the transfer of %d base units to %s; choose another key for another payment",
			in.IdempotencyKey, t.Amount, t.To)}, dag.ID{})
	case id.IsZero():
		out.reply(in.Ticket, &engine.Refusal{Code: engine.CodeBusy, Detail: "the transfer waits to be issued; ask again"}, dag.ID{})
	default:
		out.reply(in.Ticket, nil, id)
	}
	return true, nil
}

// ownBody returns the payload of an own event.
func (m *Machine) ownBody(id dag.ID) ([]byte, error) {
	if p := m.pending[id]; p != nil {
		return p.event.Body(), nil
	}
	r, found, err := m.done(id)
	if err != nil || !found {
		return nil, err
	}
	e, err := dag.Decode(r.Block)
	if err != nil {
		return nil, fmt.Errorf("%w: own event %s: %w", engine.ErrStorage, id, err)
	}
	return e.Body(), nil
}

// done returns the record of an own event that is final or void.
func (m *Machine) done(id dag.ID) (r ownRecord, found bool, err error) {
	found, err = getRecord(m.storage, idKey(prefixDone, id), &r)
	return r, found, err
}

// spend counts a transfer that was put on its way before a restart.
func (m *Machine) spend(kind string, body []byte) error {
	if kind != ledger.KindTransfer {
		return nil
	}
	t, err := ledger.DecodeTransfer(body)
	if err != nil {
		return fmt.Errorf("own transfer: %w", err)
	}
	m.spending.add(&t)
	return nil
}

// unspend takes a transfer off those under way. When none is, the sequence goes on from the ledger's.
func (m *Machine) unspend(e *dag.Event, status ledger.Status) {
	if e.Kind() != ledger.KindTransfer {
		return
	}
	t, err := ledger.DecodeTransfer(e.Body())
	if err != nil {
		return
	}
	s := &m.spending
	s.amount -= min(s.amount, t.Amount)
	s.count = max(0, s.count-1)
	if status == ledger.StatusApplied && m.self.account.Sequence < t.Sequence { // until it is proven anew
		m.self.account.Sequence = t.Sequence
		m.self.account.Balance -= min(m.self.account.Balance, t.Amount)
	}
	s.broken = s.broken || status != ledger.StatusApplied
	if s.count == 0 {
		s.sequence, s.broken = 0, false
	}
}

// paid reports whether an own event is a transfer that took effect: its account sequence is used in the proven state. Peers that have
// dropped the event itself cannot say any more.
func (m *Machine) paid(e *dag.Event) bool {
	if e.Kind() != ledger.KindTransfer {
		return false
	}
	t, err := ledger.DecodeTransfer(e.Body())
	return err == nil && m.self.account.Sequence >= t.Sequence
}

// add counts a transfer that is under way.
func (s *spending) add(t *ledger.Transfer) {
	s.count++
	s.amount += t.Amount
	s.sequence = max(s.sequence, t.Sequence)
}

func storageError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", engine.ErrStorage, err)
}
