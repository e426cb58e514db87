// Package snapshot cuts the state of the ledger into chunks that a newcomer can fetch from many peers, in any order and
// each again if it was lost, and verify one by one against the state root that the seal of an epoch has.
//
// A chunk has all entries whose place in the Merkle map begins with the same bits (see package merklemap), so it is told by
// two numbers: how many bits, and which of the 2^bits parts. A peer that leaves an entry out of a chunk, puts one in or
// changes one is found out with that chunk alone.
//
// As places are SHA-256 digests, 2^Bits chunks of a state are about equally long. Whoever tries many keys can still heap
// entries upon one place. A part that became too long for a chunk that way is cut in halves, with one bit more, as often
// as needed: every set of parts that covers all places once makes up the state.
package snapshot
