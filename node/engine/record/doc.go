// Package record logs everything that a running engine is given, so that [Replay] can give the same to another engine and
// compare: the same program must do the same, step by step.
//
// A record is a line of text, "lot-record/1", and then chunks. Each chunk is its length (4 bytes), a CRC-32C of these four
// bytes (4), a CRC-32C of its content (4), and the content; the contents together are a zstd stream of frames. So any byte
// that was changed is told from the end of a record that was cut off. Each frame is its length (4), its kind (1) and its
// content in CBOR; integers are most significant byte first. In this order:
//
//	header    program, genesis, policy, public keys, state of the random source, time
//	entries   the storage as it was at the start, in key order; as many frames as it takes
//	step      making the engine; then one for each input
//	state     from time to time: commit number, state root, and a digest of all that the steps did
//	end       why the record ends; absent if the gateway was killed
//
// A step holds the time, the input, and what came from outside while the engine handled it: signatures, and whether a blob
// could be kept. It further has a mark, eight bytes of a hash beside a name, for every write to storage and every effect in
// their order, so that the first one that comes out otherwise is found and named.
//
// # What a record reveals
//
// As much as the data folder: the readings that were taken, in plain, the names of devices, payments with their memos and
// idempotency keys, the ids of peers and when each did what. It is to be handed only to whom one would hand the folder.
//
// No private key is in it. Signatures are there as they went out, with a hash of what they cover, and a replaying engine
// gets them in their order. The random source is for choices that have to be uniform, not secret. What encrypts a batch is a
// key of its own, derived from the node's secret and the batch; that of a batch which was closed during the record is in it,
// since without it the batch's digest would come out otherwise. It opens that batch and no other, and whatever is in that
// batch stands in the record in plain already. Blobs themselves are not in it.
package record
