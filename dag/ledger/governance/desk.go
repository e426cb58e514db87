package governance

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// desk is one transaction at work on the module's entries.
type desk struct {
	books
	tx         *ledger.Tx
	network    dag.NetworkID
	epoch      uint64
	parameters Parameters
}

// openDesk refuses a state that no governance was founded in.
func openDesk(tx *ledger.Tx, network dag.NetworkID) (*desk, *ledger.Refusal) {
	epoch, parameters, ok := readTerms(tx)
	if !ok {
		return nil, ledger.Refuse(ledger.StatusNotFound, "the network was founded without governance")
	}
	return &desk{books: books{store: tx}, tx: tx, network: network, epoch: epoch, parameters: parameters}, nil
}

// attempt does something as a whole or not at all.
func (d *desk) attempt(do func() *ledger.Refusal) *ledger.Refusal {
	transaction, desk := *d.tx, *d
	r := do()
	if r == nil {
		r = d.fault
	}
	if r != nil {
		*d.tx, *d = transaction, desk
	}
	return r
}

// issuer returns the member that issued an event for its own account.
func (d *desk) issuer(e *dag.Event) (registration, *ledger.Refusal) {
	m, ok := readRegistration(d, e.Key())
	if !ok || m.account != e.Account() {
		return m, ledger.Refuse(ledger.StatusNotAuthorised, "key %s is not that of a member with %s", e.Key().Short(), e.Account())
	}
	return m, nil
}

// name returns what people call the member with an event key.
func name(v ledger.View, event dag.Key) string {
	if m, ok := readRegistration(v, event); ok {
		return m.name
	}
	return event.Short()
}
