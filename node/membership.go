package node

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/joining"
)

var _ api.Membership = (*backend)(nil)

// openJoining lets newcomers come in by the invitations that this gateway gave.
func (n *Node) openJoining() (err error) {
	path := n.options.Invitations
	if path == "" {
		path = filepath.Join(filepath.Dir(n.options.DataDir), "invitations.json")
	}
	if n.invitations, err = joining.OpenFile(path, now); err != nil {
		return err
	}
	n.joining = joining.NewServer(joining.ServerConfig{
		Genesis: n.options.Genesis, Event: n.self.event, Invitations: n.invitations, Sponsor: sponsor{n}, Now: now, Logger: n.log,
	})
	return nil
}

// sponsor issues admissions for newcomers. It implements joining.Sponsor.
type sponsor struct{ n *Node }

func admissionKey(id bootstrap.InvitationID) string { return "admission " + id.String() }

// Invitation implements joining.Sponsor.
func (s sponsor) Invitation(ctx context.Context, id bootstrap.InvitationID) (a joining.Admission, ok bool, err error) {
	queried := s.n.loop.query(ctx, func(e *engine.Engine) {
		if a.Event, ok, err = e.Requested(admissionKey(id)); err != nil || !ok {
			return
		}
		var event *dag.Event
		if event, err = e.Find(a.Event); err != nil || event == nil {
			err = errors.Join(err, errors.New("the admission that was issued is not in the data folder"))
			return
		}
		var admit *governance.Admit
		if admit, err = governance.DecodeAdmit(event.Body()); err == nil {
			a.Application = admit.Application
		}
	})
	return a, ok && err == nil, errors.Join(queried, err)
}

// Admit implements joining.Sponsor.
func (s sponsor) Admit(ctx context.Context, body []byte) (dag.ID, error) {
	admit, err := governance.DecodeAdmit(body)
	if err != nil {
		return dag.ID{}, err
	}
	reply, err := s.n.loop.call(ctx, engine.Govern{
		Kind: governance.KindAdmit, Body: body, IdempotencyKey: admissionKey(bootstrap.InvitationID(admit.Invitation)),
	})
	switch {
	case err != nil:
		return dag.ID{}, err
	case reply.Refusal != nil && reply.Refusal.Code == engine.CodeConflict:
		return dag.ID{}, &joining.Refusal{Reason: joining.Declined, Detail: reply.Refusal.Detail}
	case reply.Refusal != nil:
		return dag.ID{}, reply.Refusal
	}
	return reply.Event, nil
}

// Invite implements api.Inviter.
func (b *backend) Invite(ctx context.Context, in api.NewInvitation) (api.IssuedInvitation, error) {
	terms, err := b.terms(ctx, in.Name)
	if err != nil {
		return api.IssuedInvitation{}, err
	}
	signer, err := b.options.Vault.Signer(vault.Event)
	if err != nil {
		return api.IssuedInvitation{}, err
	}
	lifetime := in.ExpiresIn
	if lifetime == 0 {
		lifetime = joining.DefaultLifetime
	}
	invitation, record, err := b.joining.Invite(terms, lifetime, signer)
	switch {
	case errors.Is(err, joining.ErrTooManyInvitations):
		return api.IssuedInvitation{}, &api.Fault{Kind: api.Busy, Why: err.Error(), Hint: "`lot invite list` shows them, `lot invite revoke ID` takes one back"}
	case errors.Is(err, joining.ErrLifetime), errors.Is(err, bootstrap.ErrInvitation):
		return api.IssuedInvitation{}, &api.Fault{Kind: api.Invalid, Why: err.Error(), Hint: "`lot invite --help` says what is possible"}
	case err != nil:
		return api.IssuedInvitation{}, err
	}
	issued := api.IssuedInvitation{ID: record.ID, Token: invitation.Token(), Name: record.Name, Expires: record.Expires}
	for _, a := range invitation.Addresses() {
		issued.Addresses = append(issued.Addresses, a)
	}
	return issued, nil
}

