package governance

import (
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// TestQuorum wants more than two thirds of all weight, and exactly two thirds to be too little.
func TestQuorum(t *testing.T) {
	for name, tc := range map[string]struct {
		weights  []uint64
		approve  []keys // the first proposes
		accepted bool
	}{
		"alone":               {[]uint64{5}, []keys{0}, true},
		"two thirds":          {[]uint64{1, 1, 1}, []keys{0, 1}, false},
		"two thirds of 6":     {[]uint64{4, 1, 1}, []keys{0}, false},
		"all of three":        {[]uint64{1, 1, 1}, []keys{0, 1, 2}, true},
		"one more than two":   {[]uint64{2, 1, 1}, []keys{0, 1}, true},
		"three of four":       {[]uint64{1, 1, 1, 1}, []keys{3, 1, 2}, true},
		"two of four":         {[]uint64{1, 1, 1, 1}, []keys{3, 1}, false},
		"weights, not heads":  {[]uint64{1, 1, 1, 6}, []keys{3}, false},
		"weights with heads":  {[]uint64{1, 1, 1, 6}, []keys{3, 0}, true},
		"small seats against": {[]uint64{1, 1, 1, 6}, []keys{0, 1, 2}, false},
		"largest weights":     {[]uint64{MaxWeight, MaxWeight, MaxWeight}, []keys{0, 1}, false},
	} {
		n := found(t, DefaultParameters(), tc.weights...)
		id := n.propose(tc.approve[0], ledger.StatusApplied, Action{Verb: VerbVersion, Value: 2})
		for _, k := range tc.approve[1:] {
			n.approve(k, id, ledger.StatusApplied)
		}
		p := n.proposal(id)
		if (p.Stage == StageAccepted) != tc.accepted || Pending(n.state) != tc.accepted || len(p.Approvals) != len(tc.approve) {
			t.Errorf("%s: %+v", name, p)
		}
		if terms := n.seal(); (terms.Parameters.Version == 2) != tc.accepted {
			t.Errorf("%s: version %d", name, terms.Parameters.Version)
		}
	}
}

func TestApproveRefused(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1, 1, 0)
	id := n.propose(0, ledger.StatusApplied, Action{Verb: VerbVersion, Value: 2})
	n.approve(0, id, ledger.StatusAlreadyExists)
	n.approve(1, id, ledger.StatusApplied)
	n.approve(1, id, ledger.StatusAlreadyExists)
	n.approve(3, id, ledger.StatusNotAuthorised)
	n.approve(9, id, ledger.StatusNotAuthorised)
	n.approve(2, dag.ID{1}, ledger.StatusNotFound)
	n.do(2, keys(1).account(), &Approve{Proposal: id}, ledger.StatusNotAuthorised)
	if p := n.proposal(id); p.Weight != 2 || p.Needed != 3 || p.Stage != StageOpen {
		t.Errorf("%+v", p)
	}
	n.approve(2, id, ledger.StatusApplied)
	n.approve(2, id, ledger.StatusAlreadyExists)
	n.seal()
	n.approve(1, id, ledger.StatusAlreadyExists)
}

