package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// mutant is one planted bug, as its patch file tells it. The lines before the diff are "Name: value":
//
//	Bug: the decoder accepts bytes that are not canonical
//	Level: fuzz
//	Packages: ./dag
//	Caught-By: FuzzDecode
//
// Level is one of levels; Packages are one or more package patterns; Caught-By is a regular expression over the names of
// their tests, as for go test -run. A longer explanation may follow; it is for readers.
type mutant struct {
	name     string // of the file, without .patch
	path     string // absolute
	bug      string
	level    string
	packages []string
	caughtBy string
}

// levels are the kinds of tests that catch a bug, from the smallest to the largest.
var levels = []string{
	"source",     // the code itself is looked at: imports, clocks, randomness
	"unit",       // one case, or a table of them
	"property",   // drawn cases, or a naive twin beside the code
	"fuzz",       // a decoder's fuzzer, with its seeds
	"vectors",    // published vectors, or transcripts that others can recompute
	"crash",      // one node whose process and disk fail
	"simulation", // many nodes on virtual time
}

// readMutants reads the patches that are selected, sorted by name.
func readMutants(o options) ([]mutant, error) {
	if o.level != "" && !slices.Contains(levels, o.level) {
		return nil, fmt.Errorf("level %q: want one of %s", o.level, strings.Join(levels, ", "))
	}
	absolute, err := filepath.Abs(filepath.Join(o.root, o.patches))
	if err != nil {
		return nil, err
	}
	pattern := filepath.Join(absolute, o.only+".patch")
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", o.only, err)
	}
	mutants, err := readPatches(paths)
	if err != nil {
		return nil, err
	}
	if o.level != "" {
		mutants = slices.DeleteFunc(mutants, func(m mutant) bool { return m.level != o.level })
	}
	if len(mutants) == 0 {
		return nil, fmt.Errorf("no patch matches %s%s", pattern, strings.TrimSuffix(" at level "+o.level, " at level "))
	}
	return mutants, nil
}

// readPatches reads all of some patches, whatever is selected of them later: a faulty header is found at once.
func readPatches(paths []string) (mutants []mutant, err error) {
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		m, err := parseMutant(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		m.name, m.path = strings.TrimSuffix(filepath.Base(path), ".patch"), path
		mutants = append(mutants, m)
	}
	return mutants, nil
}

// parseMutant reads the lines before the diff.
func parseMutant(text []byte) (mutant, error) {
	var m mutant
	lines := bufio.NewScanner(bytes.NewReader(text))
	hasDiff := false
	for !hasDiff && lines.Scan() {
		line := lines.Text()
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case strings.HasPrefix(line, "--- ") || strings.HasPrefix(line, "diff "):
			hasDiff = true
		case name == "Bug":
			m.bug = value
		case name == "Level":
			m.level = value
		case name == "Packages":
			m.packages = strings.Fields(value)
		case name == "Caught-By":
			m.caughtBy = value
		}
	}
	if err := lines.Err(); err != nil {
		return mutant{}, err
	}
	if m.bug == "" || m.level == "" || len(m.packages) == 0 || m.caughtBy == "" || !hasDiff {
		return mutant{}, fmt.Errorf("want the lines Bug, Level, Packages and Caught-By, then a unified diff")
	}
	if !slices.Contains(levels, m.level) {
		return mutant{}, fmt.Errorf("line Level: %q is none of %s", m.level, strings.Join(levels, ", "))
	}
	if _, err := regexp.Compile(m.caughtBy); err != nil {
		return mutant{}, fmt.Errorf("line Caught-By: %w", err)
	}
	return m, nil
}
