package ledger

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

// fataler is what both testing and rapid offer.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func signer(i int) *dag.MemorySigner {
	return dag.NewSigner([32]byte{0: byte(i), 1: byte(i >> 8), 31: 1})
}

func key(i int) dag.Key { return signer(i).Key() }

// born returns the account that is born with key i.
func born(i int) dag.Account { return dag.AccountOf(key(i)) }

// issuer makes signed events; each has a seq of its own, so that no two are the same.
type issuer struct {
	t    fataler
	next uint64
}

// event has key i act for account.
func (s *issuer) event(i int, account dag.Account, kind string, body []byte) *dag.Event {
	s.t.Helper()
	s.next++
	f := dag.Fields{
		Key: key(i), Account: account, Seq: s.next, Approves: []dag.ID{{1}, {2}}, Epoch: 1, Kind: kind, Body: body,
	}
	if f.Seq > 1 {
		f.Prev = dag.ID{3}
	}
	if kind == "" {
		f.Round = 1
	}
	e, err := f.Sign(signer(i))
	if err != nil {
		s.t.Fatalf("sign: %v", err)
	}
	return e.Event
}

// encoder is any payload.
type encoder interface{ Encode() ([]byte, error) }

// pay has key i, for the account that it was born with, issue a payload.
func (s *issuer) pay(i int, kind string, p encoder) *dag.Event {
	s.t.Helper()
	return s.event(i, born(i), kind, s.body(p))
}

func (s *issuer) body(p encoder) []byte {
	s.t.Helper()
	body, err := p.Encode()
	if err != nil {
		s.t.Fatalf("encode: %v", err)
	}
	return body
}

// chain is a ledger in a test.
type chain struct {
	*issuer
	rules *Rules
	state *State
}

// newChain has accounts born with keys 0 to n-1, holding 1000 each, and opens the first commit at 10 s.
func newChain(t fataler, n int, modules ...Module) *chain {
	t.Helper()
	var accounts []GenesisAccount
	for i := range n {
		accounts = append(accounts, GenesisAccount{Account: born(i), Balance: 1000})
	}
	s, err := Genesis(accounts)
	if err != nil {
		t.Fatalf("%v", err)
	}
	rules, err := NewRules(modules...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	c := &chain{issuer: &issuer{t: t}, rules: rules, state: s}
	c.open(10_000)
	return c
}

func (c *chain) open(time uint64) {
	c.t.Helper()
	s, err := c.rules.Open(c.state, Commit{Number: c.state.Commits() + 1, Time: time})
	if err != nil {
		c.t.Fatalf("%v", err)
	}
	c.state = s
}

func (c *chain) close() { c.state = c.rules.Close(c.state) }

// apply applies an event, wants a status, and that an event without effect changed nothing.
func (c *chain) apply(e *dag.Event, want Status) Receipt {
	c.t.Helper()
	next, receipt := c.rules.Apply(c.state, e, false)
	if receipt.Status != want || receipt.Event != e.ID() {
		c.t.Fatalf("receipt %+v, want %s of %s", receipt, want, e.ID())
	}
	if (want == StatusApplied) != (receipt.Reason == "") {
		c.t.Fatalf("status %s with reason %q", want, receipt.Reason)
	}
	if want != StatusApplied && next != c.state {
		c.t.Fatalf("%s made another state", want)
	}
	c.state = next
	return receipt
}

func (c *chain) balance(a dag.Account) uint64 {
	account, _ := c.state.Account(a)
	return account.Balance
}

// escrow is a module that uses all that a Tx offers: it locks an amount until a deadline and then pays it to another
// account.
type escrow struct{}

func (escrow) Name() string { return "escrow" }
func (escrow) Kinds() []string {
	return []string{"escrow.lock", "escrow.cancel", "escrow.fail", "escrow.keys", "escrow.large", "escrow.pause", "escrow.release"}
}

// lock is the body of escrow.lock: id, amount, window in ms and in checkpoints, beneficiary.
func lock(id byte, amount, window, checkpoints uint64, to dag.Account) []byte {
	return append(append([]byte{id}, record(amount, window, checkpoints)...), to[:]...)
}

func (escrow) Apply(tx *Tx, e *dag.Event) *Refusal {
	id, account := e.Body()[:1], e.Account()
	switch e.Kind() {
	case "escrow.lock":
		b := e.Body()[1:]
		if r := tx.Deposit(id, account, integer(b, 0)); r != nil {
			return r
		}
		if r := tx.Put(id, b[24:]); r != nil {
			return r
		}
		return tx.SetDeadline(id, Deadline{Time: tx.Time() + integer(b, 1), Checkpoints: tx.Checkpoints() + integer(b, 2)})
	case "escrow.cancel":
		tx.ClearDeadline(id)
		tx.Delete(id)
		return tx.Payout(id, account, tx.Deposited(id))
	case "escrow.keys":
		return tx.SetKeys(account, []dag.Key{dag.Key(e.Body())})
	case "escrow.pause", "escrow.release":
		return tx.SetPaused(string(e.Body()), e.Kind() == "escrow.pause")
	case "escrow.large":
		return tx.Put(id, make([]byte, binary.BigEndian.Uint32(e.Body()[1:])))
	default: // does something of everything and then refuses
		_ = tx.Deposit(id, account, 1)
		_ = tx.Put(id, []byte("x"))
		_ = tx.SetDeadline(id, Deadline{Time: 1})
		_ = tx.SetKeys(account, []dag.Key{{9}})
		_ = tx.UseSequence(account, 1, e.ID())
		return Refuse(StatusNotFound, "as asked")
	}
}

// Expire pays out, unless the beneficiary is the zero account: then it refuses after having paid.
func (escrow) Expire(tx *Tx, id []byte) *Refusal {
	to, _ := tx.Own(id)
	beneficiary := dag.Account(to)
	tx.Delete(id)
	if r := tx.Payout(id, beneficiary, tx.Deposited(id)); r != nil {
		return r
	}
	if beneficiary.IsZero() {
		return Refuse(StatusNotFound, "no beneficiary")
	}
	return nil
}

// checkState wants the supply constant, and a state loaded from the entries to be the same in every respect.
func checkState(t fataler, s *State) {
	t.Helper()
	if err := CheckSupply(s); err != nil {
		t.Fatalf("%v", err)
	}
	again, err := Load(s.Entries())
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	if !slices.Equal(again.Paused(), s.Paused()) {
		t.Fatalf("paused %v, want %v", again.Paused(), s.Paused())
	}
	if again.Root() != s.Root() || again.head != s.head || again.Due() != s.Due() || again.Len() != s.Len() {
		t.Fatalf("loaded root %x, head %+v, due %d; want %x, %+v, %d", again.Root(), again.head, again.Due(), s.Root(), s.head, s.Due())
	}
}

func TestEventsOfKitDiffer(t *testing.T) {
	s := &issuer{t: t}
	if one, other := s.event(1, born(1), "a", nil), s.event(1, born(1), "a", nil); one.ID() == other.ID() {
		t.Error("two events are one")
	}
}