func TestProposeRefused(t *testing.T) {
	forged := keys(9).toQuorum(t)
	forged.Signatures[0][0]++
	foreign := keys(9).apply(t, "gw-9", otherNetwork, dag.Key{}, [32]byte{})
	named := func(k keys, name string) *SignedApplication {
		return k.apply(t, name, testNetwork, dag.Key{}, [32]byte{})
	}
	for name, tc := range map[string]struct {
		by      keys
		want    ledger.Status
		actions []Action
	}{
		"no member":            {9, ledger.StatusNotAuthorised, []Action{giving(0, 2)}},
		"no seat":              {3, ledger.StatusNotAuthorised, []Action{giving(0, 2)}},
		"frozen":               {2, ledger.StatusKeyFrozen, []Action{giving(0, 2)}},
		"unknown member":       {0, ledger.StatusNotFound, []Action{giving(9, 2)}},
		"same weight":          {0, ledger.StatusAlreadyExists, []Action{giving(0, 1)}},
		"no seat to take":      {0, ledger.StatusAlreadyExists, []Action{giving(3, 0)}},
		"seat for frozen":      {0, ledger.StatusKeyFrozen, []Action{giving(4, 1)}},
		"nobody sound left":    {0, ledger.StatusLimitReached, []Action{giving(0, 0), giving(1, 0)}},
		"remove all":           {0, ledger.StatusLimitReached, []Action{{Verb: VerbRemove, Member: keys(0).event()}, {Verb: VerbRemove, Member: keys(1).event()}}},
		"remove twice":         {0, ledger.StatusNotFound, []Action{{Verb: VerbRemove, Member: keys(1).event()}, {Verb: VerbRemove, Member: keys(1).event()}}},
		"seat after removal":   {0, ledger.StatusNotFound, []Action{{Verb: VerbRemove, Member: keys(1).event()}, giving(1, 3)}},
		"seat for newcomer":    {0, ledger.StatusNotFound, []Action{{Verb: VerbAdmit, Application: named(9, "gw-9")}, giving(9, 3)}},
		"forged":               {0, ledger.StatusInvalidSignature, []Action{{Verb: VerbAdmit, Application: forged}}},
		"other network":        {0, ledger.StatusInvalidSignature, []Action{{Verb: VerbAdmit, Application: foreign}}},
		"name in use":          {0, ledger.StatusAlreadyExists, []Action{{Verb: VerbAdmit, Application: named(9, "gw-1")}}},
		"keys in use":          {0, ledger.StatusAlreadyExists, []Action{{Verb: VerbAdmit, Application: named(3, "gw-9")}}},
		"replacement's name":   {0, ledger.StatusNotAuthorised, []Action{{Verb: VerbReplace, Member: keys(1).event(), Application: named(9, "gw-9")}}},
		"replacement's keys":   {0, ledger.StatusAlreadyExists, []Action{{Verb: VerbReplace, Member: keys(1).event(), Application: named(3, "gw-1")}}},
		"replacement frozen":   {0, ledger.StatusKeyFrozen, []Action{{Verb: VerbReplace, Member: keys(1).event(), Application: named(8, "gw-1")}}},
		"admission frozen":     {0, ledger.StatusKeyFrozen, []Action{{Verb: VerbAdmit, Application: named(8, "gw-8")}}},
		"same parameter":       {0, ledger.StatusAlreadyExists, []Action{{Verb: VerbParameter, Name: "admissions", Value: 100}}},
		"same version":         {0, ledger.StatusWrongSequence, []Action{{Verb: VerbVersion, Value: 1}}},
		"version skipped":      {0, ledger.StatusWrongSequence, []Action{{Verb: VerbVersion, Value: 3}}},
		"pause governance":     {0, ledger.StatusNotAuthorised, []Action{{Verb: VerbPause, Name: moduleName}}},
		"pause nothing":        {0, ledger.StatusMalformedPayload, []Action{{Verb: VerbPause, Name: "a/b"}}},
		"pause twice":          {0, ledger.StatusAlreadyExists, []Action{{Verb: VerbPause, Name: "device"}, {Verb: VerbPause, Name: "device"}}},
		"release what is not":  {0, ledger.StatusNotFound, []Action{{Verb: VerbRelease, Name: "device"}}},
		"all of it is checked": {0, ledger.StatusNotFound, []Action{giving(0, 2), giving(9, 2)}},
	} {
		n := found(namedT{t, name}, DefaultParameters(), 1, 1, 1, 0, 0)
		n.freeze(2)
		n.freeze(4)
		n.freeze(8)
		n.propose(tc.by, tc.want, tc.actions...)
		if len(Proposals(n.state)) != 0 || n.state.Due() != 0 {
			t.Errorf("%s: something is left", name)
		}
	}
}

