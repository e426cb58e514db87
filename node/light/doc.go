// Package light is a gateway with role = "light": it keeps no graph and no ledger, follows the log by its signed checkpoints, has
// everything that it relies on proven to it by full gateways, and issues events of its own. It is for a box with little memory on a
// slow line.
//
// A [Machine] decides everything; like package engine it is a plain value machine: time, chance and storage are given to it, its
// writes are durable before its effects go out, and equal inputs have equal effects. Package driver ties it to peers and disk.
//
// # What it trusts
//
// A committee of the network: that of genesis, or the one after a pinned seal. From there
//
//   - checkpoints are taken only with the signatures of a quorum of the epoch's committee, and only if the log of the one before is
//     shown to be the beginning of theirs;
//   - it goes into a later epoch only by a chain of certificates. A peer that has dropped the log of sealed epochs cannot show that
//     the log of before goes on there; that is taken, and told ([Unlinked]), once as many peers say so as are asked about anything;
//   - entries of the state, and the lack of them, come with a path in the state that the newest checkpoint names, and the outcome of an
//     event with the path of its leaf in the log.
//
// What cannot be proven is asked of several peers, and is never worse than a delay: that a peer took an event, that an event was not
// ordered in its epoch, and what is a tip. A peer that shows what does not hold is named ([Liar]), is asked no more, and what it
// showed is kept ([Evidence]). Two checkpoints of one size that both have a quorum prove that more than a third of a committee works
// for two histories: the gateway then issues nothing more ([Split]).
//
// # What it issues
//
// An event that approves what nobody can find would never be taken, and since it has used up its number nothing after it either, until
// the epoch ends. So a light gateway approves a committed leader, which the last leaf of its checkpoint proves, and a tip that two
// peers name. Where they name none in common it approves a root of the epoch instead, which always exists.
//
// It persists an event before it hands it to two peers, hands it to others while it is not ordered, and issues its payload again if
// the epoch ends without it. After a start it issues nothing before enough members have told it how far its own chain goes, so that
// an old copy of the disk forks nothing.
package light
