package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

// Invite makes an invitation into the gateway's network.
func (c *Client) Invite(ctx context.Context, invitation api.NewInvitation) (issued api.IssuedInvitation, err error) {
	err = c.call(ctx, http.MethodPost, api.BasePath+"/invitations", nil, invitation, &issued)
	return issued, err
}

// Invitations returns the gateway's invitations, the newest first.
func (c *Client) Invitations(ctx context.Context) ([]api.Invitation, error) {
	var list api.InvitationList
	err := c.call(ctx, http.MethodGet, api.BasePath+"/invitations", nil, nil, &list)
	return list.Invitations, err
}

// RevokeInvitation takes an invitation back, by its id or the name that it is for.
func (c *Client) RevokeInvitation(ctx context.Context, invitation string) error {
	return c.call(ctx, http.MethodDelete, api.BasePath+"/invitations/"+url.PathEscape(invitation), nil, nil, nil)
}

// Members returns the members of the network and the present epoch.
func (c *Client) Members(ctx context.Context) (list api.MemberList, err error) {
	err = c.call(ctx, http.MethodGet, api.BasePath+"/members", nil, nil, &list)
	return list, err
}

// RemoveMember makes the gateway leave, or send a guest away, by name or did:key, and returns the event.
func (c *Client) RemoveMember(ctx context.Context, member string) (dag.ID, error) {
	return c.issue(ctx, http.MethodDelete, "/members/"+url.PathEscape(member), nil)
}

// Proposals returns the proposals to the committee.
func (c *Client) Proposals(ctx context.Context) ([]api.Proposal, error) {
	var list api.ProposalList
	err := c.call(ctx, http.MethodGet, api.BasePath+"/proposals", nil, nil, &list)
	return list.Proposals, err
}

// Propose proposes changes to the committee and returns the event, which is the proposal's id.
func (c *Client) Propose(ctx context.Context, proposal api.NewProposal) (dag.ID, error) {
	return c.issue(ctx, http.MethodPost, "/proposals", proposal)
}

// Approve approves a proposal and returns the event.
func (c *Client) Approve(ctx context.Context, proposal dag.ID) (dag.ID, error) {
	return c.issue(ctx, http.MethodPost, "/proposals/"+proposal.String()+"/approve", nil)
}

// issue makes a request that lets the gateway issue an event.
func (c *Client) issue(ctx context.Context, method, path string, body any) (dag.ID, error) {
	var issued api.Issued
	err := c.call(ctx, method, api.BasePath+path, nil, body, &issued)
	return issued.Event, err
}