func TestCommitteeBounded(t *testing.T) {
	weights := slices.Repeat([]uint64{1}, MaxSeats)
	n := found(t, DefaultParameters(), append(weights, 0)...)
	n.propose(0, ledger.StatusLimitReached, giving(MaxSeats, 1))
	n.propose(0, ledger.StatusApplied, giving(1, 0), giving(MaxSeats, 1))
}

// TestConsent wants nobody to get a seat without an event of its own.
func TestConsent(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1, 0, 0)
	id := n.propose(0, ledger.StatusApplied, giving(2, 1), giving(3, 1), giving(1, 4))
	n.approve(1, id, ledger.StatusApplied)
	if p := n.proposal(id); p.Stage != StageOpen || p.Weight < p.Needed || !slices.Equal(p.Missing, []string{"gw-2", "gw-3"}) {
		t.Errorf("%+v", p)
	}
	n.approve(3, id, ledger.StatusApplied)
	if n.approve(3, id, ledger.StatusAlreadyExists); Pending(n.state) {
		t.Error("accepted without the consent of everybody")
	}
	n.approve(2, id, ledger.StatusApplied)
	if p := n.proposal(id); p.Stage != StageAccepted || len(p.Missing) != 0 || p.Approvals[2].Weight != 0 || p.Approvals[2].Name != "gw-3" {
		t.Errorf("%+v", p)
	}
	n.seal()
	if got := weights(n.state); len(got) != 4 || got[1] != 4 {
		t.Errorf("seats %v", got)
	}
}

// TestConsentOfReturned has a proposal accepted while the member that it gives a seat is gone, which then comes back.
func TestConsentOfReturned(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1, 0)
	id := n.propose(0, ledger.StatusApplied, giving(2, 1))
	n.issue(2, remove(2), ledger.StatusApplied)
	n.seal()
	n.approve(1, id, ledger.StatusApplied)
	n.admit(0, 2, 1, ledger.StatusApplied)
	n.seal()
	if p := n.proposal(id); p.Stage != StageEffective || !slices.Equal(p.Skipped, []int{0}) || len(weights(n.state)) != 2 {
		t.Errorf("%+v, seats %v", p, weights(n.state))
	}
}

func TestProposalLapses(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1)
	say := func(expires uint64, want ledger.Status) dag.ID {
		t.Helper()
		return n.issue(0, &Propose{Actions: []Action{giving(1, 2)}, Expires: expires}, want)
	}
	say(10_000, ledger.StatusExpired)
	say(10_001+MaxVoting, ledger.StatusLimitReached)
	long, usual, short := say(10_000+MaxVoting, ledger.StatusApplied), say(0, ledger.StatusApplied), say(20_000, ledger.StatusApplied)
	if n.proposal(usual).Expires != 10_000+DefaultVoting || n.proposal(long).Expires != 10_000+MaxVoting {
		t.Error("other times to vote")
	}
	n.open(19_999)
	n.seal()
	if n.proposal(short).Stage != StageOpen {
		t.Error("a seal closed a proposal")
	}
	n.open(20_000)
	if p := n.proposal(short); p.Stage != StageLapsed || p.Stage.String() != "lapsed" {
		t.Errorf("%+v", p)
	}
	n.approve(1, short, ledger.StatusExpired)
	n.approve(1, usual, ledger.StatusApplied)
	if n.state.Due() != n.proposal(long).Expires {
		t.Error("an accepted proposal is still due to lapse")
	}
	n.open(10_000 + DefaultVoting)
	if n.proposal(usual).Stage != StageAccepted {
		t.Error("an accepted proposal lapsed")
	}
	var stages []string
	for _, p := range Proposals(n.state) {
		stages = append(stages, p.Stage.String())
	}
	if !slices.Equal(stages, []string{"open", "accepted", "lapsed"}) {
		t.Errorf("proposals %v", stages)
	}
}

