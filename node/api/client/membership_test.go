package client_test

import (
	"reflect"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
	"github.com/ledgerofthings/lot/node/api/client"
)

func TestMembershipCalls(t *testing.T) {
	g, c := connect(t)
	ctx, sample := t.Context(), apitest.Sample()
	members, err := c.Members(ctx)
	if err != nil || !reflect.DeepEqual(members, sample.Members) {
		t.Errorf("members %+v, %v", members, err)
	}
	invitations, err := c.Invitations(ctx)
	if err != nil || !reflect.DeepEqual(invitations, sample.Invitations) {
		t.Errorf("invitations %+v, %v", invitations, err)
	}
	proposals, err := c.Proposals(ctx)
	if err != nil || len(proposals) != 1 || proposals[0].ID != sample.Proposals[0].ID || proposals[0].Missing[0] != "loft" {
		t.Errorf("proposals %+v, %v", proposals, err)
	}
	invitation, err := c.Invite(ctx, api.NewInvitation{Name: "roof"})
	if err != nil || invitation.Token != sample.Invitation.Token || invitation.Name != "roof" {
		t.Errorf("invitation %+v, %v", invitation, err)
	}
	if err := c.RevokeInvitation(ctx, "shed"); err != nil {
		t.Error(err)
	}
	if err := c.RevokeInvitation(ctx, "a/b?c"); !client.IsFault(err, api.NotFound) {
		t.Errorf("%v", err)
	}
	for name, call := range map[string]func() (dag.ID, error){
		"remove": func() (dag.ID, error) { return c.RemoveMember(ctx, apitest.Key(2).String()) },
		"propose": func() (dag.ID, error) {
			return c.Propose(ctx, api.NewProposal{Changes: []api.Change{{Verb: "version", Value: 2}}})
		},
		"approve": func() (dag.ID, error) { return c.Approve(ctx, apitest.ID(5)) },
	} {
		if event, err := call(); err != nil || event != sample.Transfer {
			t.Errorf("%s: %s, %v", name, event, err)
		}
	}
	g.backend.Update(func(d *apitest.Data) {
		if len(d.Invitations) != 1 || len(d.Proposed) != 1 || d.Proposed[0].Changes[0].Value != 2 {
			t.Errorf("%+v, %+v", d.Invitations, d.Proposed)
		}
	})
}
