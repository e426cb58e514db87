// Package disk is the disk of a simulated node: an engine.Storage in memory that keeps what was synced, may lose what was
// not, and can be damaged, filled and put back to an older state.
//
// Thousands of disks share a [Pool], which holds every key and value once, however many nodes wrote it. A disk itself is
// small numbers: which value of the pool stands at which key. Keys of one prefix byte and a big-endian number of eight,
// which engines count up from 0 (events, hashes of the log), take one to two bytes each; all other keys are in a B-tree of
// eight bytes an entry.
//
// A pool and its disks belong to one goroutine.
package disk