// TestLateApproval has so much due at once that a proposal is still open when its time is over: it may not be approved then.
func TestLateApproval(t *testing.T) {
	p := DefaultParameters()
	p.Admissions = 1000
	n := found(t, p, 1, 1)
	id := n.issue(0, &Propose{Actions: []Action{giving(1, 2)}, Expires: 20_000}, ledger.StatusApplied)
	for i := range ledger.MaxDuePerCommit {
		guest := keys(10 + i)
		a := guest.apply(t, guest.name(), testNetwork, keys(0).event(), [32]byte{byte(i), byte(i >> 8), 1})
		n.issue(0, &Admit{SignedApplication: *a, Expires: 20_000}, ledger.StatusApplied)
	}
	n.open(20_000)
	if n.proposal(id).Stage != StageOpen {
		t.Fatal("it lapsed already")
	}
	n.approve(1, id, ledger.StatusExpired)
	n.open(20_001)
	if n.proposal(id).Stage != StageLapsed {
		t.Error("it did not lapse")
	}
}

func TestOpenProposalsBounded(t *testing.T) {
	n := found(t, DefaultParameters(), 1, 1)
	var first dag.ID
	for i := range MaxOpen {
		id := n.propose(0, ledger.StatusApplied, giving(1, uint64(i+2)))
		if i == 0 {
			first = id
		}
	}
	n.propose(0, ledger.StatusLimitReached, giving(1, 20))
	n.propose(1, ledger.StatusApplied, giving(1, 20))
	n.approve(1, first, ledger.StatusApplied)
	n.propose(0, ledger.StatusApplied, giving(1, 20))
	n.propose(0, ledger.StatusLimitReached, giving(1, 20))

	var full agenda
	for i := range MaxOpenInAll {
		if r := full.add(dag.ID{byte(i), byte(i >> 8)}, keys(i).event()); r != nil {
			t.Fatalf("%d: %s", i, r)
		}
	}
	full.decided, full.leaving = make([]dag.ID, MaxDecided), make(keyList, MaxSeats)
	if full.add(dag.ID{9, 9}, dag.Key{}) == nil {
		t.Error("open proposals have no bound")
	}
	d := (&opened{n: n}).desk()
	d.putAgenda(full)
	if got := readAgenda(d); d.fault != nil || !slices.Equal(got.open, full.open) || len(got.decided) != MaxDecided || len(got.leaving) != MaxSeats {
		t.Errorf("the longest agenda does not fit: %v", d.fault)
	}
	value, _ := get(d, []byte(agendaKey), -1)
	if len(value) > ledger.MaxValueLength*3/4 {
		t.Errorf("the longest agenda has %d bytes", len(value))
	}
}

// TestDecidedForgotten wants the newest decided proposals remembered, and the others gone from the state.
func TestDecidedForgotten(t *testing.T) {
	n := found(t, DefaultParameters(), 1)
	var ids []dag.ID
	for i := range MaxDecided + 3 {
		ids = append(ids, n.propose(0, ledger.StatusApplied, giving(0, uint64(i+2))))
		n.seal()
	}
	for i, id := range ids {
		if _, ok := FindProposal(n.state, id); ok != (i >= 3) {
			t.Errorf("proposal %d: %v", i, ok)
		}
	}
	if all := Proposals(n.state); len(all) != MaxDecided || all[0].ID != ids[len(ids)-1] {
		t.Errorf("%d proposals", len(all))
	}
	n.approve(0, ids[0], ledger.StatusNotFound)
}

func TestStageText(t *testing.T) {
	for s := StageOpen; s <= StageLapsed; s++ {
		text, err := s.MarshalText()
		var again Stage
		if err != nil || again.UnmarshalText(text) != nil || again != s {
			t.Errorf("%d is %q and reads as %d", s, text, again)
		}
	}
	var s Stage
	if s.UnmarshalText(nil) == nil || s.UnmarshalText([]byte("unknown")) == nil || Stage(9).String() != "unknown" {
		t.Error("a text without a meaning passes for a stage")
	}
}
