package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
)

// card sets a gateway up and returns its member card.
func (s *shell) card(name string) string {
	s.t.Helper()
	return strings.TrimSpace(s.want(exitOK, "lotmember:", "init", "--name", name, "--quiet").out)
}

func TestInit(t *testing.T) {
	s := newShell(t)
	view := decode(t, s.want(exitOK, "lotmember:", "init", "--name", "barn", "--json").out)
	card, err := bootstrap.ParseCard(view["card"].(string))
	if err != nil || card.Name() != "barn" || view["key"] != card.Event().String() || view["made"] != true || view["home"] != s.dir {
		t.Errorf("%v, %v", view, err)
	}
	again := s.want(exitOK, "were there already", "init").out
	if !strings.Contains(again, card.String()) || s.card("barn") != card.String() {
		t.Error("another card the second time")
	}
	s.want(exitFailure, `this gateway is called "barn" already`, "init", "--name", "attic")
	s.want(exitFailure, "the keys in "+s.dir+" were made before", "init", "--passphrase-file", s.file("p", []byte("x")))
	if content, err := os.ReadFile(filepath.Join(s.dir, "config.toml")); err != nil || !strings.Contains(string(content), `name = "barn"`) {
		t.Errorf("%s, %v", content, err)
	}
}

func TestInitFaults(t *testing.T) {
	s := newShell(t)
	s.want(exitFailure, "name: \"Barn 1\": choose 1 to 63", "init", "--name", "Barn 1")
	s.want(exitFailure, "passphrase file", "init", "--passphrase-file", "nowhere")
	s.dir = filepath.Dir(s.file("letter.txt", nil))
	s.want(exitFailure, "holds other files, such as", "init")
}

