package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
)

// Membership is what a [Backend] offers besides where its gateway can invite newcomers and take part in governance. The API of a backend
// that does not has no such paths.
type Membership interface {
	Inviter
	Governor
}

// Inviter gives invitations.
type Inviter interface {
	// Invite makes an invitation. Faults: Conflict if the name is taken, Refused if this gateway may not admit anybody, Busy if too
	// many invitations are open, Unavailable if the gateway cannot be reached or issues no events.
	Invite(ctx context.Context, invitation NewInvitation) (IssuedInvitation, error)
	// Invitations returns the invitations that are known, the newest first.
	Invitations(ctx context.Context) ([]Invitation, error)
	// RevokeInvitation takes an invitation back, by its id or by the name that it is for. Faults: NotFound; Conflict if it was used,
	// or if several are for that name.
	RevokeInvitation(ctx context.Context, invitation string) error
}

// NewInvitation is the body of POST /invitations.
type NewInvitation struct {
	Name      string `json:"name,omitempty" maxLength:"63" pattern:"^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$" doc:"The name that the newcomer will have; empty leaves the choice to it."`
	ExpiresIn uint64 `json:"expires_in_ms,omitempty" minimum:"60000" maximum:"2592000000" default:"86400000" doc:"For how long it holds, in ms."`
}

// IssuedInvitation is the answer of POST /invitations.
type IssuedInvitation struct {
	ID      bootstrap.InvitationID `json:"id"`
	Token   string                 `json:"token" doc:"What the newcomer needs, and a secret: whoever has it can use it, once. It is told here and never again."`
	Name    string                 `json:"name,omitempty" doc:"The name that the newcomer will have, if it was given."`
	Expires uint64                 `json:"expires" doc:"In ms since the Unix epoch."`

	Addresses List[string] `json:"addresses" doc:"Where the newcomer will look for this gateway: at least one of them has to be reachable from there."`
}

// The states of an invitation.
const (
	InvitationOpen    = "open"
	InvitationUsed    = "used"
	InvitationExpired = "expired"
)

// Invitation is what a gateway knows of an invitation that it gave.
type Invitation struct {
	ID      bootstrap.InvitationID `json:"id"`
	Name    string                 `json:"name,omitempty" doc:"The name that the newcomer will have, if it was given."`
	State   string                 `json:"state" enum:"open,used,expired"`
	Created uint64                 `json:"created" doc:"In ms since the Unix epoch."`
	Expires uint64                 `json:"expires" doc:"In ms since the Unix epoch."`
	UsedBy  string                 `json:"used_by,omitempty" doc:"The name of who used it."`
	Used    uint64                 `json:"used,omitempty" doc:"When it was used, in ms since the Unix epoch."`
	Event   *dag.ID                `json:"event,omitempty" doc:"The admission, if it was used."`
}

// InvitationList is the answer of GET /invitations.
type InvitationList struct {
	Invitations List[Invitation] `json:"invitations"`
}

// membershipRoutes registers what a backend with Membership offers.
func (s *Server) membershipRoutes() {
	m, ok := s.backend.(Membership)
	if !ok {
		return
	}
	inviting, governing := inviterAPI{m}, governorAPI{m}
	register(s, get(BasePath+"/invitations", "invitations", "Invitations of this gateway, the newest first"), inviting.list)
	register(s, huma.Operation{Method: http.MethodPost, Path: BasePath + "/invitations", OperationID: "invite",
		Summary: "Invite a gateway into the network", DefaultStatus: http.StatusCreated}, inviting.invite)
	register(s, huma.Operation{Method: http.MethodDelete, Path: BasePath + "/invitations/{invitation}", OperationID: "revoke-invitation",
		Summary: "Take an invitation back that was not used", DefaultStatus: http.StatusNoContent}, inviting.revoke)
	register(s, get(BasePath+"/members", "members", "The members of the network"), governing.members)
	register(s, huma.Operation{Method: http.MethodDelete, Path: BasePath + "/members/{member}", OperationID: "remove-member",
		Summary: "Leave the network, or send a guest away", DefaultStatus: http.StatusAccepted}, governing.remove)
	register(s, get(BasePath+"/proposals", "proposals", "Proposals to the committee"), governing.proposals)
	register(s, huma.Operation{Method: http.MethodPost, Path: BasePath + "/proposals", OperationID: "propose",
		Summary: "Propose changes to the committee", DefaultStatus: http.StatusAccepted}, governing.propose)
	register(s, huma.Operation{Method: http.MethodPost, Path: BasePath + "/proposals/{cid}/approve", OperationID: "approve",
		Summary: "Approve a proposal, or agree to the seat that it gives", DefaultStatus: http.StatusAccepted}, governing.approve)
}

// inviterAPI answers the paths of an Inviter.
type inviterAPI struct{ backend Inviter }

type invitationsOutput struct{ Body InvitationList }

func (a inviterAPI) list(ctx context.Context, _ *struct{}) (*invitationsOutput, error) {
	invitations, err := a.backend.Invitations(ctx)
	return &invitationsOutput{InvitationList{invitations}}, err
}

type inviteInput struct{ Body NewInvitation }

type inviteOutput struct{ Body IssuedInvitation }

func (a inviterAPI) invite(ctx context.Context, in *inviteInput) (*inviteOutput, error) {
	invitation, err := a.backend.Invite(ctx, in.Body)
	return &inviteOutput{invitation}, err
}

type revokeInput struct {
	Invitation string `path:"invitation" maxLength:"128" doc:"The invitation's id, lotinv:..., or the name that it is for."`
}

func (a inviterAPI) revoke(ctx context.Context, in *revokeInput) (*struct{}, error) {
	return nil, a.backend.RevokeInvitation(ctx, in.Invitation)
}
