package main

import (
	"slices"
	"strings"
	"testing"
)

func TestParseMutant(t *testing.T) {
	const text = `Bug: a sign is wrong
Level: unit
Packages: ./one ./two/...
Caught-By: TestSum|TestDifference

Why this matters: it does not.

--- a/one/sum.go
+++ b/one/sum.go
Packages: this is no header any more
`
	m, err := parseMutant([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if m.bug != "a sign is wrong" || m.level != "unit" || !slices.Equal(m.packages, []string{"./one", "./two/..."}) || m.caughtBy != "TestSum|TestDifference" {
		t.Errorf("read as %+v", m)
	}
	for name, faulty := range map[string]string{
		"no bug":      strings.Replace(text, "Bug:", "Bag:", 1),
		"no level":    strings.Replace(text, "Level:", "Height:", 1),
		"bad level":   strings.Replace(text, "unit", "units", 1),
		"no packages": strings.Replace(text, "Packages: ./one ./two/...", "Packages:", 1),
		"no test":     strings.Replace(text, "Caught-By:", "Caught:", 1),
		"bad pattern": strings.Replace(text, "TestSum|", "TestSum(", 1),
		"no diff":     strings.Replace(text, "--- a", "-- a", 1),
	} {
		if _, err := parseMutant([]byte(faulty)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
