// Package car writes events into content-addressable archives and reads them back (https://ipld.io/specs/transport/car/), so
// that any part of a ledger can be kept in a file that tools for IPLD read too.
//
// An event is a dag-cbor block and its id a CIDv1 of that block's sha2-256, so an archive holds the events just as they
// were signed, and the links between them are links between its blocks. Its roots are events that it holds. Blocks may be
// absent: those behind what was exported, and the two roots of an epoch's graph, which are digests and no blocks.
package car
