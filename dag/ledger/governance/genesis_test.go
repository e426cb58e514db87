package governance

import (
	"errors"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

func TestGenesis(t *testing.T) {
	members := []Member{keys(0).member(3), keys(1).member(0), keys(2).member(1)}
	members[1].Account = dag.Account{9}
	members[2].Account = dag.Account{}
	p := DefaultParameters()
	p.Pace = 70
	entries, err := Genesis(members, p)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ledger.Genesis(nil, entries...)
	if err != nil {
		t.Fatal(err)
	}
	checkBooks(t, s)
	terms, err := Read(s)
	if err != nil || terms.Epoch != 1 || terms.Parameters != p || len(terms.Members) != 3 || Pending(s) || len(Proposals(s)) != 0 {
		t.Fatalf("%+v, %v", terms, err)
	}
	members[2].Account = keys(2).account()
	slices.SortFunc(members, func(a, b Member) int { return a.Event.Compare(b.Event) })
	if !slices.Equal(terms.Members, members) {
		t.Errorf("members %+v, want %+v", terms.Members, members)
	}
	if c := terms.Committee(); len(c) != 2 || c[0].Weight+c[1].Weight != 4 || len(terms.Members) != 3 {
		t.Errorf("committee %+v", c)
	}
	slices.Reverse(members)
	again, err := Genesis(members, p)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := ledger.Genesis(nil, again...); err != nil || other.Root() != s.Root() {
		t.Errorf("the order of members made another state, %v", err)
	}
	for _, m := range members {
		if found, ok := terms.Member(m.Event); !ok || found != m {
			t.Errorf("%q is %+v", m.Name, found)
		}
		if found, ok := FindName(s, m.Name); !ok || found != m {
			t.Errorf("%q is %+v by name", m.Name, found)
		}
	}
	if _, ok := FindName(s, "nobody"); ok {
		t.Error("nobody was found")
	}
}

func TestGenesisRefused(t *testing.T) {
	ok := DefaultParameters()
	founders := func(change func(m []Member)) []Member {
		m := []Member{keys(0).member(1), keys(1).member(1)}
		change(m)
		return m
	}
	var many []Member
	for i := range MaxSeats + 1 {
		many = append(many, keys(i).member(1))
	}
	for name, members := range map[string][]Member{
		"nobody":        nil,
		"no seat":       {keys(0).member(0)},
		"many seats":    many,
		"same name":     founders(func(m []Member) { m[1].Name = m[0].Name }),
		"same host":     founders(func(m []Member) { m[1].Host = m[0].Host }),
		"same event":    founders(func(m []Member) { m[1].Event = m[0].Event }),
		"event is host": founders(func(m []Member) { m[1].Host = m[0].Event }),
		"cosign is one": founders(func(m []Member) { m[1].Cosign = m[0].Host }),
		"own key twice": founders(func(m []Member) { m[1].Cosign = m[1].Host }),
		"same account":  founders(func(m []Member) { m[1].Account = m[0].Account }),
		"bad name":      founders(func(m []Member) { m[1].Name = "-" }),
		"no key":        founders(func(m []Member) { m[1].Cosign = dag.Key{} }),
		"weight":        founders(func(m []Member) { m[1].Weight = MaxWeight + 1 }),
	} {
		if _, err := Genesis(members, ok); !errors.Is(err, ErrGenesis) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, p := range map[string]Parameters{
		"approvals": {Approvals: 1, MaxEventRate: 1, ClockDrift: 1, EpochRounds: 1, EpochEvents: 1, Version: 1},
		"version":   {Approvals: 2, MaxEventRate: 1, ClockDrift: 1, EpochRounds: 1, EpochEvents: 1},
		"rounds":    {Approvals: 2, MaxEventRate: 1, ClockDrift: 1, EpochEvents: 1, Version: 1},
		"events":    {Approvals: 2, MaxEventRate: 1, ClockDrift: 1, EpochRounds: 1, EpochEvents: dag.MaxInteger, Version: 1},
		"nothing":   {},
	} {
		if _, err := Genesis([]Member{keys(0).member(1)}, p); !errors.Is(err, ErrGenesis) || !errors.Is(err, ErrParameter) {
			t.Errorf("%s: %v", name, err)
		}
	}
	short := Parameters{Approvals: 2, MaxEventRate: 1, ClockDrift: 1, EpochRounds: 3, EpochEvents: 5, Version: 1}
	if _, err := Genesis([]Member{keys(0).member(1)}, short); err != nil {
		t.Errorf("short epochs: %v", err)
	}
}

func TestParameters(t *testing.T) {
	if err := DefaultParameters().Check(); err != nil {
		t.Error(err)
	}
	for _, r := range ParameterRanges() {
		for value, ok := range map[uint64]bool{r.Min: true, r.Max: true, r.Max + 1: false, r.Min - 1: false, 0: r.Zero || r.Min == 0} {
			p, err := DefaultParameters().Set(r.Name, value)
			if (err == nil) != ok || err != nil && !errors.Is(err, ErrParameter) {
				t.Errorf("%s %d: %v", r.Name, value, err)
			}
			if err == nil && (r.Get(p) != value || p.Check() != nil || parseParameters(p.record()) != p) {
				t.Errorf("%s %d became %+v", r.Name, value, p)
			}
		}
	}
	if err := (Parameters{}).Check(); !errors.Is(err, ErrParameter) {
		t.Errorf("no parameters: %v", err)
	}
}

func TestReadRefusesOtherStates(t *testing.T) {
	s, err := ledger.Genesis(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(s); !errors.Is(err, ErrState) {
		t.Errorf("no governance: %v", err)
	}
	entries, err := Genesis([]Member{keys(0).member(1), keys(1).member(0)}, DefaultParameters())
	if err != nil {
		t.Fatal(err)
	}
	for i, entry := range entries {
		switch string(entry.Key) {
		case termsKey, seatsKey, rosterKey, string(entryKey(memberPrefix, entry.Value...)):
		default:
			continue
		}
		if s, err = ledger.Genesis(nil, slices.Concat(entries[:i], entries[i+1:])...); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(s); !errors.Is(err, ErrState) {
			t.Errorf("without %q: %v", entry.Key, err)
		}
	}
}

// TestWithoutGovernance wants the module to leave a ledger alone that was founded without it.
func TestWithoutGovernance(t *testing.T) {
	n := found(t, DefaultParameters(), 1)
	bare, err := ledger.Genesis(nil)
	if err != nil {
		t.Fatal(err)
	}
	n.state = bare
	n.issue(0, &Remove{Member: keys(0).event()}, ledger.StatusNotFound)
	if n.state = n.rules.Seal(bare); n.state.Root() != bare.Root() {
		t.Error("a seal changed it")
	}
}
