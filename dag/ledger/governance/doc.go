// Package governance says who is in the network, who has a seat in the committee, and by which parameters and version of the
// rules the network runs, and it is how a quorum of the committee changes that. It is a [ledger.Module] like any other: what it
// knows is in the state, and it acts on ordered events alone.
//
// # Members
//
// A [Member] has a name, an account, and three keys that serve one purpose each: for its host, for its events and for its
// cosignatures. [Genesis] enters the founders. Later there are two ways in. A member invites a guest, which signs an
// [Application] with all three keys and is let in by an [Admit] event of that member, its sponsor; a sponsor has a bounded
// number of guests in an epoch, its guests cannot invite in the epoch in which they came, and it may send a guest away until
// the guest has a seat. Or a quorum admits somebody who applied to nobody in particular. An application names its sponsor under
// the signatures, so that no other member can take a guest over by being earlier in the order, and an invitation is used once.
//
// # Seats and proposals
//
// A member with a seat proposes up to [MaxActions] changes at once ([Propose]), which counts as its approval. The others approve
// ([Approve]). A proposal is accepted as soon as the seats that approve it have more than two thirds of the weight of all
// seats, and every member to whom it gives a seat has agreed. It lapses if that has not happened in its time. Frozen keys
// do not count among the approvals, though their weight still counts as part of the whole.
//
// # Epochs
//
// During an epoch nothing of this changes: accepted proposals wait until the epoch is sealed ([Module.Seal]), and [Pending] tells
// the committee to seal it with the next commit. Then, in this order, proposals take effect as they were accepted, members leave
// who said so, and frozen keys lose their seats; what the state says after that are the [Terms] of the next epoch ([Read]). A
// newcomer is entered at once, so that its name and keys are taken and its account can act, and is among the terms from the
// next epoch on.
//
// # Why it is safe
//
// Within an epoch the committee and its weights are constant. Any two quorums of it share an honest member as long as less
// than a third of the weight is faulty, so the epoch has one order, one last commit and one state at its seal. The seal is
// cosigned by a quorum of the committee that it ends, and the next epoch's graph begins with the seal's hash: two different
// next committees would need two quorums of the same committee to sign different seals. So it needs no overlap between one
// committee and the next, and safety in every epoch follows from the one before, by induction from genesis.
//
// Whatever changes a committee has more than two thirds of the old weight behind it. Members that are faulty together with less
// than a third can neither pass a proposal nor, since the honest ones have more than two thirds, prevent one.
//
// A member that has a seat and does not take part is as bad as a faulty one. Hence nobody is given a seat without an event of
// its own that agrees, issued with the key that is to vote, and nobody is given new keys without signatures by them: a name in a
// proposal cannot halt the network. Neither can a member that goes: whoever gives up its seat ends the epoch with that, and
// the last seat with a working key cannot be given up or taken away. A proposal that would leave the committee without such a
// seat, or with more than [MaxSeats], is refused when it is made and skipped if it came to that in between.
//
// A key that signed two events with one seq is frozen by the ledger. It approves nothing from then on, and loses its seat at the
// next seal; the member and its account stay, and a quorum can give it new keys. Only if every seat is frozen do they stay, since
// otherwise nothing would be ordered any more; nothing can be proposed then either, and the network has to be founded anew.
//
// Nothing in here can be paused: what pauses must be able to release.
package governance
