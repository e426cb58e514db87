// Package joining is how a gateway comes into a network that it is not in: by an invitation of one of the members.
//
// The sponsor makes a bootstrap.Invitation, keeps a [Record] of it in its [Invitations], and gives the token away, on paper or on a
// screen. The newcomer's [Client] dials the sponsor as a stranger and asks two things of its [Server], under [Protocol] of the mesh:
//
//	hello  what is this network?     the genesis, whose hash the token has
//	apply  I want to be a member     the admission event that the sponsor has issued, or a Refusal
//
// An application is signed by the newcomer's three keys and names sponsor and invitation, so that nobody can use it elsewhere; and
// by the key of the invitation's secret, so that only who holds the token can apply. An invitation serves one application: the same one
// again gets the same answer, whatever broke in between, and any other is refused. The server asks its [Sponsor] first what it has
// issued under the invitation, so that being killed between issuing an event and noting it makes no second one.
//
// Messages are dag-cbor with exactly one form; see [ledger.PayloadCodec].
package joining