// terms returns what an invitation says, or why this gateway cannot give one.
func (b *backend) terms(ctx context.Context, name string) (bootstrap.Terms, error) {
	id, err := peer.Decode(b.mesh.ID())
	if err != nil {
		return bootstrap.Terms{}, err
	}
	t := bootstrap.Terms{Addresses: joining.Addresses(b.mesh.Addresses()), Name: name}
	if t.Sponsor, err = bootstrap.HostKey(id); err != nil {
		return t, err
	}
	if len(t.Addresses) == 0 {
		return t, &api.Fault{Kind: api.Unavailable, Why: "this gateway has no address at which a newcomer could reach it",
			Hint: "set network.announce to an address that leads to it from outside"}
	}
	var fault error
	err = b.loop.query(ctx, func(e *engine.Engine) {
		if t.Pin, fault = e.Pin(); fault != nil {
			return
		}
		fault = mayInvite(e, b.self.event, name)
	})
	return t, errors.Join(err, fault)
}

// mayInvite says why a gateway cannot admit anybody, or nobody of a name; nil if it can.
func mayInvite(e *engine.Engine, key dag.Key, name string) error {
	if e.Network().Members[key].IsZero() {
		return &api.Fault{Kind: api.Refused, Why: "this gateway was admitted in this epoch itself, or is no member of the network",
			Hint: "a newcomer can invite others from the next epoch on"}
	}
	if _, taken := governance.FindName(e.State(), name); name != "" && taken {
		return &api.Fault{Kind: api.Conflict, Why: "the name " + name + " is taken", Hint: "choose another name, or leave it to the newcomer"}
	}
	return nil
}

// Invitations implements api.Inviter.
func (b *backend) Invitations(context.Context) (list []api.Invitation, _ error) {
	for _, r := range b.invitations.List() {
		view := api.Invitation{ID: r.ID, Name: r.Name, State: api.InvitationOpen, Created: r.Created, Expires: r.Expires}
		switch {
		case r.Use != nil:
			view.State, view.UsedBy, view.Used = api.InvitationUsed, r.Use.Application.Name, r.Use.Time
			if !r.Use.Event.IsZero() { // else only the ledger told of the use
				view.Event = &r.Use.Event
			}
		case now() >= r.Expires:
			view.State = api.InvitationExpired
		}
		list = append(list, view)
	}
	return list, nil
}

// RevokeInvitation implements api.Inviter.
func (b *backend) RevokeInvitation(_ context.Context, which string) error {
	id, err := b.findInvitation(which)
	if err != nil {
		return err
	}
	err = b.invitations.Revoke(id)
	switch {
	case errors.Is(err, joining.ErrNoInvitation):
		return &api.Fault{Kind: api.NotFound, Why: err.Error(), Hint: "`lot invite list` shows those that there are"}
	case errors.Is(err, joining.ErrInvitationUsed):
		return &api.Fault{Kind: api.Conflict, Why: err.Error(), Hint: "`lot member remove NAME` sends a guest away"}
	}
	return err
}

// findInvitation returns an open invitation by its id or the name that it is for.
func (b *backend) findInvitation(which string) (found bootstrap.InvitationID, err error) {
	if id, err := bootstrap.ParseInvitationID(which); err == nil {
		return id, nil
	}
	matching := slices.DeleteFunc(b.invitations.List(), func(r joining.Record) bool { return r.Name != which || r.Use != nil })
	switch len(matching) {
	case 0:
		return found, &api.Fault{Kind: api.NotFound, Why: "there is no open invitation for " + which, Hint: "`lot invite list` shows those that there are"}
	case 1:
		return matching[0].ID, nil
	}
	return found, &api.Fault{Kind: api.Conflict, Why: "several invitations are for " + which, Hint: "name one by its id, as `lot invite list` shows it"}
}

