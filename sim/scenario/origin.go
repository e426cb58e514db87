package scenario

import (
	"path/filepath"
	"strings"
)

// origin is the file that a scenario was read from.
type origin struct {
	path  string
	lines map[string]int // of keys and tables, from 1
}

// problem returns a problem with its place.
func (o *origin) problem(key, text string) Problem {
	if o == nil {
		return Problem{Key: key, Text: text}
	}
	return Problem{File: o.path, Line: o.line(key), Key: key, Text: text}
}

// line returns the line of a key or, where it was left out, that of the innermost table that should have it.
func (o *origin) line(key string) int {
	for {
		if line := o.lines[key]; line > 0 {
			return line
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return 0
		}
		key = key[:dot]
	}
}

// Path returns where a file lies that the scenario names: relative names start in the folder of the scenario.
func (s *Scenario) Path(file string) string {
	if s.origin == nil || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(filepath.Dir(s.origin.path), file)
}

// Absolute returns the scenario with absolute names of the files that it names, so that it can be kept elsewhere. A scenario that
// names none is returned as it is.
func (s *Scenario) Absolute() *Scenario {
	out := s.Clone()
	files := []*string{&out.Topology.File, &out.Links.File}
	for n := range out.Load {
		files = append(files, &out.Load[n].File)
	}
	for n := range out.Churn {
		files = append(files, &out.Churn[n].File)
	}
	for _, file := range files {
		if *file == "" {
			continue
		}
		if path, err := filepath.Abs(s.Path(*file)); err == nil {
			*file = path
		}
	}
	return out
}
