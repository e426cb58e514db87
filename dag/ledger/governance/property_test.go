package governance

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// people is how many key sets there are; the first four are founders.
const people = 8

// walk is a random sequence of events and seals, in both governances.
type walk struct {
	*rapid.T
	n *network
	w *twin
}

// TestAgainstTwin applies random events, good and bad, freezes keys, lets time pass and seals. Every status is the twin's, and so
// are members, seats, proposals and parameters after each step; supply and indices are whole after each seal.
func TestAgainstTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := DefaultParameters()
		p.Admissions = 2
		founders := rapid.SliceOfN(rapid.Uint64Range(0, 3), 3, 3).Draw(t, "weights")
		founders = append(founders, 1)
		walk := &walk{t, found(t, p, founders...), &twin{
			time: 10_000, epoch: 1, parameters: p, frozen: map[keys]bool{}, given: map[dag.Account]keys{},
			invited: map[byte]uint64{}, guests: map[keys]uint64{}, paused: map[string]bool{},
		}}
		for i, weight := range founders {
			k := keys(i)
			walk.w.members = append(walk.w.members, twinMember{name: k.name(), keys: k, account: k.account(), weight: weight})
			walk.w.given[k.account()] = k
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			walk.step()
			walk.compare()
		}
		checkBooks(t, walk.n.state)
	})
}

func (s *walk) person(label string) keys { return keys(rapid.IntRange(0, people-1).Draw(s.T, label)) }
func (s *walk) rarely(label string) bool { return rapid.IntRange(0, 9).Draw(s.T, label) == 9 }

// step prefers what brings proposals to a decision.
func (s *walk) step() {
	switch rapid.IntRange(0, 15).Draw(s.T, "step") {
	case 0, 1, 2:
		s.admit()
	case 3:
		member := s.person("member")
		by := member
		if rapid.Bool().Draw(s.T, "sent away") {
			by = s.person("by")
		}
		s.apply(by, remove(member), func(dag.ID) ledger.Status { return s.w.remove(by, member) })
	case 4, 5, 6, 7:
		s.propose()
	case 8, 9, 10, 11, 12:
		s.approve()
	case 13:
		s.seal()
	case 14:
		k := s.person("frozen")
		if s.rarely("freeze") {
			s.n.freeze(k)
			s.w.frozen[k] = true
		}
	default:
		time := s.w.time + rapid.Uint64Range(0, 900).Draw(s.T, "pause")
		s.n.open(time)
		s.w.open(time)
	}
}

// apply has a key set act in both.
func (s *walk) apply(by keys, p encoder, same func(id dag.ID) ledger.Status) {
	s.Helper()
	body, err := p.Encode()
	if err != nil {
		s.Fatalf("%v", err)
	}
	account := s.w.account(by)
	e := s.n.event(by, account, kindOf(p), body)
	want := s.w.mayAct(by, account)
	if want == ledger.StatusApplied {
		want = same(e.ID())
	}
	next, receipt := s.n.rules.Apply(s.n.state, e, false)
	if receipt.Status != want || want != ledger.StatusApplied && next != s.n.state {
		s.Fatalf("%s by %s: %s, %s; want %s", e.Kind(), by.name(), receipt.Status, receipt.Reason, want)
	}
	s.n.state = next
}

func (s *walk) admit() {
	by, guest, sponsor := s.person("by"), s.person("guest"), keys(0)
	if sponsor = by; s.rarely("other sponsor") {
		sponsor = s.person("sponsor")
	}
	id := byte(rapid.IntRange(1, 20).Draw(s.T, "invitation"))
	name := guest.name()
	if s.rarely("other name") {
		name = s.person("name").name()
	}
	network, forged := testNetwork, s.rarely("forged")
	if forged {
		network = otherNetwork
	}
	a := &Admit{SignedApplication: *guest.apply(s.T, name, network, sponsor.event(), invitation(id))}
	a.Expires = rapid.SampledFrom([]uint64{0, 0, s.w.time, s.w.time + 500}).Draw(s.T, "expires")
	s.apply(by, a, func(dag.ID) ledger.Status { return s.w.admit(by, sponsor, guest, name, id, a.Expires, forged) })
}

func (s *walk) propose() {
	by := s.person("by")
	p := &Propose{Expires: s.w.time + rapid.SampledFrom([]uint64{500, 3000, MaxVoting, 0, MaxVoting + 1}).Draw(s.T, "voting")}
	if s.rarely("default") {
		p.Expires = 0
	}
	var actions []twinAction
	versions := 0
	for range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(s.T, "actions") {
		a := s.action()
		if a.Verb == VerbVersion {
			if versions++; versions > 1 {
				continue
			}
		}
		actions, p.Actions = append(actions, a), append(p.Actions, a.Action)
	}
	s.apply(by, p, func(id dag.ID) ledger.Status { return s.w.propose(by, id, actions, p.Expires) })
}