// Members implements api.Governor.
func (b *backend) Members(ctx context.Context) (list api.MemberList, _ error) {
	err := b.loop.query(ctx, func(e *engine.Engine) {
		network, state := e.Network(), e.State()
		list.Epoch = network.Epoch
		for _, m := range governance.Members(state) {
			list.Members = append(list.Members, memberView(m, network, state))
		}
	})
	slices.SortFunc(list.Members, func(a, b api.NetworkMember) int { return strings.Compare(a.Name, b.Name) })
	return list, fault(err)
}

// RemoveMember implements api.Governor.
func (b *backend) RemoveMember(ctx context.Context, member string) (dag.ID, error) {
	key, err := b.findMember(ctx, member)
	if err != nil {
		return dag.ID{}, err
	}
	body, err := (&governance.Remove{Member: key}).Encode()
	if err != nil {
		return dag.ID{}, err
	}
	return b.issue(ctx, governance.KindRemove, body)
}

// findMember returns the event key of a member by its name or key.
func (b *backend) findMember(ctx context.Context, member string) (key dag.Key, _ error) {
	found := false
	err := b.loop.query(ctx, func(e *engine.Engine) {
		if m, ok := governance.FindName(e.State(), member); ok {
			key, found = m.Event, true
		} else if parsed, err := dag.ParseKey(member); err == nil {
			_, found = governance.Find(e.State(), parsed)
			key = parsed
		}
	})
	if err == nil && !found {
		return key, &api.Fault{Kind: api.NotFound, Why: "there is no member " + member, Hint: "`lot members` shows those that there are"}
	}
	return key, fault(err)
}

// Proposals implements api.Governor.
func (b *backend) Proposals(ctx context.Context) (list []api.Proposal, _ error) {
	err := b.loop.query(ctx, func(e *engine.Engine) {
		for _, p := range governance.Proposals(e.State()) {
			list = append(list, api.ProposalOf(p))
		}
	})
	return list, fault(err)
}

// Propose implements api.Governor.
func (b *backend) Propose(ctx context.Context, in api.NewProposal) (dag.ID, error) {
	propose := &governance.Propose{}
	for _, change := range in.Changes {
		action, err := change.Action(func(member string) (dag.Key, error) { return b.findMember(ctx, member) })
		if err != nil {
			return dag.ID{}, err
		}
		propose.Actions = append(propose.Actions, action)
	}
	if in.ExpiresIn != 0 {
		err := b.loop.query(ctx, func(e *engine.Engine) { propose.Expires = max(now(), e.State().Time()) + in.ExpiresIn })
		if err != nil {
			return dag.ID{}, fault(err)
		}
	}
	body, err := propose.Encode()
	if err != nil {
		return dag.ID{}, &api.Fault{Kind: api.Invalid, Why: err.Error(), Hint: "`lot govern propose --help` says what can be proposed"}
	}
	return b.issue(ctx, governance.KindPropose, body)
}

// Approve implements api.Governor.
func (b *backend) Approve(ctx context.Context, proposal dag.ID) (dag.ID, error) {
	known := false
	err := b.loop.query(ctx, func(e *engine.Engine) { _, known = governance.FindProposal(e.State(), proposal) })
	if err == nil && !known {
		return dag.ID{}, &api.Fault{Kind: api.NotFound, Why: "there is no proposal " + proposal.String(), Hint: "`lot govern list` shows those that there are; a new one shows when it is final"}
	}
	if err != nil {
		return dag.ID{}, fault(err)
	}
	body, err := (&governance.Approve{Proposal: proposal}).Encode()
	if err != nil {
		return dag.ID{}, err
	}
	return b.issue(ctx, governance.KindApprove, body)
}

// issue issues an event about the network.
func (b *backend) issue(ctx context.Context, kind string, body []byte) (dag.ID, error) {
	reply, err := b.request(ctx, engine.Govern{Kind: kind, Body: body})
	return reply.Event, err
}
