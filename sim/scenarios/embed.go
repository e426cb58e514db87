// Package scenarios holds the scenarios that come with Lot. Each file says in its first lines what it shows, what to look at in the
// report, and what to change next.
package scenarios

import (
	"embed"
	"path"
	"strings"
)

// suffix ends the names of the files.
const suffix = ".toml"

//go:embed *.toml
var files embed.FS

// List returns the names of all scenarios in alphabetical order, such as "city".
func List() []string {
	entries, err := files.ReadDir(".")
	if err != nil { // the root of an embedded file system is always there
		return nil
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), suffix)
	}
	return names
}

// Read returns the text of a scenario, or false if there is none of that name.
func Read(name string) ([]byte, bool) {
	text, err := files.ReadFile(path.Base(name) + suffix)
	return text, err == nil
}
