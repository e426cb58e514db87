package governance

import (
	"fmt"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// fataler is what both testing and rapid offer.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

var (
	testNetwork  = dag.NetworkID{1, 2, 3}
	otherNetwork = dag.NetworkID{3, 2, 1}
)

// keys is a set of keys for a member; sets with different numbers have no key in common.
type keys int

func (k keys) signer(purpose int) *dag.MemorySigner {
	return dag.NewSigner([32]byte{0: byte(k), 1: byte(k >> 8), 2: byte(purpose), 31: 1})
}

func (k keys) host() dag.Key        { return k.signer(0).Key() }
func (k keys) event() dag.Key       { return k.signer(1).Key() }
func (k keys) cosign() dag.Key      { return k.signer(2).Key() }
func (k keys) account() dag.Account { return dag.AccountOf(k.event()) }
func (k keys) name() string         { return fmt.Sprintf("gw-%d", int(k)) }
func invitation(id byte) [32]byte   { return [32]byte{id} }
func (k keys) member(w uint64) Member { // a founder
	return Member{Name: k.name(), Host: k.host(), Event: k.event(), Cosign: k.cosign(), Account: k.account(), Weight: w}
}

// apply returns a signed application of the keys under a name: to a sponsor if an invitation is given, else to a quorum.
func (k keys) apply(t fataler, name string, network dag.NetworkID, sponsor dag.Key, invited [32]byte) *SignedApplication {
	t.Helper()
	a := Application{Name: name, Host: k.host(), Event: k.event(), Cosign: k.cosign(), Sponsor: sponsor}
	out, err := a.Sign(network, invited, k.signer(0), k.signer(1), k.signer(2))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return &out
}

// toQuorum is an application under the keys' own name that is addressed to nobody.
func (k keys) toQuorum(t fataler) *SignedApplication {
	return k.apply(t, k.name(), testNetwork, dag.Key{}, [32]byte{})
}

// network is a ledger with governance in a test.
type network struct {
	t     fataler
	rules *ledger.Rules
	state *ledger.State
	seq   uint64
}

// sharedAccount is no member's, but the first founder may act for it too.
var sharedAccount = dag.Account{9}

// found has members with key sets 0, 1 ... of the given weights, and opens the first commit at 10 s.
func found(t fataler, p Parameters, weights ...uint64) *network {
	t.Helper()
	var members []Member
	var accounts []ledger.GenesisAccount
	for i, w := range weights {
		k := keys(i)
		members = append(members, k.member(w))
		accounts = append(accounts, ledger.GenesisAccount{Account: k.account(), Balance: 1000, Keys: []dag.Key{k.event()}})
	}
	accounts = append(accounts, ledger.GenesisAccount{Account: sharedAccount, Keys: []dag.Key{keys(0).event()}})
	entries, err := Genesis(members, p)
	if err != nil {
		t.Fatalf("%v", err)
	}
	n := &network{t: t}
	if n.state, err = ledger.Genesis(accounts, entries...); err != nil {
		t.Fatalf("%v", err)
	}
	if n.rules, err = ledger.NewRules(Module{Network: testNetwork}, ledger.Devices{}); err != nil {
		t.Fatalf("%v", err)
	}
	n.open(10_000)
	return n
}

func (n *network) open(time uint64) {
	n.t.Helper()
	s, err := n.rules.Open(n.state, ledger.Commit{Number: n.state.Commits() + 1, Time: time})
	if err != nil {
		n.t.Fatalf("%v", err)
	}
	n.state = s
}

// seal ends the epoch and returns the terms of the next.
func (n *network) seal() *Terms {
	n.t.Helper()
	n.state = n.rules.Seal(n.state)
	terms, err := Read(n.state)
	if err != nil {
		n.t.Fatalf("%v", err)
	}
	return terms
}

// event has a key set act for an account.
func (n *network) event(k keys, account dag.Account, kind string, body []byte) *dag.Event {
	n.t.Helper()
	n.seq++
	f := dag.Fields{
		Network: testNetwork, Key: k.event(), Account: account, Seq: n.seq, Approves: []dag.ID{{1}, {2}}, Epoch: 1, Kind: kind, Body: body,
	}
	if f.Seq > 1 {
		f.Prev = dag.ID{3}
	}
	e, err := f.Sign(k.signer(1))
	if err != nil {
		n.t.Fatalf("%v", err)
	}
	return e.Event
}

// encoder is any body.
type encoder interface{ Encode() ([]byte, error) }

func kindOf(p encoder) string {
	switch p.(type) {
	case *Admit:
		return KindAdmit
	case *Remove:
		return KindRemove
	case *Propose:
		return KindPropose
	default:
		return KindApprove
	}
}

// issue has a member act for the account that it was born with; see do.
func (n *network) issue(k keys, p encoder, want ledger.Status) dag.ID {
	n.t.Helper()
	return n.do(k, k.account(), p, want)
}

// do applies an event, wants a status, and that an event without effect changed nothing.
func (n *network) do(k keys, account dag.Account, p encoder, want ledger.Status) dag.ID {
	n.t.Helper()
	body, err := p.Encode()
	if err != nil {
		n.t.Fatalf("%v", err)
	}
	e := n.event(k, account, kindOf(p), body)
	next, receipt := n.rules.Apply(n.state, e, false)
	if receipt.Status != want || (want == ledger.StatusApplied) != (receipt.Reason == "") {
		n.t.Fatalf("%s by %s: %s, %s; want %s", e.Kind(), k.name(), receipt.Status, receipt.Reason, want)
	}
	if want != ledger.StatusApplied && next != n.state {
		n.t.Fatalf("%s made another state", want)
	}
	n.state = next
	return e.ID()
}

// freeze has the ledger see a second event of a key with one seq.
func (n *network) freeze(k keys) {
	n.state, _ = n.rules.Apply(n.state, n.event(k, k.account(), KindAdmit, []byte{0}), true)
}

// admit has a sponsor admit a newcomer under the newcomer's name.
func (n *network) admit(sponsor, guest keys, id byte, want ledger.Status) {
	n.t.Helper()
	a := guest.apply(n.t, guest.name(), testNetwork, sponsor.event(), invitation(id))
	n.issue(sponsor, &Admit{SignedApplication: *a}, want)
}

// propose has a member propose, with the usual time to vote.
func (n *network) propose(by keys, want ledger.Status, actions ...Action) dag.ID {
	n.t.Helper()
	return n.issue(by, &Propose{Actions: actions}, want)
}

func (n *network) approve(by keys, id dag.ID, want ledger.Status) {
	n.t.Helper()
	n.issue(by, &Approve{Proposal: id}, want)
}

func (n *network) proposal(id dag.ID) Proposal {
	n.t.Helper()
	p, ok := FindProposal(n.state, id)
	if !ok {
		n.t.Fatalf("no proposal %s", id.Short())
	}
	return p
}

// weights returns the weights of the committee by key set, for key sets below 64.
func weights(s *ledger.State) map[keys]uint64 {
	out := map[keys]uint64{}
	for k := range keys(64) {
		if m, ok := Find(s, k.event()); ok && m.Weight > 0 {
			out[k] = m.Weight
		}
	}
	return out
}

func giving(k keys, weight uint64) Action {
	return Action{Verb: VerbSeat, Member: k.event(), Weight: weight}
}

// checkBooks wants every index to lead to its member and nothing else to be there, and a state loaded from the entries
// to be the same.
func checkBooks(t fataler, s *ledger.State) {
	t.Helper()
	want := 0
	for n, event := range roster(s) {
		m, ok := readRegistration(s, event)
		if !ok || m.place != uint64(n) {
			t.Fatalf("place %d: %+v, %v", n, m, ok)
		}
		for _, index := range m.indices() {
			if b, ok := get(s, index, 32); !ok || dag.Key(b) != event {
				t.Fatalf("%q of %q leads to %x", index, m.name, b)
			}
		}
		want += 2 + len(m.indices()) // the place, the registration, and what leads to it
	}
	got := 0
	for key := range s.Entries() {
		for _, prefix := range []string{rosterKey + "/", memberPrefix, hostPrefix, cosignPrefix, namePrefix, accountPrefix} {
			if len(key) > len(moduleName)+1+len(prefix) && string(key[:len(moduleName)+1+len(prefix)]) == moduleName+"/"+prefix {
				got++
			}
		}
	}
	if got != want {
		t.Fatalf("%d entries of members, want %d", got, want)
	}
	if err := ledger.CheckSupply(s); err != nil {
		t.Fatalf("%v", err)
	}
	if again, err := ledger.Load(s.Entries()); err != nil || again.Root() != s.Root() {
		t.Fatalf("loaded: %v", err)
	}
}

func TestKeySetsDiffer(t *testing.T) {
	if keys(1).event() == keys(2).event() || keys(1).event() == keys(1).host() {
		t.Error("two keys are one")
	}
}
