// Package ledger is the meaning of the order: what each ordered event does to the state.
//
// A [State] is an immutable value: ledger time, accounts in integer base units, and the entries of modules, all of it in
// one Merkle map whose root a checkpoint signs. [Rules] carry it forward, commit by commit:
//
//	s, err = rules.Open(s, commit)           // ledger time moves; what became due takes effect
//	s, receipt = rules.Apply(s, event, dup)  // once per ordered event, in the order
//	s = rules.Close(s)                       // every node of the map gets its hash
//	s = rules.Seal(s)                        // in place of Close, for the last commit of an epoch
//
// Apply is pure and total: the same state and event give the same state and receipt on every node, and an event that may
// not take effect leaves the state as it was, with the reason in its [Receipt]. Whatever an event can do beyond moving
// balance is the business of a [Module], which acts through a [Tx]: it owns its entries, moves balance without ever making
// or losing any, and sets deadlines that become due with a later commit.
//
// There is no clock, lock, goroutine or I/O in here. Times are ms since the Unix epoch; amounts are base units of at most
// dag.MaxInteger.
package ledger
