package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// mutant is one planted bug, as its patch file tells it. The lines before the diff are "Name: value":
//
//	Bug: the decoder accepts bytes that are not canonical
//	Packages: ./dag
//	Caught-By: TestDecodeRefusesForeignForms
//
// Packages are one or more package patterns; Caught-By is a regular expression over the names of their tests, as for
// go test -run. A longer explanation may follow; it is for readers.
type mutant struct {
	name     string // of the file, without .patch
	path     string // absolute
	bug      string
	packages []string
	caughtBy string
}

// readMutants reads the patches of a folder whose names match a pattern, sorted by name.
func readMutants(root, folder, only string) ([]mutant, error) {
	absolute, err := filepath.Abs(filepath.Join(root, folder))
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(absolute, only+".patch"))
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", only, err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no patch matches %s", filepath.Join(absolute, only+".patch"))
	}
	var mutants []mutant
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
		case name == "Packages":
			m.packages = strings.Fields(value)
		case name == "Caught-By":
			m.caughtBy = value
		}
	}
	if err := lines.Err(); err != nil {
		return mutant{}, err
	}
	if m.bug == "" || len(m.packages) == 0 || m.caughtBy == "" || !hasDiff {
		return mutant{}, fmt.Errorf("want the lines Bug, Packages and Caught-By, then a unified diff")
	}
	if _, err := regexp.Compile(m.caughtBy); err != nil {
		return mutant{}, fmt.Errorf("line Caught-By: %w", err)
	}
	return m, nil
}
