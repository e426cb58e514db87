// Package query is how a light gateway asks a full one. A light gateway keeps no graph and no ledger: it follows the signed
// checkpoints of the log, has everything proven to it against the newest of them, and hands in events of its own.
//
// # Messages
//
// One request and one answer a stream, dag-cbor maps with one entry that says what it is about, each with one spelling only:
//
//	head         what the asker has       -> the next signed checkpoint, or the certificates that lead into the next epochs
//	state        a checkpoint, entry keys -> each entry with its path in the state that the checkpoint's last leaf names
//	events       a checkpoint, ids        -> where each stands; of those that are ordered the path of their leaf
//	standing     a key                    -> where its chain ends in the current epoch, and what it may approve next
//	submit       events                   -> of each whether it is in the graph now
//	consistency  two sizes of the log     -> the proof that the larger log begins with the smaller one
//
// The answers to head, state, consistency, and the paths of events prove themselves to whoever trusts a committee of the network.
// What is said of a standing, of an event that is not ordered, or of one that was handed in, is one peer's word.
//
// # Why the last leaf
//
// Committees sign the log as it is at the end of a commit, so the last leaf of a checkpoint is a [proof.ClosingLeaf] or a
// [proof.SealLeaf]. With its path the checkpoint therefore proves a state root, a ledger time and a committed event, and an answer to
// state needs nothing but paths in that state.
//
// # Bounds
//
// An answer has at most [MaxAnswer] bytes. What does not fit is left out at the end of a list, to be asked for again: an answer to a
// list has at least one item and may have fewer than were asked for.
package query
