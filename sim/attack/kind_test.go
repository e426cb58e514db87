package attack_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
)

func TestKindsAreSortedAndComplete(t *testing.T) {
	want := []string{
		"clock-skew", "double-spend", "equivocate", "forged-events", "forged-readings", "lazy-tips", "lying-sync", "nil-vote",
		"parasite-chain", "replay", "round-jump", "silent", "spam", "twins", "withhold",
	}
	if got := attack.Names(); !slices.Equal(got, want) {
		t.Fatalf("names are %v, want %v", got, want)
	}
	for _, k := range attack.Kinds() {
		if k.About == "" || k.Make == nil {
			t.Errorf("%s: no description or maker", k.Name)
		}
		for _, p := range k.Params {
			if p.About == "" || p.Default < p.Min || p.Default > p.Max {
				t.Errorf("%s: parameter %+v", k.Name, p)
			}
		}
	}
}

func TestFindNamesWhatThereIs(t *testing.T) {
	k, err := attack.Find("spam")
	if err != nil || k.Name != "spam" {
		t.Fatalf("got %q, %v", k.Name, err)
	}
	_, err = attack.Find("spams")
	if !errors.Is(err, attack.ErrUnknown) || !strings.Contains(err.Error(), "spam, twins") {
		t.Fatalf("error %v does not say what there is", err)
	}
}

func TestParamsAreChecked(t *testing.T) {
	cases := []struct {
		kind   string
		params map[string]float64
		want   []string // parts of the error; none if there is to be none
	}{
		{"spam", nil, nil},
		{"spam", map[string]float64{"factor": 3, "size": 0}, nil},
		{"spam", map[string]float64{"factr": 3}, []string{`"factr"`, "rate, factor, size"}},
		{"spam", map[string]float64{"factor": 0, "size": 1e6}, []string{"factor is 0", "size is 1e+06, want 0 to 60000"}},
		{"spam", map[string]float64{"factor": math.NaN()}, []string{"NaN"}},
		{"silent", map[string]float64{"x": 1}, []string{"it has none"}},
	}
	for _, c := range cases {
		err := needKind(t, c.kind).Check(c.params)
		if len(c.want) == 0 && err != nil || len(c.want) > 0 && !errors.Is(err, attack.ErrParam) {
			t.Errorf("%s %v: error %v", c.kind, c.params, err)
		}
		for _, part := range c.want {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("%s %v: error %q does not say %q", c.kind, c.params, err, part)
			}
		}
	}
}

func TestStepAsksToBeWokenWhenTheAttackEnds(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	for _, until := range []uint64{w.now + 50, 0, math.MaxUint64} {
		victim := w.nodes[0].victim()
		victim.Until = until
		adversary := need(needKind(t, "silent").Make(victim))(t)
		var out attack.Effects
		if err := adversary.Step(w.now, engine.Wake{}, &out); err != nil {
			t.Fatal(err)
		}
		if ends := until == w.now+50; ends != (out.WakeAt == until) || out.WakeAt > w.now+10_000 {
			t.Errorf("until %d: it wants to be woken at %d", until, out.WakeAt)
		}
	}
}

func TestMakeRefusesWhatCannotBe(t *testing.T) {
	w := newWorld(t, 1, 1, 0)
	n := w.nodes[0]
	whole := n.victim()
	whole.Twin = nil
	noGate, noEngine, badParam := whole, whole, whole
	noGate.Self.Signer = dag.NewSigner(seedOf('e', 0))
	noEngine.Engine = nil
	badParam.Params = map[string]float64{"hold": -1}
	cases := []struct {
		kind   string
		victim attack.Victim
		want   error
	}{
		{"silent", noGate, attack.ErrVictim},
		{"silent", noEngine, attack.ErrVictim},
		{"twins", whole, attack.ErrVictim},        // no second engine
		{"double-spend", whole, attack.ErrVictim}, // nobody to pay
		{"withhold", badParam, attack.ErrParam},
		{"withhold", whole, nil},
	}
	for _, c := range cases {
		if _, err := needKind(t, c.kind).Make(c.victim); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.kind, err, c.want)
		}
	}
}

// gentle are the parameters of kinds that would take long otherwise.
var gentle = map[string]map[string]float64{"spam": {"factor": 0.5}}

// TestSameInputsGiveSameEffects runs every kind three times and compares all that was sent. In the last run the engines share what
// is a function of cones, as in the simulator, where events have other numbers.
func TestSameInputsGiveSameEffects(t *testing.T) {
	for _, name := range attack.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second, shared := trace(t, name, false), trace(t, name, false), trace(t, name, true)
			if !slices.Equal(first, second) {
				t.Error("two runs of one seed differ")
			}
			if !slices.Equal(first, shared) {
				t.Error("a run of engines that share differs from one of engines that do not")
			}
		})
	}
}

// trace returns the hashes of all that the adversaries of a short run sent.
func trace(t *testing.T, kind string, shared bool) (sums []dag.ID) {
	w := makeWorld(t, 5, 4, 1, shared)
	w.start()
	w.attack(kind, gentle[kind], 1000, 0, 4)
	w.load(1400)
	for _, n := range []*node{w.nodes[0], w.nodes[4]} {
		for _, s := range n.said {
			for _, b := range s.Broadcasts {
				sums = append(sums, dag.HashBlock(b.Data))
			}
			for _, b := range s.Whispers {
				sums = append(sums, dag.HashBlock(b.Data))
			}
			for _, m := range s.Sends {
				sums = append(sums, dag.HashBlock(need(m.Message.Encode())(t)))
			}
			for _, r := range s.Submissions {
				sums = append(sums, dag.HashBlock(r.Raw))
			}
		}
	}
	return sums
}

// TestEveryKindBehavesAgain runs every kind on a gateway and a member of four: less than a third. Honest payments become final
// in one order, and nothing of the adversary's is left to be done after its time.
func TestEveryKindBehavesAgain(t *testing.T) {
	for _, name := range attack.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9, 4, 2)
			w.start()
			w.attack(name, gentle[name], 3000, 1, 5)
			w.load(3600)
			w.settle(30_000)
			for _, n := range []*node{w.nodes[1], w.nodes[5]} {
				for _, s := range n.said {
					if s.at > worldStart+2000+3000 && len(s.Whispers)+len(s.Submissions) > 0 {
						t.Fatalf("node %d still attacks at %d ms", n.number, s.at-worldStart)
					}
				}
			}
		})
	}
}
