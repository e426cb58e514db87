package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/sim/scenario"
)

func TestParseSetting(t *testing.T) {
	for text, want := range map[string]setting{
		"a=1": {key: "a", value: int64(1)}, "a.b=1.5": {key: "a.b", value: 1.5}, "a=cities": {key: "a", value: "cities"},
		"a=30s": {key: "a", value: "30s"}, `a="1"`: {key: "a", value: "1"}, "a=true": {key: "a", value: true}, "a=": {key: "a", value: ""},
		"a=[1, 2]": {key: "a", value: []any{int64(1), int64(2)}}, "a=x=y": {key: "a", value: "x=y"}, " a = 0-2,7": {key: "a", value: "0-2,7"},
		"attack.0.nodes=7": {key: "attack.0.nodes", value: "7"}, `load.0.nodes="7"`: {key: "load.0.nodes", value: "7"},
		"name=99999999999999999999": {key: "name", value: "99999999999999999999"},
	} {
		got, err := parseSetting(text)
		if got.said = ""; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %#v, %v, want %#v", text, got, err, want)
		}
	}
}

// What a change of a scenario accepts is a valid scenario.
func FuzzChange(f *testing.F) {
	for _, text := range []string{"links.loss=0.5", "load.0.rate=3", "load.1.kind=transfer", "network.weights=[1,2,3,4]", "attack.0.params.x=1", "grid.links.loss=[0.1]", "links=3", "a..b=1", "load.-1.x=2", "name=x", "duration=1s", "load.0=1"} {
		f.Add(text, "5s")
	}
	s, err := scenario.Parse([]byte(village), "village.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, duration string) {
		c, err := parseSetting(text)
		if err != nil {
			return
		}
		changed, err := change(s, "village.toml", []setting{c}, duration)
		if err != nil {
			return
		}
		if err := changed.Validate(); err != nil {
			t.Errorf("%q makes a scenario that is not valid: %v", text, err)
		}
	})
}

// A shorter run is not refused for what would have gone on longer.
func TestShorterDuration(t *testing.T) {
	s, err := scenario.Parse([]byte(village), "village.toml")
	if err != nil {
		t.Fatal(err)
	}
	short, err := change(s, "village.toml", nil, "4s")
	if err != nil || short.Duration != 4*scenario.Second || short.Load[0].Until != 0 {
		t.Errorf("%v, %v", short, err)
	}
	long, err := change(s, "village.toml", nil, "20s")
	if err != nil || long.Load[0].Until != 8*scenario.Second {
		t.Errorf("%v, %v", long, err)
	}
}

func TestAvailableMemory(t *testing.T) {
	const kilo = 1 << 10
	tree := func(files map[string]string) memory {
		t.Helper()
		root := t.TempDir()
		for name, content := range files {
			path := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink("12", filepath.Join(root, "proc", "self")); err != nil {
			t.Fatal(err)
		}
		return memory{filepath.Join(root, "proc"), filepath.Join(root, "cg")}
	}
	const free = "MemTotal: 900 kB\nMemAvailable: 500 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  uint64
	}{
		"no groups":   {map[string]string{"proc/meminfo": free, "proc/12/cgroup": ""}, 500 * kilo},
		"no limit":    {map[string]string{"proc/meminfo": free, "proc/12/cgroup": "0::/a\n", "cg/a/memory.max": "max\n", "cg/a/memory.current": "5\n"}, 500 * kilo},
		"unified":     {map[string]string{"proc/meminfo": free, "proc/12/cgroup": "0::/a/b\n", "cg/a/memory.max": "4000\n", "cg/a/memory.current": "1500\n", "cg/a/memory.stat": "anon 7\ninactive_file 500\n"}, 3000},
		"container":   {map[string]string{"proc/meminfo": free, "proc/12/cgroup": "0::/../x\n", "cg/memory.max": "4000\n", "cg/memory.current": "9000\n"}, 0},
		"separate":    {map[string]string{"proc/meminfo": free, "proc/12/cgroup": "3:cpu:/\n4:memory:/a\n", "cg/memory/a/memory.limit_in_bytes": "4000\n", "cg/memory/a/memory.usage_in_bytes": "1000\n"}, 3000},
		"other group": {map[string]string{"proc/meminfo": free, "proc/12/cgroup": "3:cpu:/a\n", "cg/memory/a/memory.limit_in_bytes": "4000\n", "cg/memory/a/memory.usage_in_bytes": "1000\n"}, 500 * kilo},
	} {
		if got, known := tree(c.files).available(); !known || got != c.want {
			t.Errorf("%s: %d, %t, want %d", name, got, known, c.want)
		}
	}
	if _, known := (memory{t.TempDir(), ""}).available(); known {
		t.Error("known without /proc")
	}
}

func TestBar(t *testing.T) {
	var out bytes.Buffer
	now := founded
	b := &bar{out: &out, now: func() time.Time { return now }, started: now}
	remark := func(elapsed time.Duration) string { return elapsed.String() }
	now = now.Add(10 * time.Second)
	b.show(0.25, remark)
	now = now.Add(time.Millisecond)
	b.show(0.5, remark) // too soon to be seen
	b.clear()
	if got := out.String(); got != "\r[======                  ]  25 %  10s  30 s to go\x1b[K\r\x1b[K" {
		t.Errorf("%q", got)
	}
	var none *bar
	none.show(1, remark)
	none.clear()
	if (&program{err: &out}).bar() != nil {
		t.Error("a bar where there is no terminal")
	}
	for seconds, want := range map[float64]string{0: "a second", 59: "59 s", 600: "10 min", 7200: "2 h", 1e6: "12 days"} {
		if got := secondsText(seconds); got != want {
			t.Errorf("%g: %s", seconds, got)
		}
	}
	if !strings.HasSuffix(sizeText(2_500_000_000), "2.5 GB") || sizeText(3e6) != "3 MB" {
		t.Error(sizeText(2_500_000_000))
	}
}
