// Package merklemap is an immutable map from byte strings to byte strings with a root hash that depends on its entries
// alone, not on the order in which they came.
//
// It is a binary trie over path(key) = SHA-256(key), path-compressed: an inner node stands at the first bit in which the
// paths below it differ, so n entries make n leaves and n-1 inner nodes, and the depth stays near log2(n) whatever keys an
// adversary picks. An update makes new nodes on one path and shares all others with the map before it.
//
//	leaf  = SHA-256(0x00 || path || SHA-256(value))
//	inner = SHA-256(0x01 || bit || left || right)      bit: one byte, the index of the deciding bit, 0 the first
//	root  = the hash of the topmost node, or 32 zero bytes for an empty map
//
// A lookup reads the key's own bit at each inner node and so ends at one leaf: the key's, or that of another key, which
// shows that the key is absent. The siblings on that way, with the leaf, are the [Proof] of either.
//
// All entries whose paths begin with the same bits, a [Prefix], are a part of the map. As nothing but what shares those
// bits lies below the node to which they lead, the siblings on the way to it show that the entries are in the map and that
// no other is in the part. Where the way leads past the prefix, because nothing has it, the part is empty: then the proof
// of the first path that the prefix could have shows that.
//
// A [Draft] collects changes before they are hashed. Maps and drafts may be read by many goroutines at once; nothing in them
// ever changes.
package merklemap
