// Package batch puts readings together: in memory while they gather, and as one encrypted block with the anchor that goes on the
// ledger. Every gateway does it this way, whatever else it keeps. See package proof for the tree of a batch.
package batch
