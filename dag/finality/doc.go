// Package finality turns the graph of package dag into one order, the same on every honest node, by votes that are read
// off the graph: nobody sends a vote, a committee member's ordinary events vote through their cones.
//
// # Terms
//
// The cone of an event is the event and everything reachable from it by approves and prev. A committee member's event
// claims a round. first(m, R) in a cone is the first event on m's chain there whose round is R or more. A quorum is a set
// of members whose weight is more than two thirds of the total weight W; faulty members weigh less than a third.
//
// # The rule
//
//  1. A member's event claims a round: at least its previous event's, at most one more than the highest R for which a
//     quorum of members has an event of round R or more strictly in its past. A member's first event of an epoch claims 1.
//     Everybody else's events carry round 0.
//  2. An event is invalid if it approves an event of a key whose fork is visible in its own cone. Its prev is exempt.
//  3. leader(r) is a weighted pseudo-random choice from the epoch's seed and r. A candidate of slot r is an event of the
//     leader whose round is r and whose prev has a lower round.
//  4. m votes in slot r by v = first(m, r+1): for the candidate in cone(v), or nil if there is none or if a fork of the
//     leader is visible in cone(v).
//  5. m certifies in slot r by d = first(m, r+2): candidate L, if the members whose votes for L are in cone(d) are a quorum.
//  6. A slot is committed directly by a quorum of members' certificates for one candidate, and skipped directly by a
//     quorum of members' nil votes.
//  7. Otherwise its anchor decides, the lowest slot from r+3 on that is not skipped: once the anchor is committed, the slot
//     is committed if the anchor's cone holds a certificate for one of its candidates, else it is skipped.
//  8. Slots are emitted in order up to the first undecided one. A committed candidate orders what its cone holds and no
//     earlier one did: topologically, events that are ready by a hash of candidate, key and seq, then by id.
//
// In a cone that shows a fork of a member, that member's chain is not one chain, so first(m, R) means nothing there: the
// member casts neither votes nor certificates in that cone and is no candidate. (Its rounds count in step 1.) A node that
// counts for step 6 looks at all it holds, not at one cone; there a member counts at most once for each candidate, and at
// most once for nil, whatever its branches say.
//
// # Why two nodes never decide a slot differently
//
// Votes and certificates are functions of closed cones, so nodes that hold an event agree about what it casts. An honest
// member has one chain, hence in each slot one voting event and one certifying event, whoever looks.
//
//   - Two candidates of a slot are never both certified: two quorums of votes share an honest member, which voted once.
//     This also holds where forked members count on every branch, since the shared member is honest.
//   - A slot that was skipped directly has no certificate at all: a quorum of nil votes holds honest members of more than
//     a third of the weight, and the others are no quorum.
//   - Once a candidate is committed directly, every event of round r+3 or more has a certificate for it in its past:
//     round r+3 needs a quorum with events of round r+2 or more in its past, which shares an honest member with the quorum
//     of certificates, and that member's first event of round r+2 or more is its certificate. The honest member has not
//     forked, so leaving forked members out hides no certificate that this argument needs. Hence an anchor from r+3 on
//     finds it. An anchor at r+2 need not.
//   - Anchors agree by induction from the highest slot down.
//
// Leaving a visibly forked member out costs no liveness either, since the honest members alone are a quorum.
//
// # Parts
//
// [Rules] holds what is a function of an event's cone and judges events by steps 1 and 2; nodes of a simulation share it.
// [Order] is what one node has decided, and [History] what several have. [Pace] tells a member when to issue, and
// [Order.PickApprovals] what to approve.
package finality
