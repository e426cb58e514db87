// Package dag holds what exists: signed events, the graph they form by approving each other, the choice of tips for new
// events, and the exchange that brings two graphs to the same content.
//
// Everything here is a plain value machine. Time and randomness are arguments; there is no clock, socket, disk, lock or
// goroutine. What an event means (package ledger) and in which order it counts (package finality) is decided elsewhere.
//
// An [Event] is an IPLD block in dag-cbor. It is decoded by [Decode], its signature is checked by [Verify] or a
// [BatchVerifier], and only the resulting [Verified] value can be put into a [Graph].
package dag
