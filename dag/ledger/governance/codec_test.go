package governance

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// bodies are one of each kind, and the largest proposal.
func bodies(t fataler) map[string]encoder {
	guest := keys(5).apply(t, "guest", testNetwork, keys(0).event(), invitation(1))
	full := &Propose{Expires: dag.MaxInteger}
	for i := range MaxActions {
		a := keys(200+i).apply(t, strings.Repeat("a", MaxNameLength), testNetwork, dag.Key{}, [32]byte{})
		full.Actions = append(full.Actions, Action{Verb: VerbReplace, Member: keys(i).event(), Application: a})
	}
	return map[string]encoder{
		"admit":   &Admit{SignedApplication: *guest, Expires: 7},
		"remove":  &Remove{Member: keys(1).event()},
		"propose": &Propose{Actions: everyVerb(t)},
		"full":    full,
		"approve": &Approve{Proposal: dag.ID{9}},
	}
}

func everyVerb(t fataler) []Action {
	return []Action{
		giving(1, 4), giving(2, 0), {Verb: VerbRemove, Member: keys(3).event()}, {Verb: VerbAdmit, Application: keys(6).toQuorum(t)},
		{Verb: VerbReplace, Member: keys(1).event(), Application: keys(7).apply(t, "gw-1", testNetwork, dag.Key{}, [32]byte{})},
		{Verb: VerbParameter, Name: "admissions", Value: 0}, {Verb: VerbVersion, Value: 2},
		{Verb: VerbPause, Name: "device"}, {Verb: VerbRelease, Name: "device"},
	}
}

// decodeBody reads a body as every kind and returns what it writes back.
func decodeBody(kind string, body []byte) ([]byte, error) {
	var p encoder
	var err error
	switch kind {
	case KindAdmit:
		p, err = DecodeAdmit(body)
	case KindRemove:
		p, err = DecodeRemove(body)
	case KindPropose:
		p, err = DecodePropose(body)
	default:
		p, err = DecodeApprove(body)
	}
	if err != nil {
		return nil, err
	}
	return p.Encode()
}

func TestBodiesSurvive(t *testing.T) {
	for name, p := range bodies(t) {
		body, err := p.Encode()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := decodeBody(kindOf(p), body)
		if err != nil || !bytes.Equal(again, body) {
			t.Errorf("%s: %v", name, err)
		}
		for _, damaged := range [][]byte{body[:len(body)-1], append(bytes.Clone(body), 0), nil} {
			if _, err := decodeBody(kindOf(p), damaged); !errors.Is(err, ledger.ErrPayload) {
				t.Errorf("%s damaged: %v", name, err)
			}
		}
	}
}

