// Package replica keeps the encrypted batches of a gateway on other gateways too, so that they survive its box.
//
// Every gateway plays two parts. As an [Owner] it chooses holders for each of its batches, offers them, asks now and then for
// a proof that they are still there, and replaces holders that lost them or stayed away. As a [Holder] it takes what others
// offer within its budget, fetches it, and keeps it until the owner releases it. Both are plain state machines: time, chance
// and storage are given to them, so a simulator can run them as well. A [Driver] ties them to peers and disk.
//
// # Messages
//
// A peer answers one request at a time per stream, both CBOR arrays (see [Protocol]):
//
//	hold     digests and sizes  -> for each: accepted, or refused and why
//	check    a nonce, ranges    -> for each: SHA-256(nonce || range), or that it is not there (yet)
//	release  digests            -> for each: done
//	list     a digest           -> the digests above it that are held for the asker, and their sizes
//	read     a range            -> its bytes
//
// The holder fetches what it accepted by read, in ranges of at most [MaxRead] bytes. So nobody is sent what it did not ask
// for, a batch of 64 MiB needs no more memory than a small one, and the one that spends the disk space sets the pace. The
// owner of a batch is whoever sends hold: the transport proves who that is.
//
// # What holds
//
//   - A holder that says accepted has it on disk that it did, and a crash of either side leaves both able to go on.
//   - A batch counts as kept at a holder only once the holder proved that it has all of it. Before a holder answers a check it
//     reads the whole batch against its digest; so a wrong proof comes from a lie and never from a bad disk.
//   - A holder that lied is not used again while the process runs.
//   - Losing a batch's own copy is noticed by the next check, and it is fetched back from a holder.
package replica