func (s *walk) action() (a twinAction) {
	a.Verb = rapid.SampledFrom([]Verb{
		VerbSeat, VerbSeat, VerbSeat, VerbRemove, VerbAdmit, VerbReplace, VerbParameter, VerbVersion, VerbPause, VerbRelease,
	}).Draw(s.T, "verb")
	if a.Verb == VerbSeat || a.Verb == VerbRemove || a.Verb == VerbReplace {
		a.member = s.person("member")
		a.Member = a.member.event()
	}
	switch a.Verb {
	case VerbSeat:
		a.Weight = rapid.Uint64Range(0, 3).Draw(s.T, "weight")
	case VerbAdmit, VerbReplace:
		a.newcomer = s.person("newcomer")
		name := a.newcomer.name()
		if m := s.w.find(a.member); a.Verb == VerbReplace && m != nil && !s.rarely("other name") {
			name = m.name
		}
		network := testNetwork
		if a.forged = s.rarely("forged"); a.forged {
			network = otherNetwork
		}
		a.Application = a.newcomer.apply(s.T, name, network, dag.Key{}, [32]byte{})
	case VerbParameter:
		a.Name, a.Value = "admissions", rapid.Uint64Range(1, 3).Draw(s.T, "admissions")
	case VerbVersion:
		a.Value = s.w.parameters.Version + rapid.SampledFrom([]uint64{1, 1, 2}).Draw(s.T, "version")
	case VerbPause, VerbRelease:
		a.Name = rapid.SampledFrom([]string{"device", "transfer"}).Draw(s.T, "module")
	}
	return a
}

func (s *walk) approve() {
	if len(s.w.votes) == 0 {
		return
	}
	i := len(s.w.votes) - 1 - min(rapid.IntRange(0, 3).Draw(s.T, "proposal"), len(s.w.votes)-1)
	id, by := s.w.votes[i].id, s.person("by")
	s.apply(by, &Approve{Proposal: id}, func(dag.ID) ledger.Status { return s.w.approve(by, id) })
}

func (s *walk) seal() {
	s.w.seal()
	terms := s.n.seal()
	if terms.Epoch != s.w.epoch || terms.Parameters != s.w.parameters {
		s.Fatalf("%+v, want epoch %d and %+v", terms, s.w.epoch, s.w.parameters)
	}
	for _, m := range s.w.members {
		_, listed := terms.Member(m.keys.event())
		if listed != (!s.w.frozen[m.keys] || m.weight > 0) {
			s.Fatalf("%s among the terms: %v", m.name, listed)
		}
	}
	checkBooks(s.T, s.n.state)
}

// compare compares all that can be read.
func (s *walk) compare() {
	s.Helper()
	var want []Member
	for _, m := range s.w.members {
		out := Member{
			Name: m.name, Host: m.keys.host(), Event: m.keys.event(), Cosign: m.keys.cosign(), Account: m.account,
			Weight: m.weight, Since: m.since,
		}
		for _, other := range s.w.members {
			if other.account == m.sponsor {
				out.Sponsor = other.keys.event()
			}
		}
		want = append(want, out)
	}
	slices.SortFunc(want, func(a, b Member) int { return a.Event.Compare(b.Event) })
	if got := Members(s.n.state); !slices.Equal(got, want) {
		s.Fatalf("members %+v, want %+v", got, want)
	}
	if Pending(s.n.state) != (len(s.w.accepted)+len(s.w.leaving) > 0) {
		s.Fatalf("pending %v", Pending(s.n.state))
	}
	if got := s.n.state.Paused(); !slices.Equal(got, slices.Sorted(maps.Keys(s.w.paused))) {
		s.Fatalf("paused %v, want %v", got, s.w.paused)
	}
	for _, v := range s.w.votes {
		p := s.n.proposal(v.id)
		if p.Stage != v.stage || !slices.Equal(p.Skipped, v.skipped) || len(p.Approvals) != len(v.approvals) {
			s.Fatalf("proposal %+v, want %+v", p, v)
		}
	}
	for id := range byte(21) {
		_, want := s.w.invited[id]
		if _, used := InvitationUsed(s.n.state, invitation(id)); used != want {
			s.Fatalf("invitation %d used: %v", id, used)
		}
	}
}
