package ledger

import "github.com/ledgerofthings/lot/dag"

// Module is a capability of the ledger: the rules of some payload kinds. It is a value without a memory of its own; all
// that it knows is in its entries, and what it does is a function of the Tx and the event alone.
type Module interface {
	// Name is the owner of the module's entries, deposits and deadlines: 1 to 32 lower-case letters, digits and dashes. It
	// never changes, since it is in the keys of entries.
	Name() string
	// Kinds are the payload kinds that the module understands.
	Kinds() []string
	// Apply lets an event of one of the Kinds take effect. If it returns a refusal, nothing that it did with tx counts. The
	// event's key may act for the event's account; whatever else the event needs is for the module to check. Its work must
	// be bounded by the size of the event.
	Apply(tx *Tx, e *dag.Event) *Refusal
	// Expire is called once for each of the module's deadlines that is due, in the order of the deadlines, before the
	// events of the commit that made it due. The deadline is no longer set. If it returns a refusal, nothing that it did
	// with tx counts. Its work must be bounded.
	Expire(tx *Tx, id []byte) *Refusal
}

// NoDeadlines is embedded by modules that set no deadlines.
type NoDeadlines struct{}

// Expire implements Module. It is never called.
func (NoDeadlines) Expire(*Tx, []byte) *Refusal { return nil }
