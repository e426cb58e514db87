// Package proof makes the ledger's order checkable by anyone, without a node and without a network.
//
// The order is a transparency log. Every ordered payload event adds an [EventLeaf], every commit that ordered payloads
// ends with a [ClosingLeaf], and a [Log] hashes them as RFC 6962 says. Committee members cosign the head of that log on a
// [Schedule] that follows from the order; a [Collector] gathers their [Cosignature] messages into a [SignedCheckpoint], a
// C2SP note that carries more than two thirds of the committee's weight.
//
// The commit that ends an epoch adds a [SealLeaf] at last. A [Seal] shows it as the end of the log, a [Certificate] has it
// signed by the committee of that epoch and names the next one, and a [Chain] of them leads from a [Committee] that is known,
// or from the seal that a [Pin] names, to the newest. What is left out of storage by [Trim] is not needed for any of this.
//
// A proof [File] leads from a reading through its batch and the event that anchors it to a signed checkpoint, a [StateProof]
// from an entry of the ledger's state, or the lack of one. [Verify] needs the file and a [Committee], that of the network's
// genesis for one, nothing else. The formats are those of other people's tools where such exist: RFC 6962 trees, C2SP
// tlog-checkpoint and tlog-cosignature notes, dag-cbor blocks.
//
// All of it is a plain value machine: time is an argument, storage is the [Store] interface, and nothing here logs,
// locks or waits.
package proof
