package bootstrap

import (
	"bytes"
	"crypto/sha256"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ipld/go-ipld-prime/codec/dagcbor"
	"github.com/ipld/go-ipld-prime/datamodel"
	"github.com/ipld/go-ipld-prime/fluent/qp"
	"github.com/ipld/go-ipld-prime/node/basicnode"
	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func TestEncodeParsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, err := NewGenesis(manifests().Draw(t, "manifest"))
		if err != nil {
			t.Fatal(err)
		}
		text := g.Encode()
		again, err := ParseGenesis(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if again.ID() != g.ID() || !reflect.DeepEqual(again.manifest, g.manifest) {
			t.Fatalf("got %+v, want %+v", again.manifest, g.manifest)
		}
	})
}

// An independent dag-cbor encoder gives the same canonical form.
func TestCanonicalEqualsIPLD(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, err := NewGenesis(manifests().Draw(t, "manifest"))
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := dagcbor.Encode(ipldGenesis(t, g), &want); err != nil {
			t.Fatal(err)
		}
		if got := g.manifest.canonical(); !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("got %x\nwant %x", got, want.Bytes())
		}
		if g.ID() != sha256.Sum256(append([]byte("lot/genesis/v2\n"), want.Bytes()...)) {
			t.Fatal("id is not the hash of the canonical form")
		}
	})
}

