package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// module is a tiny module whose test knows addition and not subtraction.
var module = map[string]string{
	"go.mod": "module example.org/sum\n\ngo 1.26\n",
	"sum.go": "package sum\n\nfunc Sum(a, b int) int { return a + b }\n\nfunc Difference(a, b int) int { return a - b }\n",
	"sum_test.go": `package sum

import "testing"

func TestSum(t *testing.T) {
	t.Run("two", func(t *testing.T) {
		if Sum(2, 2) != 4 {
			t.Fail()
		}
	})
}

func TestDifference(t *testing.T) {}

func TestOther(t *testing.T) {
	if Sum(1, 2) != 3 {
		t.Fail()
	}
}
`,
}

// patch returns a patch of the first or second function's line.
func patch(caughtBy, old, replacement string) string {
	return "Bug: planted\nLevel: unit\nPackages: .\nCaught-By: " + caughtBy + "\n\n--- a/sum.go\n+++ b/sum.go\n@@ -1,5 +1,5 @@\n" +
		strings.ReplaceAll(" package sum\n \n func Sum(a, b int) int { return a + b }\n \n func Difference(a, b int) int { return a - b }\n",
			" "+old+"\n", "-"+old+"\n+"+replacement+"\n")
}

const (
	sumLine        = "func Sum(a, b int) int { return a + b }"
	differenceLine = "func Difference(a, b int) int { return a - b }"
)

// writeModule writes the module and its patches to a folder of their own.
func writeModule(t *testing.T, patches map[string]string) string {
	t.Helper()
	root := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range module {
		write(name, text)
	}
	if err := os.Mkdir(filepath.Join(root, "mutants"), 0o750); err != nil {
		t.Fatal(err)
	}
	for name, text := range patches {
		write("mutants/"+name+".patch", text)
	}
	return root
}

// all selects every patch of a module.
func all(root string) options {
	return options{root: root, patches: "mutants", only: "*", timeout: time.Minute}
}

func TestRunTellsEachOutcome(t *testing.T) {
	root := writeModule(t, map[string]string{
		"a-caught":   patch("TestSum", sumLine, "func Sum(a, b int) int { return a - b }"),
		"b-by-other": patch("TestDifference", sumLine, "func Sum(a, b int) int { return 2 * b }"),
		"c-survives": patch("TestDifference", differenceLine, "func Difference(a, b int) int { return b - a }"),
		"d-broken":   patch("TestSum", sumLine, "func Sum(a, b int) int { return c }"),
		"e-stale":    strings.ReplaceAll(patch("TestSum", sumLine, "x"), "package sum", "package total"),
		"f-panics":   patch("TestSum", sumLine, "func Sum(a, b int) int { panic(a) }"),
	})
	var out strings.Builder
	survivors, err := run(context.Background(), all(root), &out)
	if err != nil || survivors != 3 {
		t.Errorf("%d survivors, want 3; error %v", survivors, err)
	}
	lines := strings.Split(out.String(), "\n")
	for name, want := range map[string][]string{
		"a-caught": {caught, "TestSum"}, "b-by-other": {caught, "TestOther (expected: TestDifference)"}, "c-survives": {survived, "TestDifference"},
		"d-broken": {broken, "undefined: c"}, "e-stale": {stale, "sum.go"}, "f-panics": {caught, "TestSum"},
	} {
		checkRow(t, lines, name, want)
	}
	checkRow(t, lines, "unit ", []string{" 6        3 "})
	if left, err := filepath.Glob(filepath.Join(root, ".bin", "*")); err != nil || len(left) > 0 {
		t.Errorf("the scratch copy is left behind: %v, %v", left, err)
	}
}

func checkRow(t *testing.T, lines []string, name string, want []string) {
	t.Helper()
	for _, line := range lines {
		if !strings.HasPrefix(line, name) {
			continue
		}
		for _, fragment := range want {
			if !strings.Contains(line, fragment) {
				t.Errorf("row %q lacks %q", line, fragment)
			}
		}
		return
	}
	t.Errorf("no row for %s", name)
}

func TestRunRefusesWhatProvesNothing(t *testing.T) {
	good := patch("TestSum", sumLine, "func Sum(a, b int) int { return a - b }")
	_, diff, _ := strings.Cut(good, "\n\n")
	cases := []struct{ name, text, only, level, want string }{
		{"a test that does not exist", strings.Replace(good, "TestSum", "TestMissing", 1), "*", "", "TestMissing"},
		{"no patch", good, "other", "", "no patch matches"},
		{"bad pattern", good, "[", "", "pattern"},
		{"no header", diff, "*", "", "Caught-By"},
		{"no patch of that level", good, "*", "fuzz", "at level fuzz"},
		{"no such level", good, "*", "units", "want one of source"},
	}
	for _, c := range cases {
		root := writeModule(t, map[string]string{"x": c.text})
		_, err := run(context.Background(), options{root: root, patches: "mutants", only: c.only, level: c.level, timeout: time.Minute}, new(strings.Builder))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one about %q", c.name, err, c.want)
		}
	}
}

func TestRunRefusesAFailingBaseline(t *testing.T) {
	root := writeModule(t, map[string]string{"x": patch("TestSum", sumLine, "func Sum(a, b int) int { return a - b }")})
	wrong := strings.Replace(module["sum_test.go"], "!= 4", "!= 5", 1)
	if err := os.WriteFile(filepath.Join(root, "sum_test.go"), []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := run(context.Background(), all(root), new(strings.Builder))
	if err == nil || !strings.Contains(err.Error(), "fail without any mutant") {
		t.Errorf("error is %v", err)
	}
}

func TestRunWritesJSON(t *testing.T) {
	fuzz := strings.Replace(patch("TestSum", sumLine, "func Sum(a, b int) int { return a - b }"), "Level: unit", "Level: fuzz", 1)
	root := writeModule(t, map[string]string{"x": fuzz, "y": patch("TestSum", sumLine, "func Sum(a, b int) int { return 2 * a }")})
	o := all(root)
	o.json, o.level = true, "fuzz"
	var out strings.Builder
	if survivors, err := run(context.Background(), o, &out); survivors != 0 || err != nil {
		t.Fatalf("%d survivors, %v", survivors, err)
	}
	var got struct {
		Mutants []row
		Levels  []levelRow
	}
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	if len(got.Mutants) != 1 || got.Mutants[0].Name != "x" || got.Mutants[0].Verdict != caught || got.Mutants[0].By != "TestSum" || got.Mutants[0].Seconds <= 0 {
		t.Errorf("mutants are %+v", got.Mutants)
	}
	if len(got.Levels) != 1 || got.Levels[0].Level != "fuzz" || got.Levels[0].Planted != 1 || got.Levels[0].Caught != 1 {
		t.Errorf("levels are %+v", got.Levels)
	}
}