func TestMalformedBodies(t *testing.T) {
	to := keys(0).event()
	guest := *keys(5).apply(t, "guest", testNetwork, to, invitation(1))
	change := func(do func(*Admit)) encoder {
		a := &Admit{SignedApplication: guest}
		do(a)
		return a
	}
	act := func(a Action) encoder { return &Propose{Actions: []Action{a}} }
	forQuorum := keys(5).toQuorum(t)
	for name, p := range map[string]encoder{
		"no name":          change(func(a *Admit) { a.Name = "" }),
		"capitals":         change(func(a *Admit) { a.Name = "Guest" }),
		"dot at the end":   change(func(a *Admit) { a.Name = "guest." }),
		"long name":        change(func(a *Admit) { a.Name = strings.Repeat("a", MaxNameLength+1) }),
		"one key twice":    change(func(a *Admit) { a.Host = a.Cosign }),
		"no key":           change(func(a *Admit) { a.Event = dag.Key{} }),
		"key of anybody":   change(func(a *Admit) { a.Event = dag.Key{1} }),
		"no sponsor":       change(func(a *Admit) { a.Sponsor = dag.Key{} }),
		"no invitation":    change(func(a *Admit) { a.Invitation = [32]byte{} }),
		"to a quorum":      change(func(a *Admit) { a.SignedApplication = *forQuorum }),
		"expiry":           change(func(a *Admit) { a.Expires = dag.MaxInteger + 1 }),
		"nobody":           &Remove{},
		"no proposal":      &Approve{},
		"no action":        &Propose{},
		"many actions":     &Propose{Actions: make([]Action, MaxActions+1)},
		"late":             &Propose{Actions: []Action{giving(1, 1)}, Expires: dag.MaxInteger + 1},
		"two versions":     &Propose{Actions: []Action{{Verb: VerbVersion, Value: 2}, {Verb: VerbVersion, Value: 3}}},
		"no verb":          act(Action{}),
		"unknown verb":     act(Action{Verb: "crown", Member: to}),
		"unused part":      act(Action{Verb: VerbRemove, Member: to, Weight: 1}),
		"heavy":            act(giving(1, MaxWeight+1)),
		"seat for nobody":  act(Action{Verb: VerbSeat, Weight: 1}),
		"no application":   act(Action{Verb: VerbAdmit}),
		"to a sponsor":     act(Action{Verb: VerbAdmit, Application: &guest}),
		"no parameter":     act(Action{Verb: VerbParameter, Name: "colour", Value: 1}),
		"parameter range":  act(Action{Verb: VerbParameter, Name: "approvals", Value: 9}),
		"version by name":  act(Action{Verb: VerbParameter, Name: "version", Value: 2}),
		"version range":    act(Action{Verb: VerbVersion, Value: dag.MaxInteger + 1}),
		"no module":        act(Action{Verb: VerbPause}),
		"long module name": act(Action{Verb: VerbRelease, Name: strings.Repeat("a", maxActionName+1)}),
	} {
		if _, err := p.Encode(); !errors.Is(err, ledger.ErrPayload) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMalformedBodyHasNoEffect(t *testing.T) {
	n := found(t, DefaultParameters(), 1)
	for _, kind := range (Module{}).Kinds() {
		_, receipt := n.rules.Apply(n.state, n.event(0, keys(0).account(), kind, []byte{0xa0}), false)
		if receipt.Status != ledger.StatusMalformedPayload {
			t.Errorf("%s: %+v", kind, receipt)
		}
	}
}

func TestActionsInWords(t *testing.T) {
	want := []string{
		"give gw-1 a seat of weight 4", "take the seat of gw-2", "remove gw-3", "admit gw-6 with event key " + keys(6).event().Short(),
		"replace the keys of gw-1, event key " + keys(7).event().Short(), "set admissions to 0",
		"raise the version of the rules to 2", "pause module device", "release module device",
	}
	for i, a := range everyVerb(t) {
		got := a.words(func(k dag.Key) string {
			for n := range keys(9) {
				if n.event() == k {
					return n.name()
				}
			}
			return ""
		})
		if got != want[i] || a.String() == "" {
			t.Errorf("%q, want %q", got, want[i])
		}
	}
}

func fuzzBody(f *testing.F, kind string) {
	for _, p := range bodies(f) {
		if kindOf(p) != kind {
			continue
		}
		body, err := p.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, body []byte) {
		again, err := decodeBody(kind, body)
		switch {
		case err != nil && !errors.Is(err, ledger.ErrPayload):
			t.Errorf("error %v", err)
		case err == nil && !bytes.Equal(again, body):
			t.Errorf("%x decodes and is written as %x", body, again)
		}
	})
}

func FuzzDecodeAdmit(f *testing.F)   { fuzzBody(f, KindAdmit) }
func FuzzDecodeRemove(f *testing.F)  { fuzzBody(f, KindRemove) }
func FuzzDecodePropose(f *testing.F) { fuzzBody(f, KindPropose) }
func FuzzDecodeApprove(f *testing.F) { fuzzBody(f, KindApprove) }

func FuzzDecodeApplication(f *testing.F) {
	for _, a := range []*SignedApplication{keys(1).toQuorum(f), keys(2).apply(f, "b", testNetwork, keys(0).event(), invitation(1))} {
		body, err := a.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := DecodeApplication(body)
		if err != nil {
			if !errors.Is(err, ErrApplication) {
				t.Errorf("error %v", err)
			}
			return
		}
		if again, err := a.Encode(); err != nil || !bytes.Equal(again, body) {
			t.Errorf("%x decodes and is written as %x, %v", body, again, err)
		}
	})
}
