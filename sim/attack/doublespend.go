package attack

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

var doubleSpendKind = kind("double-spend", "pays the same balance to two accounts, in two events or in two that have one sequence number",
	makeDoubleSpend,
	Param{"every", 1000, 1, 3_600_000, "ms between attempts"},
	Param{"share", 1, 0, 1, "part of the balance that each of the two payments moves"},
	Param{"equivocate", 0, 0, 1, "chance that the two events have one number of the key, each for one half of the peers; that freezes the key"},
)

func makeDoubleSpend(c *captive) (attacker, error) {
	d := &doubleSpend{captive: c, clock: ticker{every: c.ms("every")}}
	for _, other := range c.accomplices() {
		d.add(other.Account)
	}
	for _, m := range c.Network.Committee.Members() {
		d.add(c.Network.Members[m.Key])
	}
	if len(d.payees) < sides {
		return nil, fmt.Errorf("%w: a double spend needs two other accounts to pay; there are %d", ErrVictim, len(d.payees))
	}
	return d, nil
}

// doubleSpend makes two payments with one sequence number of its account: in two events that follow each other, told to all, or in
// two events with one number of its key, each told to one half of the peers. They go to accomplices if there are two, else
// to members. The node behaves otherwise.
//
// It hopes that one payee takes a payment for final which then has no effect, or that both are applied.
//
// Against it: a payment counts once its event has its place in the one order; the first of a sequence number is applied, every other
// has a receipt that names it. Balances are integers that only move. An equivocating key is frozen.
//
// A report shows for every attempt one payment applied and one with the status sequence-taken, duplicate-seq or key-frozen, the
// supply unchanged, and no two nodes with different receipts.
//
// See S. Nakamoto, "Bitcoin: a peer-to-peer electronic cash system", 2008; for graphs, S. Popov, "The Tangle", 2018, section 4.
type doubleSpend struct {
	*captive
	clock    ticker
	payees   []dag.Account
	sequence uint64 // of the account, in the last attempt
	frozen   bool   // the key has equivocated
}

// add adds an account that may be paid, up to those that are needed.
func (d *doubleSpend) add(a dag.Account) {
	for _, known := range append(d.payees, d.Self.Account) {
		if a == known {
			return
		}
	}
	if len(d.payees) < sides {
		d.payees = append(d.payees, a)
	}
}

func (d *doubleSpend) step(now uint64, in engine.Input, out *Effects) error {
	if err := d.captive.step(now, in, out); err != nil {
		return err
	}
	if !d.clock.rings(now, out) || d.frozen {
		return nil
	}
	account, _ := d.Engine.State().Account(d.Self.Account)
	amount := uint64(d.param("share") * float64(account.Balance))
	if amount == 0 || account.Sequence+1 == d.sequence {
		return nil // nothing to spend, or the last attempt is not final yet
	}
	d.sequence = account.Sequence + 1
	if d.Random.Float64() < d.param("equivocate") {
		return d.forked(now, amount, out)
	}
	return d.inRow(now, amount, out)
}

// pay returns an event that follows prev with a payment to one of the payees.
func (d *doubleSpend) pay(now uint64, prev dag.Index, payee int, amount uint64) (dag.Fields, error) {
	f := d.after(now, prev)
	body, err := ledger.Transfer{To: d.payees[payee], Amount: amount, Sequence: d.sequence}.Encode()
	f.Kind, f.Body, f.Approves = ledger.KindTransfer, body, d.tips(now, prev)
	return f, err
}

// inRow makes the payments in two events that follow each other.
func (d *doubleSpend) inRow(now, amount uint64, out *Effects) error {
	for payee := range sides {
		f, err := d.pay(now, d.last(), payee, amount)
		if err != nil {
			return err
		}
		if err := d.publish(now, f, out); err != nil {
			return err
		}
	}
	return nil
}

// forked makes the payments in two events with one number and tells each half of the peers of another.
func (d *doubleSpend) forked(now, amount uint64, out *Effects) error {
	d.frozen = true
	var twins [sides]dag.Verified
	for payee := range sides { // both before one is attached, so that neither has seen the other
		f, err := d.pay(now, d.last(), payee, amount)
		if err != nil {
			return err
		}
		if twins[payee], err = d.sign(f); err != nil {
			return err
		}
	}
	for side, v := range twins {
		if _, err := d.attach(now, v, out); err != nil {
			return err
		}
		whisper(v.Block(), d.peers.side(side), out)
	}
	return nil
}
