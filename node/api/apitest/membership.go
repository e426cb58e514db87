package apitest

import (
	"context"
	"slices"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

var _ api.Membership = (*Backend)(nil)

// Invite implements api.Inviter: it keeps the request in Invited and answers with Invitation, in the request's name.
func (b *Backend) Invite(ctx context.Context, invitation api.NewInvitation) (api.IssuedInvitation, error) {
	data, err := b.get(ctx)
	b.Update(func(d *Data) { d.Invited = append(d.Invited, invitation) })
	data.Invitation.Name = invitation.Name
	return data.Invitation, err
}

// Invitations implements api.Inviter.
func (b *Backend) Invitations(ctx context.Context) ([]api.Invitation, error) {
	data, err := b.get(ctx)
	return data.Invitations, err
}

// RevokeInvitation implements api.Inviter.
func (b *Backend) RevokeInvitation(ctx context.Context, invitation string) error {
	data, err := b.get(ctx)
	if err != nil {
		return err
	}
	matches := func(i api.Invitation) bool { return i.ID.String() == invitation || i.Name == invitation }
	if !slices.ContainsFunc(data.Invitations, matches) {
		return missing("invitation " + invitation)
	}
	b.Update(func(d *Data) { d.Invitations = slices.DeleteFunc(slices.Clone(d.Invitations), matches) })
	return nil
}

// Members implements api.Governor.
func (b *Backend) Members(ctx context.Context) (api.MemberList, error) {
	data, err := b.get(ctx)
	return data.Members, err
}

// RemoveMember implements api.Governor: it answers with the event of Transfer.
func (b *Backend) RemoveMember(ctx context.Context, member string) (dag.ID, error) {
	data, err := b.get(ctx)
	if err != nil {
		return dag.ID{}, err
	}
	if !slices.ContainsFunc(data.Members.Members, func(m api.NetworkMember) bool { return m.Name == member || m.Key.String() == member }) {
		return dag.ID{}, missing("member " + member)
	}
	return data.Transfer, nil
}

// Proposals implements api.Governor.
func (b *Backend) Proposals(ctx context.Context) ([]api.Proposal, error) {
	data, err := b.get(ctx)
	return data.Proposals, err
}

// Propose implements api.Governor: it keeps the request in Proposed and answers with the event of Transfer.
func (b *Backend) Propose(ctx context.Context, proposal api.NewProposal) (dag.ID, error) {
	data, err := b.get(ctx)
	b.Update(func(d *Data) { d.Proposed = append(d.Proposed, proposal) })
	return data.Transfer, err
}

// Approve implements api.Governor: it answers with the event of Transfer.
func (b *Backend) Approve(ctx context.Context, proposal dag.ID) (dag.ID, error) {
	data, err := b.get(ctx)
	if err != nil {
		return dag.ID{}, err
	}
	if !slices.ContainsFunc(data.Proposals, func(p api.Proposal) bool { return p.ID == proposal }) {
		return dag.ID{}, missing("proposal " + proposal.String())
	}
	return data.Transfer, nil
}

// sampleMembership adds one of everything that Membership tells.
func sampleMembership(d *Data) {
	id, event := bootstrap.InvitationID{7}, ID(4)
	d.Invitation = api.IssuedInvitation{ID: id, Token: "lotinvite:aeabc234", Expires: 5000, Addresses: []string{"/ip4/192.0.2.7/tcp/4470"}}
	d.Invitations = []api.Invitation{
		{ID: id, Name: "shed", State: api.InvitationOpen, Created: 1, Expires: 5000},
		{ID: bootstrap.InvitationID{8}, State: api.InvitationUsed, Created: 1, Expires: 5000, UsedBy: "loft", Used: 7, Event: &event},
	}
	d.Members = api.MemberList{Epoch: 3, Members: []api.NetworkMember{
		{Name: "attic", Key: Key(1), PeerID: "12D3KooWAttic", Account: dag.AccountOf(Key(1)), Weight: 1, Active: true},
		{Name: "loft", Key: Key(2), PeerID: "12D3KooWLoft", Account: dag.AccountOf(Key(2)), Sponsor: "attic", Since: 3},
	}}
	d.Proposals = []api.Proposal{{
		ID: ID(5), Proposer: "attic", Changes: []string{"give loft a seat of weight 1"}, Stage: "open", Expires: 9000, Weight: 1, Needed: 3,
		Approvals: []api.ApprovedBy{{Name: "attic", Weight: 1}}, Missing: []string{"loft"},
	}}
}
