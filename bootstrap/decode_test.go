package bootstrap

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/ledgerofthings/lot/dag"
)

var (
	regexpComments = regexp.MustCompile(`(?m)^#.*\n`)
	regexpAccounts = regexp.MustCompile(`(?m)^account = .*\n`)
)

// faultsOf returns the faults of a genesis, each as one line.
func faultsOf(t *testing.T, text string) []string {
	t.Helper()
	g, err := ParseGenesis([]byte(text))
	if err == nil {
		t.Fatalf("accepted as %s:\n%s", g.ID(), text)
	}
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatalf("error %v has the type %T", err, err)
	}
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.String()
	}
	return lines
}

func TestParseNamesTheFault(t *testing.T) {
	good := string(mustGenesis(t, harbour(2)).Encode())
	g := gateway(1)
	// Genesis.Encode sorts members by key; the faults below name them by their place in the text.
	place := map[string]string{}
	for i, m := range mustGenesis(t, harbour(2)).Members() {
		place[m.Name] = fmt.Sprintf("member %d %q", i+1, m.Name)
	}
	one, two := place["gw-1"], place["gw-2"]
	second := two
	if strings.HasPrefix(one, "member 2") {
		second = one
	}
	rsa := "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"
	small := dag.Key{0: 1}.String()
	offCurve := dag.Key{0: 2}.String()
	for _, c := range []struct{ name, old, new, want string }{
		{"no TOML", good, "= x", "line 1, column 1: "},
		{"empty", good, "", "version: missing: want version = 2"},
		{"newer", "version = 2", "version = 3", "version: 3, this program reads 2: a newer genesis needs a newer program"},
		{"older", "version = 2", "version = 1", "version: 1, this program reads 2: networks of older genesis files have no epochs and cannot be carried on; found the network anew"},
		{"unknown key", "version = 2", "version = 2\ncolour = 1", "line 7, column 1: unknown key \"colour\""},
		{"unknown parameter", "approvals = 2", "aprovals = 2", "line 13, column 1: unknown key \"parameters.aprovals\""},
		{"kind", "approvals = 2", "approvals = \"2\"", "line 13, column "},
		{"approvals", "approvals = 2", "approvals = 9", "parameters.approvals: 9 is out of range: choose 2 to 8"},
		{"approvals 0", "approvals = 2", "approvals = 0", "parameters.approvals: 0 is out of range"},
		{"negative", "approvals = 2", "approvals = -2", "parameters.approvals: -2 is out of range"},
		{"pace", "pace_ms = 0", "pace_ms = 5", "parameters.pace_ms: 5 is out of range: choose 0, or 10 to 10000"},
		{"rate", "max_event_rate = 1000", "max_event_rate = 1000001", "parameters.max_event_rate: 1000001 is out of range"},
		{"epoch rounds", "epoch_rounds = 10000", "epoch_rounds = 99", "parameters.epoch_rounds: 99 is out of range: choose 100 to 1000000"},
		{"epoch events", "epoch_events = 50000", "epoch_events = 10000001", "parameters.epoch_events: 10000001 is out of range: choose 1000 to 10000000"},
		{"admissions", "admissions = 100", "admissions = 10001", "parameters.admissions: 10001 is out of range: choose 0 to 10000"},
		{"protocol", "protocol = 1", "protocol = 0", "parameters.protocol: 0 is out of range: choose 1 to 65535"},
		{"network name", `name = "harbour"`, `name = "Har bour"`, `name: "Har bour": want 1 to 63`},
		{"no network name", `name = "harbour"`, ``, `name: "": want 1 to 63`},
		{"created", formatTime(1_790_000_000_000), "yesterday", `created: "yesterday": want a time by RFC 3339`},
		{"created too fine", formatTime(1_790_000_000_000), "2026-11-20T09:00:00.0001Z", "finer than a millisecond"},
		{"created early", formatTime(1_790_000_000_000), "1969-11-20T09:00:00Z", "before 1970"},
		{"no created", `created = "` + formatTime(1_790_000_000_000) + `"`, "", "created: missing"},
		{"bad host", g.Host.String(), "12D3KooWx", one + ", host: "},
		{"other key type", g.Host.String(), rsa, one + ", host: peer id " + rsa + ": not of an Ed25519 key"},
		{"no host", `host = "` + g.Host.String() + `"`, "", one + ", host: missing"},
		{"bad event", g.Event.String(), "did:web:x", one + ", event: key \"did:web:x\""},
		{"long event", g.Event.String(), strings.Repeat("x", 300), one + ", event: 300 characters"},
		{"no cosign", `cosign = "` + g.Cosign.String() + `"`, "", one + ", cosign: missing"},
		{"small order", g.Cosign.String(), small, "a point of small order"},
		{"off the curve", g.Cosign.String(), offCurve, "no point of the curve"},
		{"bad account", `account = "` + dag.AccountOf(g.Event).String(), `account = "acct:x`, one + ", account: "},
		{"negative weight", "weight = 1", "weight = -1", "weight: -1 is negative"},
		{"huge weight", "weight = 1", "weight = 1000001", "weight: 1000001 is out of range"},
		{"no weight", "weight = 1", "", "weight: missing: give 1"},
		{"negative balance", "balance = 1000", "balance = -1", "balance: -1 is negative"},
		{"supply", "balance = 1000", "balance = 9007199254740991", "supply: the balances add up to more"},
		{"integer range", "balance = 1000", "balance = 9223372036854775808", "line "},
		{"same name", `"gw-2"`, `"gw-1"`, "name: the same as that of member 1"},
		{"same host", gateway(2).Host.String(), g.Host.String(), second + ", host: the same as that of member 1"},
		{"same event", gateway(2).Event.String(), g.Event.String(), second + ", event: the same as that of member 1"},
		{"same account", dag.AccountOf(gateway(2).Event).String(), dag.AccountOf(g.Event).String(), second + ", account: the same as that of member 1"},
		{"one key for two purposes", g.Cosign.String(), g.Event.String(), one + ", cosign: the same as that of " + one + ", event"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("the case replaces %q, which is not there", c.old)
			}
			got := faultsOf(t, strings.Replace(good, c.old, c.new, 1))
			if !strings.Contains(got[0], c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestParseNamesAllFaultsTogether(t *testing.T) {
	text := string(mustGenesis(t, harbour(2)).Encode())
	text = strings.ReplaceAll(text, "weight = 1", "weight = 0")
	text = strings.Replace(text, `name = "harbour"`, "name = \"?\"\nnema = 1", 1)
	text = strings.Replace(text, "approvals = 2", "approvals = 1", 1)
	text = strings.Replace(text, gateway(1).Event.String(), "x", 1)
	text = strings.Replace(text, "balance = 1000", "balance = -1", 1)
	got := faultsOf(t, text)
	for _, want := range []string{`unknown key "nema"`, "name: ", "parameters.approvals: ", `"gw-1", event: `, "balance: -1", "committee: nobody"} {
		if !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	if len(got) != 6 {
		t.Errorf("%d faults: %q", len(got), got)
	}
}

func TestManifestLimits(t *testing.T) {
	for name, change := range map[string]func(*Manifest){
		"committee: 101 seats":        func(m *Manifest) { *m = harbour(MaxSeats + 1) },
		"members: 0 of them":          func(m *Manifest) { m.Members = nil },
		"created: missing":            func(m *Manifest) { m.Created = maxCreated + 1 },
		`member 1 "gw-1", host`:       func(m *Manifest) { m.Members[0].Host = peer.ID("x") },
		`member 1, name: ""`:          func(m *Manifest) { m.Members[0].Name = "" },
		"member 2 \"gw-1\", name":     func(m *Manifest) { m.Members[1].Name = "gw-1" },
		`member 2 "gw-2", account`:    func(m *Manifest) { m.Members[1].Account = dag.AccountOf(m.Members[0].Event) },
		"parameters.clock_drift_ms":   func(m *Manifest) { m.Parameters.ClockDrift = 1 },
		"and: more faults":            func(m *Manifest) { m.Members = make([]Member, MaxMembers+1) },
		"supply: the balances":        func(m *Manifest) { m.Members[1].Balance = math.MaxUint64 },
		"members: 2001 of them, want": func(m *Manifest) { m.Members = make([]Member, MaxMembers+1) },
	} {
		m := harbour(2)
		change(&m)
		if _, err := NewGenesis(m); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %q, got %.300v", name, err)
		}
	}
	full := harbour(MaxSeats + 5)
	for i := range 5 {
		full.Members[i].Weight = 0
	}
	if got := len(mustGenesis(t, full).Committee()); got != MaxSeats {
		t.Errorf("%d seats", got)
	}
}

func TestLoadGenesis(t *testing.T) {
	path := filepath.Join(t.TempDir(), "genesis.toml")
	if _, err := LoadGenesis(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	g := mustGenesis(t, harbour(2))
	if err := os.WriteFile(path, g.Encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	if again, err := LoadGenesis(path); err != nil || again.ID() != g.ID() {
		t.Errorf("got %v", err)
	}
	large := append(g.Encode(), strings.Repeat("#", MaxSize)...)
	if err := os.WriteFile(path, large, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadGenesis(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("large file: %v", err)
	}
}

// The list of parameters, the document and the struct of values name the same things in the same order.
func TestParametersAreListedOnce(t *testing.T) {
	document, values := reflect.TypeFor[parametersDocument](), reflect.TypeFor[Parameters]()
	if document.NumField() != len(parameters) || values.NumField() != len(parameters) {
		t.Fatalf("%d parameters, %d in the document, %d values", len(parameters), document.NumField(), values.NumField())
	}
	defaults := DefaultParameters()
	for i, p := range parameters {
		if tag := document.Field(i).Tag.Get("toml"); tag != p.key {
			t.Errorf("parameter %d is %q, in the document %q", i, p.key, tag)
		}
		var probe Parameters
		*p.field(&probe) = 1
		if reflect.ValueOf(probe).FieldByName(document.Field(i).Name).Uint() != 1 {
			t.Errorf("%s sets another field", p.key)
		}
		var given parametersDocument
		n := int64(3)
		reflect.ValueOf(&given).Elem().Field(i).Set(reflect.ValueOf(&n))
		if given.values()[i] != &n {
			t.Errorf("%s is elsewhere in values", p.key)
		}
	}
	var faults Faults
	if defaults.check(&faults); len(faults) != 0 {
		t.Errorf("defaults are out of range: %v", faults)
	}
}

func FuzzParseGenesis(f *testing.F) {
	f.Add(mustGenesis(f, harbour(1)).Encode())
	f.Add(mustGenesis(f, harbour(3)).Encode())
	f.Add([]byte("version = 2\n[[members]]\nweight = -1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		g, err := ParseGenesis(text)
		if err != nil {
			var faults Faults
			if !errors.As(err, &faults) || len(faults) == 0 || len(faults) > MaxFaults {
				t.Fatalf("error %v of type %T", err, err)
			}
			return
		}
		again, err := ParseGenesis(g.Encode())
		if err != nil || again.ID() != g.ID() {
			t.Fatalf("%v\n%s", err, g.Encode())
		}
	})
}
