package api_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
	"github.com/ledgerofthings/lot/node/joining"
)

func TestInvitationReachesBackendWithItsDefaults(t *testing.T) {
	g := newGateway(t, nil)
	for _, body := range []string{`{}`, `{"name":"shed","expires_in_ms":60000}`} {
		if w := g.ask("POST", "/api/v1/invitations", body); w.Code != 201 {
			t.Fatal(w.Body)
		}
	}
	if w := g.ask("POST", "/api/v1/proposals", `{"changes":[{"verb":"pause","name":"anchor"}]}`); w.Code != 202 {
		t.Fatal(w.Body)
	}
	g.backend.Update(func(d *apitest.Data) {
		want := []api.NewInvitation{{ExpiresIn: joining.DefaultLifetime}, {Name: "shed", ExpiresIn: joining.MinLifetime}}
		if !reflect.DeepEqual(d.Invited, want) {
			t.Errorf("got %+v, want %+v", d.Invited, want)
		}
		proposed := []api.NewProposal{{Changes: []api.Change{{Verb: "pause", Name: "anchor"}}, ExpiresIn: governance.DefaultVoting}}
		if !reflect.DeepEqual(d.Proposed, proposed) {
			t.Errorf("got %+v, want %+v", d.Proposed, proposed)
		}
	})
}

// The API's bounds are those behind it.
func TestInvitationBounds(t *testing.T) {
	g := newGateway(t, nil)
	for body, code := range map[string]int{
		`{"expires_in_ms":59999}`: 422, `{"expires_in_ms":60000}`: 201, `{"expires_in_ms":2592000000}`: 201, `{"expires_in_ms":2592000001}`: 422,
	} {
		if w := g.ask("POST", "/api/v1/invitations", body); w.Code != code {
			t.Errorf("%s: %d", body, w.Code)
		}
	}
	if joining.MinLifetime != 60_000 || joining.MaxLifetime != 2_592_000_000 || governance.MaxVoting != 2_592_000_000 || governance.MaxActions != 16 {
		t.Error("the schemas have other bounds")
	}
}

func TestChangeBecomesAction(t *testing.T) {
	unknown := errors.New("unknown")
	find := func(member string) (dag.Key, error) {
		if member != "loft" {
			return dag.Key{}, unknown
		}
		return apitest.Key(2), nil
	}
	for _, c := range []struct {
		change api.Change
		want   governance.Action
	}{
		{api.Change{Verb: "seat", Member: "loft", Weight: 3}, governance.Action{Verb: governance.VerbSeat, Member: apitest.Key(2), Weight: 3}},
		{api.Change{Verb: "parameter", Name: "approvals", Value: 3}, governance.Action{Verb: governance.VerbParameter, Name: "approvals", Value: 3}},
		{api.Change{Verb: "pause", Name: "anchor"}, governance.Action{Verb: governance.VerbPause, Name: "anchor"}},
	} {
		if got, err := c.change.Action(find); err != nil || got != c.want {
			t.Errorf("got %+v, %v, want %+v", got, err, c.want)
		}
	}
	if _, err := (api.Change{Verb: "remove", Member: "x"}).Action(find); !errors.Is(err, unknown) {
		t.Errorf("%v", err)
	}
}

func TestProposalOf(t *testing.T) {
	p := api.ProposalOf(governance.Proposal{
		ID: apitest.ID(1), Name: "attic", Words: []string{"remove loft"}, Stage: governance.StageOpen, Weight: 2, Needed: 3,
		Approvals: []governance.Approval{{Member: apitest.Key(1), Name: "attic", Weight: 2}}, Missing: []string{"roof"}, Skipped: []int{0},
	})
	want := api.Proposal{
		ID: apitest.ID(1), Proposer: "attic", Changes: []string{"remove loft"}, Stage: governance.StageOpen.String(), Weight: 2, Needed: 3,
		Approvals: []api.ApprovedBy{{Name: "attic", Weight: 2}}, Missing: []string{"roof"}, Skipped: []int{0},
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got %+v", p)
	}
}