func TestInitWithPassphrase(t *testing.T) {
	s := newShell(t)
	pass := s.file("pass", []byte("correct horse\n"))
	first := s.want(exitOK, "lotmember:", "init", "-q", "--passphrase-file", pass).out
	if again := s.want(exitOK, "lotmember:", "init", "-q").out; again != first {
		t.Error("another card the second time")
	}
	if err := os.WriteFile(pass, []byte("wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.want(exitFailure, "the passphrase does not open it", "init", "-q")
}

func TestNameOf(t *testing.T) {
	for host, want := range map[string]string{
		"barn": "barn", "Barn.example.org": "barn", "my_box": "my-box", "-x-": "x", "": "gateway", "äöü": "gateway", strings.Repeat("a", 64): "gateway",
	} {
		if got := nameOf(host); got != want {
			t.Errorf("%q: %q", host, got)
		}
	}
}

// foundNetwork founds a network of three gateways, the first of which is s, and returns the genesis file.
func foundNetwork(s *shell, args ...string) (genesis string, others []*shell) {
	s.t.Helper()
	cards := "# the others\n"
	for _, name := range []string{"barn", "roof"} {
		other := newShell(s.t)
		others = append(others, other)
		cards += other.card(name) + ", weight=2 balance=7\n\n"
	}
	genesis = filepath.Join(s.t.TempDir(), "genesis.toml")
	s.want(exitOK, `Network "farm" of 3 members is founded: lotnet:`, append([]string{
		"network", "new", "farm", "--member", s.card("attic") + ",balance=1000", "--card-file", s.file("cards", []byte(cards)), "-o", genesis,
	}, args...)...)
	return genesis, others
}

func TestNetwork(t *testing.T) {
	s := newShell(t)
	genesis, others := foundNetwork(s, "--param", "approvals=3", "--param", "pace_ms=50")
	g, err := bootstrap.LoadGenesis(genesis)
	if err != nil {
		t.Fatal(err)
	}
	if g.TotalWeight() != 5 || g.Supply() != 1014 || g.Created() != 1_790_000_000_000 || g.Parameters().Approvals != 3 || g.Parameters().Pace != 50 {
		t.Errorf("%+v", g)
	}
	s.want(exitFailure, "exists and is not overwritten", "network", "new", "farm", "--member", s.card("attic"), "-o", genesis)

	s.want(exitFailure, "no network yet", "network", "show")
	view := decode(t, s.want(exitOK, "", "network", "show", genesis, "--json").out)
	if view["id"] != g.ID().String() || view["quorum"] != 4.0 || len(view["members"].([]any)) != 3 || view["parameters"].(map[string]any)["approvals"] != 3.0 {
		t.Errorf("%v", view)
	}
	s.want(exitOK, "Decided by  weight 4 of 5", "network", "show", genesis)

	s.want(exitOK, `This gateway is "attic" in network "farm"`, "network", "join", genesis)
	s.want(exitOK, `This gateway is "attic" in network "farm"`, "network", "join", genesis)
	others[0].want(exitOK, `This gateway is "barn"`, "network", "join", genesis)
	s.want(exitOK, "farm", "network", "show")
	stranger := newShell(t)
	stranger.want(exitFailure, "not set up", "network", "join", genesis)
	stranger.card("stranger")
	stranger.want(exitFailure, "not a member of network \"farm\"", "network", "join", genesis)
	second, _ := foundNetwork(s)
	s.want(exitFailure, "in another network already", "network", "join", second)
}

func TestNetworkNewFaults(t *testing.T) {
	s := newShell(t)
	card := s.card("attic")
	for _, c := range []struct {
		code     int
		fragment string
		args     []string
	}{
		{exitFailure, "member 1: member card: want a line that begins with", []string{"farm", "--member", "card"}},
		{exitFailure, "member 2: member card: not base32", []string{"farm", "--member", card, "--member", card + "1"}},
		{exitFailure, `"wieght=2": want weight=NUMBER`, []string{"farm", "--member", card + ",wieght=2"}},
		{exitFailure, `"weight=-2"`, []string{"farm", "--member", card + ",weight=-2"}},
		{exitFailure, "nobody has a seat", []string{"farm", "--member", card + ",weight=0"}},
		{exitFailure, "the same as that of", []string{"farm", "--member", card, "--member", card}},
		{exitFailure, `name: "Farm!"`, []string{"Farm!", "--member", card}},
		{exitUsage, "there are: admissions, approvals, clock_drift_ms", []string{"farm", "--member", card, "--param", "aprovals=3"}},
		{exitFailure, "parameters.approvals: 99 is out of range", []string{"farm", "--member", card, "--param", "approvals=99"}},
		{exitFailure, "nowhere", []string{"farm", "--card-file", "nowhere"}},
	} {
		s.want(c.code, c.fragment, append([]string{"network", "new", "-o", filepath.Join(s.t.TempDir(), "g")}, c.args...)...)
	}
	s.stdin = card
	out := s.want(exitOK, "[[members]]", "network", "new", "farm", "--card-file", "-", "-o", "-").out
	if _, err := bootstrap.ParseGenesis([]byte(out)); err != nil {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	s := newShell(t)
	path := filepath.Join(s.dir, "config.toml")
	s.want(exitOK, path+"\n", "config", "path")
	s.want(exitFailure, "lot init` writes a new one", "config", "check")
	s.card("attic")
	s.want(exitOK, "are in order", "config", "check")
	s.environ = append(s.environ, "LOT_BATCH_COUNT=7")
	s.want(exitOK, "[batch]\ncount = 7\n", "config", "show")
	if view := decode(t, s.want(exitOK, "", "config", "show", "--json").out); view["name"] != "attic" || view["batch"].(map[string]any)["count"] != 7.0 {
		t.Errorf("%v", view)
	}
	if err := os.WriteFile(path, []byte("nam = \"x\"\n[batch]\ncount = 0\nwindow = \"soon\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.environ = nil
	r := s.want(exitFailure, "3 faults", "config", "check")
	for _, fragment := range []string{"line 1: unknown key nam: did you mean name?", "line 3, batch.count: 0 is out of range", "line 4, batch.window"} {
		if !strings.Contains(r.err, fragment) {
			t.Errorf("%s lacks %q", r.err, fragment)
		}
	}
}

func FuzzParseMember(f *testing.F) {
	card, err := bootstrap.NewCard("gw", dag.NewSigner([32]byte{1}), dag.NewSigner([32]byte{2}), dag.NewSigner([32]byte{3}))
	if err != nil {
		f.Fatal(err)
	}
	for _, options := range []string{"", ",weight=0", ", weight=7 balance=9", ",,weight=1,weight=2", ",balance=18446744073709551616", ",=", ",weight"} {
		f.Add(options)
	}
	f.Fuzz(func(t *testing.T, options string) {
		member, err := parseMember(card.String() + options)
		if err == nil && (member.Event != card.Event() || member.Name != "gw") {
			t.Errorf("%q makes another member of the card: %+v", options, member)
		}
	})
}
