package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const seedA = "/ip4/192.0.2.7/tcp/4470/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"

func TestAmend(t *testing.T) {
	c := Defaults()
	c.Name, c.Network.Seeds = "barn", []string{seedA}
	set := `seeds = ["` + seedA + `"]`
	for name, f := range map[string]struct{ before, after string }{
		"empty":         {"", `name = "barn"` + "\n\n[network]\n" + set + "\n"},
		"in its table":  {"[network]\nmdns = false # mine\n", `name = "barn"` + "\n[network]\n" + set + "\nmdns = false # mine\n"},
		"one line":      {"name = \"x\" # old\n[network]\nseeds = [] # none\nmdns = true", `name = "barn"` + "\n[network]\n" + set + "\nmdns = true"},
		"several lines": {"name = 'x'\n[network]\nseeds = [\n  \"" + seedA + "\", # a\n  # b\n]\n[log]\n", `name = "barn"` + "\n[network]\n" + set + "\n[log]\n"},
		"other tables":  {"# top\n[log]\nlevel = \"debug\"\n", `name = "barn"` + "\n# top\n[log]\nlevel = \"debug\"\n\n[network]\n" + set + "\n"},
	} {
		got, err := Amend([]byte(f.before), c, "name", "network.seeds")
		if err != nil || string(got) != f.after {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
	usual := Defaults().Encode()
	got, err := Amend(usual, c, "name", "network.seeds")
	if err != nil || len(got) < len(usual) {
		t.Fatal(err)
	}
	if again, err := Amend(got, c, "name", "network.seeds"); err != nil || string(again) != string(got) {
		t.Errorf("not the same the second time: %v", err)
	}
}

func TestAmendRefuses(t *testing.T) {
	c := Defaults()
	c.Network.Seeds = []string{seedA}
	for before, want := range map[string]string{
		"network = { mdns = true }": "safely",
		"network.mdns = true\n":     "safely",
		"colour = 1":                "colour",
	} {
		if got, err := Amend([]byte(before), c, "network.seeds"); !errors.Is(err, ErrUnamended) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\n%s", before, err, got)
		}
	}
	if _, err := Amend(nil, c, "nothing"); !errors.Is(err, ErrUnamended) {
		t.Errorf("%v", err)
	}
}

func TestAmendFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	c := Defaults()
	c.Name = "barn"
	replaced := 0
	replace := func(path string, content []byte) error { replaced++; return os.WriteFile(path, content, 0o600) }
	if err := AmendFile(path, c, replace, "name"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(path, Defaults().Encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := AmendFile(path, c, replace, "name"); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Load(path, nil); err != nil || got.Name != "barn" || replaced != 1 {
		t.Errorf("%+v, %v, replaced %d times", got, err, replaced)
	}
}
