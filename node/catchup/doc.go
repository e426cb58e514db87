// Package catchup brings a gateway that is new, or was away for too long, to the state with which the newest epoch began, without
// the events that led there.
//
// A [Server] answers two questions, each one request of [Protocol] with a canonical CBOR map:
//
//	head   the seal to begin from       -> the chain of certificates from there to the newest seal, and into how many chunks its state is cut
//	chunk  a seal, how many bits, part  -> that chunk of the state after the seal; or split: ask for its halves; or gone: a newer seal replaced it
//
// [Fetch] asks many peers for their heads, takes the newest seal whose chain holds from what the operator trusts (see [Start]), and
// fetches the chunks of its state from all that have it, several at once. Every chunk is verified against the seal's state root before
// it is kept, and what was kept is not fetched again, also after a crash. Nothing that a peer says is believed:
//
//   - A chain, a chunk or an answer that does not hold is a lie. Its teller is not asked again, and is named; see [Liar].
//   - That a chunk is too large and has to be split is believed for the moment only: if its halves would have fit, it was a lie.
//   - Into how many chunks a state is cut is a hint. Wrong hints cost time and no more, since a chunk is verified for what it is.
//   - Two chains that hold and contradict each other mean that a quorum signed two histories. Then nothing is installed: the operator
//     has to say by a pin which one to follow; see [ErrFork].
//
// A peer that is slow, busy, gone or behind is no liar. Memory is bounded by the chunks on their way, [AtMost] of up to
// snapshot.MaxChunk bytes each, beside the list of chunks.
//
// A [File] carries a chain and the newest signed checkpoint to those who have no connection: other gateways and auditors.
package catchup
