package governance

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

func TestAdmit(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 0)
	n.admit(1, 5, 1, ledger.StatusApplied)
	m, ok := Find(n.state, keys(5).event())
	want := keys(5).member(0)
	want.Sponsor, want.Since = keys(1).event(), 1
	if !ok || m != want {
		t.Errorf("%+v, want %+v", m, want)
	}
	if got := n.state.Keys(keys(5).account()); len(got) != 1 || got[0] != keys(5).event() {
		t.Errorf("keys of its account: %v", got)
	}
	if guest, ok := InvitationUsed(n.state, invitation(1)); !ok || guest != keys(5).event() {
		t.Error("the invitation is not used")
	}
	if Pending(n.state) {
		t.Error("a guest ends the epoch")
	}
	terms := n.seal()
	if terms.Epoch != 2 || len(terms.Members) != 3 {
		t.Errorf("%+v", terms)
	}
	checkBooks(t, n.state)
	n.admit(5, 6, 2, ledger.StatusApplied)
}

// TestAdmitRefused has every reason for which a newcomer is not admitted.
func TestAdmitRefused(t *testing.T) {
	guest := func(k keys, name string, sponsor keys, id byte) *Admit {
		return &Admit{SignedApplication: *k.apply(t, name, testNetwork, sponsor.event(), invitation(id))}
	}
	expired := guest(9, "gw-9", 0, 9)
	expired.Expires = 10_000
	inTime := guest(9, "gw-9", 0, 9)
	inTime.Expires = 10_001
	forged := guest(9, "gw-9", 0, 9)
	forged.Signatures[2][0]++
	foreign := &Admit{SignedApplication: *keys(9).apply(t, "gw-9", otherNetwork, keys(0).event(), invitation(9))}
	mixed := &Admit{SignedApplication: *mixedKeys(t, keys(9), keys(0).cosign())}
	for name, tc := range map[string]struct {
		by   keys
		p    *Admit
		want ledger.Status
	}{
		"in time":         {0, inTime, ledger.StatusApplied},
		"expired":         {0, expired, ledger.StatusExpired},
		"forged":          {0, forged, ledger.StatusInvalidSignature},
		"other network":   {0, foreign, ledger.StatusInvalidSignature},
		"no member":       {8, guest(9, "gw-9", 8, 9), ledger.StatusNotAuthorised},
		"other's guest":   {1, guest(9, "gw-9", 0, 9), ledger.StatusNotAuthorised},
		"guest's guest":   {5, guest(9, "gw-9", 5, 9), ledger.StatusTooEarly},
		"name taken":      {0, guest(9, "gw-1", 0, 9), ledger.StatusAlreadyExists},
		"keys taken":      {0, guest(1, "gw-9", 0, 9), ledger.StatusAlreadyExists},
		"one key taken":   {0, mixed, ledger.StatusAlreadyExists},
		"guest again":     {0, guest(5, "gw-5", 0, 9), ledger.StatusAlreadyExists},
		"invitation used": {0, guest(9, "gw-9", 0, 1), ledger.StatusAlreadyExists},
		"frozen newcomer": {0, guest(4, "gw-4", 0, 9), ledger.StatusKeyFrozen},
		"frozen sponsor":  {2, guest(9, "gw-9", 2, 9), ledger.StatusKeyFrozen},
	} {
		n := found(t, DefaultParameters(), 1, 1, 1)
		n.admit(0, 5, 1, ledger.StatusApplied)
		n.freeze(4)
		n.freeze(2)
		n.t = namedT{t, name}
		n.issue(tc.by, tc.p, tc.want)
		checkBooks(n.t, n.state)
	}
}

// namedT says which case failed.
type namedT struct {
	*testing.T
	name string
}

func (t namedT) Fatalf(format string, args ...any) {
	t.Helper()
	t.Errorf(t.name+": "+format, args...)
}

// mixedKeys is an application with another member's key as its host key, which that one signed too.
func mixedKeys(t *testing.T, k keys, host dag.Key) *SignedApplication {
	a := Application{Name: k.name(), Host: host, Event: k.event(), Cosign: k.cosign(), Sponsor: keys(0).event()}
	s, err := a.Sign(testNetwork, invitation(9), keys(0).signer(2), k.signer(1), k.signer(2))
	if err != nil {
		t.Fatal(err)
	}
	return &s
}

// TestSponsorFloods has a sponsor use up its admissions of an epoch, while another one still can.
func TestSponsorFloods(t *testing.T) {
	p := DefaultParameters()
	p.Admissions = 3
	n := found(t, p, 1, 1)
	for i := range 3 {
		n.admit(0, keys(10+i), byte(10+i), ledger.StatusApplied)
	}
	n.admit(0, 13, 13, ledger.StatusLimitReached)
	n.admit(10, 13, 13, ledger.StatusTooEarly)
	n.admit(1, 13, 14, ledger.StatusApplied)
	n.seal()
	n.admit(0, 14, 15, ledger.StatusApplied)
	checkBooks(t, n.state)
}

// TestAdmissionsClosed lets a quorum close the door.
func TestAdmissionsClosed(t *testing.T) {
	n := found(t, DefaultParameters(), 1)
	n.propose(0, ledger.StatusApplied, Action{Verb: VerbParameter, Name: "admissions", Value: 0})
	n.admit(0, 5, 1, ledger.StatusApplied)
	n.seal()
	n.admit(0, 6, 2, ledger.StatusLimitReached)
}

// TestInvitationForgotten wants an invitation remembered until it would be void, and no longer.
func TestInvitationForgotten(t *testing.T) {
	n := found(t, DefaultParameters(), 1)
	a := &Admit{SignedApplication: *keys(5).apply(t, "gw-5", testNetwork, keys(0).event(), invitation(1)), Expires: 20_000}
	n.issue(0, a, ledger.StatusApplied)
	n.admit(0, 6, 2, ledger.StatusApplied)
	n.open(19_999)
	if _, used := InvitationUsed(n.state, invitation(1)); !used || n.state.Due() != 20_000 {
		t.Errorf("used %v, due %d", used, n.state.Due())
	}
	n.open(20_000)
	if _, used := InvitationUsed(n.state, invitation(1)); used || n.state.Due() != 0 {
		t.Errorf("used %v, due %d", used, n.state.Due())
	}
	n.open(1 << 50)
	if _, used := InvitationUsed(n.state, invitation(2)); !used {
		t.Error("an invitation without an end was forgotten")
	}
}
