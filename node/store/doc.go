// Package store keeps everything a gateway must not forget in one folder.
//
//	DIR/FORMAT   which layout the folder has
//	DIR/LOCK     held by the one process that uses the folder; PID says which
//	DIR/db       a pebble database: the stores of all machines, and apart from them those of DHT and peerstore
//	DIR/blobs    encrypted batches of readings, one file each, named by the sha2-256 digest of their bytes
//	DIR/pins     the same of other gateways, kept for them
//	DIR/BALLAST  holds room that is given back when the volume fills up
//
// Two promises hold against a killed process and against a power cut, as far as the disk keeps what it confirmed:
//
//   - When [Step.Commit] returns nil, all of the step is on disk. When it does not, or never returns, either all or nothing
//     of the step is there when the folder is next opened, never a part.
//   - When [Blobs.Put] or [Incoming.Finish] returns nil, the blob is on disk.
//
// The view that [Store.Datastore] gives to libp2p is written without waiting for the disk: what it holds can be learnt again.
//
// After a write that the disk refused nothing is certain about what the disk holds, so the store refuses all further use
// with [ErrFailed] until the folder is opened again. Space tells early enough that the disk is about to fill.
package store
