package scenario

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// minimal is the shortest valid scenario.
const minimal = `version = 1
name = "least"
duration = "10s"
[network]
nodes = 20
`

func mustParse(t *testing.T, text string) *Scenario {
	t.Helper()
	s, err := Parse([]byte(text), "testdata/x.toml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseFillsInDefaults(t *testing.T) {
	s := mustParse(t, minimal)
	want := Defaults()
	want.Name, want.Duration, want.Network.Nodes, want.origin = "least", 10*Second, 20, s.origin
	if !reflect.DeepEqual(*s, want) {
		t.Errorf("got %+v, want %+v", *s, want)
	}
}

func TestParseReadsEveryKind(t *testing.T) {
	s := mustParse(t, minimal+`
committee = 3
weights = [1, 2, 3]
[links]
model = "uniform"
min = "1.5ms"
max = "2s"
loss = 1
[gossip]
flood_publish = true
[[load]]
kind = "reading"
rate = 2
nodes = "0-2"
[[load]]
kind = "transfer"
rate = 0.5
[[attack]]
kind = "spam"
nodes = "gateways:1"
[attack.params]
rate = 5
[[fault]]
kind = "skew"
at = "1s"
nodes = "all"
amount = -2.5
[grid]
links.loss = [0, 0.5]
"network.nodes" = [20, 30]
`)
	switch {
	case !reflect.DeepEqual(s.Network.Weights, []uint64{1, 2, 3}):
		t.Error("weights", s.Network.Weights)
	case s.Links.Min != 1500*Microsecond || s.Links.Max != 2*Second || s.Links.Loss != 1:
		t.Error("links", s.Links)
	case !s.Gossip.FloodPublish:
		t.Error("flood_publish is false")
	case len(s.Load) != 2 || s.Load[0].Rate != 2 || s.Load[0].Nodes != "0-2" || s.Load[1].Nodes != "all" || s.Load[1].Process != ProcessPoisson:
		t.Error("load", s.Load)
	case !reflect.DeepEqual(s.Attacks[0].Params, map[string]float64{"rate": 5}):
		t.Error("params", s.Attacks)
	case s.Faults[0].Amount != -2.5:
		t.Error("fault", s.Faults)
	case !reflect.DeepEqual(s.Grid, map[string][]any{"links.loss": {int64(0), 0.5}, "network.nodes": {int64(20), int64(30)}}):
		t.Error("grid", s.Grid)
	}
}

func TestFilesLieBesideTheScenario(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "edges.txt"), []byte("0 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.toml")
	text := minimal + "[topology]\nkind = \"file\"\nfile = \"edges.txt\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Path(s.Topology.File); got != filepath.Join(dir, "edges.txt") {
		t.Errorf("the file is looked for at %s", got)
	}
	if absolute := filepath.Join(dir, "b"); s.Path(absolute) != absolute {
		t.Error("an absolute path was changed")
	}
}

func TestOpenFindsBuiltins(t *testing.T) {
	for _, path := range []string{"quickstart", "builtin:quickstart"} {
		s, err := Open(path)
		if err != nil || s.Name != "quickstart" {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, want := range map[string]string{
		"quikstart":         "did you mean quickstart?",
		"builtin:quikstart": "did you mean quickstart?",
		"no/such.toml":      "name a file, or a scenario that comes with Lot: churn, city",
		"testdata":          "is a directory",
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", path, err, want)
		}
	}
}

func TestOversizeTextIsRefused(t *testing.T) {
	if _, err := Parse(make([]byte, maxFileSize+1), "x.toml"); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("error %v", err)
	}
}

func FuzzParse(f *testing.F) {
	entries, err := filepath.Glob("../scenarios/*.toml")
	if err != nil || len(entries) == 0 {
		f.Fatal("no scenarios to begin with", err)
	}
	for _, entry := range append(entries, "testdata/wrong.toml") {
		text, err := os.ReadFile(entry)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text, "x.toml")
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 || strings.Count(err.Error(), "\n") != len(problems)-1 {
				t.Fatalf("error %q of type %T", err, err)
			}
			return
		}
		again, err := Parse(s.TOML(), "x.toml")
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, s.TOML())
		}
		again.origin, s.origin = nil, nil
		if !reflect.DeepEqual(s, again) {
			t.Fatalf("read %+v, then %+v", s, again)
		}
		s.Warnings()
		_ = s.CheckMemory(1<<30, 2)
	})
}

// Some editors begin a file with a mark.
func TestByteOrderMark(t *testing.T) {
	mustParse(t, "\xef\xbb\xbf"+minimal)
}

// The folder of a sweep is often called after its scenario, and the same command goes on with it.
func TestFolderDoesNotHideAScenario(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("city", 0o700); err != nil {
		t.Fatal(err)
	}
	if s, err := Open("city"); err != nil || s.Name != "city" {
		t.Error(err)
	}
}