// ipldGenesis builds the documented form from the accessors.
func ipldGenesis(t *rapid.T, g *Genesis) datamodel.Node {
	p := g.Parameters()
	natural := func(n uint64) qp.Assemble { return qp.Int(int64(n)) }
	node, err := qp.BuildMap(basicnode.Prototype.Map, 5, func(m datamodel.MapAssembler) {
		qp.MapEntry(m, "name", qp.String(g.Name()))
		qp.MapEntry(m, "created", natural(g.Created()))
		qp.MapEntry(m, "v", qp.Int(2))
		qp.MapEntry(m, "params", qp.Map(8, func(m datamodel.MapAssembler) {
			qp.MapEntry(m, "protocol", natural(p.Version))
			qp.MapEntry(m, "admissions", natural(p.Admissions))
			qp.MapEntry(m, "epoch_events", natural(p.EpochEvents))
			qp.MapEntry(m, "epoch_rounds", natural(p.EpochRounds))
			qp.MapEntry(m, "approvals", natural(p.Approvals))
			qp.MapEntry(m, "pace_ms", natural(p.Pace))
			qp.MapEntry(m, "clock_drift_ms", natural(p.ClockDrift))
			qp.MapEntry(m, "max_event_rate", natural(p.MaxEventRate))
		}))
		qp.MapEntry(m, "members", qp.List(-1, func(l datamodel.ListAssembler) {
			for _, member := range g.Members() {
				qp.ListEntry(l, qp.Map(7, func(m datamodel.MapAssembler) {
					qp.MapEntry(m, "host", qp.Bytes([]byte(member.Host)))
					qp.MapEntry(m, "event", qp.Bytes(member.Event[:]))
					qp.MapEntry(m, "cosign", qp.Bytes(member.Cosign[:]))
					qp.MapEntry(m, "account", qp.Bytes(member.Account[:]))
					qp.MapEntry(m, "weight", natural(member.Weight))
					qp.MapEntry(m, "balance", natural(member.Balance))
					qp.MapEntry(m, "name", qp.String(member.Name))
				}))
			}
		}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return node
}

// The id of a fixed genesis never changes, whatever happens to defaults and encoders; TestCanonicalEqualsIPLD says that it
// is the right one.
func TestIDIsStable(t *testing.T) {
	const want = "lotnet:2ht4it4htfurlgxxiiqpv67skgvcpuqsk7zgoufwidb5wlzscrba"
	if got := mustGenesis(t, harbour(2)).ID().String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestIDIgnoresHowItIsWritten(t *testing.T) {
	g := mustGenesis(t, harbour(3))
	text := string(g.Encode())
	blocks := strings.Split(text, "\n[[members]]")
	beforeRules, _, _ := strings.Cut(text, "# Rules")
	_, afterMembers, _ := strings.Cut(text, "# The members")
	slices.Reverse(blocks[1:])
	variants := map[string]string{
		"without comments": regexpComments.ReplaceAllString(text, ""),
		"other order":      strings.Join(blocks, "\n[[members]]"),
		"no parameters":    beforeRules + "# The members" + afterMembers,
		"no accounts":      regexpAccounts.ReplaceAllString(text, ""),
		"other time zone":  strings.Replace(text, formatTime(g.Created()), "2026-09-21T16:13:20.000+02:00", 1),
		"windows lines":    strings.ReplaceAll(text, "\n", "\r\n"),
	}
	for name, variant := range variants {
		if variant == text {
			t.Errorf("%s: the variant is the text itself", name)
		}
		again, err := ParseGenesis([]byte(variant))
		if err != nil || again.ID() != g.ID() {
			t.Errorf("%s: %v\n%s", name, err, variant)
		}
	}
}

func TestIDCoversEverything(t *testing.T) {
	base := mustGenesis(t, harbour(3)).ID()
	changes := map[string]func(*Manifest){
		"name":    func(m *Manifest) { m.Name = "haven" },
		"created": func(m *Manifest) { m.Created++ },
		"member":  func(m *Manifest) { m.Members = m.Members[:2] },
		"label":   func(m *Manifest) { m.Members[1].Name = "other" },
		"host":    func(m *Manifest) { m.Members[1].Host = gateway(9).Host },
		"event":   func(m *Manifest) { m.Members[1].Event = gateway(9).Event },
		"cosign":  func(m *Manifest) { m.Members[1].Cosign = gateway(9).Cosign },
		"account": func(m *Manifest) { m.Members[1].Account = dag.Account{1} },
		"weight":  func(m *Manifest) { m.Members[1].Weight++ },
		"balance": func(m *Manifest) { m.Members[1].Balance++ },
	}
	for _, p := range parameters {
		changes[p.key] = func(m *Manifest) { *p.field(&m.Parameters) = p.max }
	}
	for name, change := range changes {
		m := harbour(3)
		change(&m)
		if mustGenesis(t, m).ID() == base {
			t.Errorf("another %s does not change the id", name)
		}
	}
}

func TestAccessors(t *testing.T) {
	m := harbour(4)
	m.Members[1].Weight = 0
	m.Members[2].Account = dag.Account{1}
	g := mustGenesis(t, m)
	if got := g.Members(); !slices.IsSortedFunc(got, func(a, b Member) int { return a.Event.Compare(b.Event) }) || len(got) != 4 {
		t.Errorf("members are not sorted: %v", got)
	}
	if got := g.Committee(); len(got) != 3 || g.TotalWeight() != 3 {
		t.Errorf("committee %v, weight %d", got, g.TotalWeight())
	}
	if g.Supply() != 4000 {
		t.Errorf("supply %d", g.Supply())
	}
	for _, member := range g.Members() {
		want := dag.AccountOf(member.Event)
		if member.Name == m.Members[2].Name {
			want = dag.Account{1}
		}
		if member.Account != want {
			t.Errorf("%s has the account %s, want %s", member.Name, member.Account, want)
		}
	}
	if len(g.Peers()) != 4 || !slices.Contains(g.Peers(), m.Members[3].Host) {
		t.Errorf("peers %v", g.Peers())
	}
	for _, want := range m.Members {
		byEvent, ok1 := g.MemberByEvent(want.Event)
		byHost, ok2 := g.MemberByHost(want.Host)
		if !ok1 || !ok2 || byEvent.Name != want.Name || byHost.Name != want.Name {
			t.Errorf("%s is not found", want.Name)
		}
	}
	if _, ok := g.MemberByEvent(gateway(9).Event); ok {
		t.Error("a stranger is found by key")
	}
	if _, ok := g.MemberByHost(gateway(9).Host); ok {
		t.Error("a stranger is found by host")
	}
}

func TestGenesisIsImmutable(t *testing.T) {
	m := harbour(2)
	g := mustGenesis(t, m)
	m.Members[0].Balance = 7
	g.Members()[0].Balance = 7
	if g.Supply() != 2000 {
		t.Error("changing a copy changes the genesis")
	}
}
