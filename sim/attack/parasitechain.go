package attack

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

var parasiteChainKind = kind("parasite-chain", "builds a chain of events in secret that approve each other, and reveals it at once",
	makeParasiteChain,
	Param{"length", 100, 2, 10_000, "events in the chain"},
	Param{"every", 50, 1, 60_000, "ms between them"},
	Param{"conflict", 1, 0, 1, "1 to begin it with a payment that conflicts with a public one; that freezes the key"},
)

func makeParasiteChain(c *captive) (attacker, error) {
	p := &parasiteChain{captive: c, clock: ticker{every: c.ms("every")}, length: int(c.param("length")), conflict: c.param("conflict") >= 0.5}
	for _, m := range slices.Concat(c.accomplices(), []engine.Self{c.Self}) {
		if m.Account != c.Self.Account {
			p.payee = m.Account
		}
	}
	for _, m := range c.Network.Committee.Members() {
		if p.payee.IsZero() && c.Network.Members[m.Key] != c.Self.Account {
			p.payee = c.Network.Members[m.Key]
		}
	}
	return p, c.shut()
}

// parasiteChain makes a payment that all see and, on a branch that nobody sees, one with the same account sequence to an accomplice.
// It grows the branch by events that approve each other and reveals it once it is long. Without a conflict, and for a node that has
// nothing to spend, the chain follows the last event that was seen, and is built again and again.
//
// It hopes that the heavy hidden branch outweighs the public payment, on which goods were handed over.
//
// Against it: weight decides nothing. The order is that of the committee's leaders: the public payment is final before the branch
// is seen, and what is revealed comes behind it, as a no-op. The fork is known with the branch's first event, so nobody
// approves the branch any more.
//
// A report shows the public payment applied, a burst of attached events of a forked key that are never ordered, or ordered as
// no-ops, and the others' time to finality unchanged. Without a conflict the chain is ordered in one commit.
//
// See S. Popov, "The Tangle", 2018, section 4.1; A. Cullen et al., "On the resilience of DAG-based distributed ledgers in IoT
// applications", IEEE Internet of Things Journal 7 (2020).
type parasiteChain struct {
	*captive
	clock    ticker
	length   int
	conflict bool
	payee    dag.Account
	base     []dag.ID       // what the first events approve
	hidden   []dag.Verified // the chain
	done     bool           // the key has forked
}

// turn gives up a chain that nobody would take any more.
func (p *parasiteChain) turn() { p.hidden = nil }

func (p *parasiteChain) step(now uint64, in engine.Input, out *Effects) error {
	if err := p.captive.step(now, in, out); err != nil {
		return err
	}
	if p.done || !p.clock.rings(now, out) {
		return nil
	}
	if len(p.hidden) == p.length {
		return p.end(now, out)
	}
	if len(p.hidden) == 0 {
		return p.begin(now, out)
	}
	return p.grow(now)
}

// begin makes the first hidden event, and the public payment that it conflicts with.
func (p *parasiteChain) begin(now uint64, out *Effects) error {
	f := p.after(now, p.last())
	p.base = p.tips(now, p.own.last)
	f.Approves = p.base
	public, hidden, err := p.payments()
	if err != nil {
		return err
	}
	if public != nil {
		shown := f
		shown.Kind, shown.Body = ledger.KindTransfer, public
		if err := p.publish(now, shown, out); err != nil {
			return err
		}
	}
	return p.hide(now, f, hidden)
}

// payments returns the bodies of two conflicting payments; nil if there is to be no conflict or nothing to spend.
func (p *parasiteChain) payments() (public, hidden []byte, err error) {
	account, _ := p.Engine.State().Account(p.Self.Account)
	if !p.conflict || p.payee.IsZero() || account.Balance < 2 {
		return nil, nil, nil
	}
	t := ledger.Transfer{To: p.payee, Amount: account.Balance / 2, Sequence: account.Sequence + 1}
	if public, err = t.Encode(); err != nil {
		return nil, nil, err
	}
	t.Amount = account.Balance
	hidden, err = t.Encode()
	return public, hidden, err
}

// grow adds an event to the chain that approves the two before its prev, or the base where there are none.
func (p *parasiteChain) grow(now uint64) error {
	last := len(p.hidden) - 1
	prev := p.hidden[last]
	f := dag.Fields{
		Network: prev.Network(), Key: prev.Key(), Account: prev.Account(), Seq: prev.Seq() + 1, Prev: prev.ID(),
		Time: max(now, prev.Time()), Epoch: prev.Epoch(), Round: prev.Round(),
	}
	for n := last - 1; n >= max(0, last-dag.MinApproves); n-- {
		f.Approves = append(f.Approves, p.hidden[n].ID())
	}
	f.Approves = append(f.Approves, p.base...)[:dag.MinApproves]
	return p.hide(now, f, nil)
}

// hide signs an event with a payment, or with an invented anchor, for the chain.
func (p *parasiteChain) hide(now uint64, f dag.Fields, payment []byte) (err error) {
	f.Kind, f.Body = ledger.KindTransfer, payment
	if payment == nil {
		f.Kind = ledger.KindAnchor
		if f.Body, err = p.inventedAnchor(now); err != nil {
			return err
		}
	}
	v, err := p.sign(f)
	if err != nil {
		return err
	}
	p.hidden = append(p.hidden, v)
	return nil
}

// end reveals the chain.
func (p *parasiteChain) end(now uint64, out *Effects) error {
	chain := p.hidden
	p.hidden = nil
	for _, v := range chain {
		broadcast(v.Block(), out)
	}
	if len(chain) == 0 {
		return nil
	}
	err := p.captive.step(now, engine.Gossip{Events: chain}, out)
	p.done = p.Engine.Graph().Forked(p.Self.Signer.Key())
	return err
}
