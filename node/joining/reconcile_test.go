package joining

import (
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// stateAfter returns the state of a network of barn and a guest, in which the guest used an invitation.
func stateAfter(t *testing.T, id bootstrap.InvitationID, guest string) *ledger.State {
	t.Helper()
	var members []governance.Member
	for n, name := range []string{"barn", guest} {
		event := signer(name, "event").Key()
		members = append(members, governance.Member{
			Name: name, Host: signer(name, "host").Key(), Event: event, Cosign: signer(name, "cosign").Key(),
			Account: dag.AccountOf(event), Weight: uint64(1 - n),
		})
	}
	entries, err := governance.Genesis(members, governance.DefaultParameters())
	must(t, err)
	key := signer(guest, "event").Key()
	entries = append(entries, ledger.GenesisEntry{Module: "governance", Key: append([]byte("invitation/"), id[:]...), Value: key[:]})
	state, err := ledger.Genesis(nil, entries...)
	must(t, err)
	return state
}

// What the backup did not know of is noted from the ledger, once.
func TestReconcile(t *testing.T) {
	s := newSite(t)
	used, open := s.invite("attic"), s.invite("shed")
	state := stateAfter(t, used.ID(), "attic")
	for _, want := range []int{1, 0} {
		if n, err := Reconcile(s.file, state, 7); n != want || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	r, _ := s.file.Find(used.ID())
	if r.Use == nil || r.Use.Time != 7 || r.Use.Application.Event != signer("attic", "event").Key() {
		t.Errorf("%+v", r.Use)
	}
	if r.Use.Application.Name != "attic" || r.Use.Application.Host != signer("attic", "host").Key() {
		t.Errorf("the guest is a member, and is told of as %+v", r.Use.Application)
	}
	if r, _ := s.file.Find(open.ID()); r.Use != nil {
		t.Errorf("%+v", r.Use)
	}
}
