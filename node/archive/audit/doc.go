// Package audit verifies a data folder offline, and takes out of it what is damaged.
//
// [Check] reads every entry of the database once, in the order of keys, and every encrypted batch. One table says how each kind
// of entry is read (table.go); what is read by itself is then held against the rest: events against their signatures, their
// place and what they build on; receipts and hashes against the transparency log and that against what was signed; the state
// against the seal of the epoch before; batches against anchors, devices and files.
//
// A [Finding] says what is wrong, where, and what to do. [Repair] does it: what follows from something else is deleted or
// written again, damaged events are put aside with what lies behind them, and a mark (archive.Repair) says what is to be done at
// the next start, so that only what is missing is fetched from peers. What nobody else has is never taken away unless
// forced, and then only put aside.
package audit
