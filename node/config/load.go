package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/pelletier/go-toml/v2"
)

// maxFileSize bounds a configuration file, in bytes.
const maxFileSize = 1 << 20

// Load reads the file and then the environment, in the form of os.Environ, over Defaults, and checks the result. Without a
// path there is no file. The error wraps the operating system's, or is of type Faults and names everything that is
// wrong, with the line or the variable.
func Load(path string, environ []string) (Config, error) {
	c := Defaults()
	in := &input{config: &c, places: map[string]string{}, broken: map[string]bool{}}
	if path != "" {
		text, err := readFile(path)
		if err != nil {
			return c, fmt.Errorf("configuration: %w", err)
		}
		in.file(filepath.Base(path), text)
	}
	in.environment(environ)
	in.faults = append(in.faults, c.faults(in.where, in.broken)...)
	return c, in.faults.err()
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(text) > maxFileSize {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxFileSize)
	}
	return text, err
}

// input is one run of Load.
type input struct {
	config *Config
	places map[string]string // where a key's value came from
	broken map[string]bool   // keys whose values could not be read
	faults Faults
}

// where names the place that a key's value came from.
func (in *input) where(name string) string {
	return cmp.Or(in.places[name], name)
}

// file takes over what a TOML text says.
func (in *input) file(name string, text []byte) {
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		in.faults = append(in.faults, Fault{syntaxPlace(name, err), err.Error()})
		return
	}
	for _, a := range assignments(tree, lines(text)) {
		place := name
		if a.line > 0 {
			place = fmt.Sprintf("%s line %d", name, a.line)
		}
		in.places[a.name] = place + ", " + a.name
		k := find(a.name)
		if k == nil {
			in.faults = append(in.faults, Fault{place, unknown(a)})
			continue
		}
		if err := k.setTOML(in.config, a.value); err != nil {
			in.broken[a.name] = true
			in.faults = append(in.faults, Fault{in.where(a.name), err.Error()})
		}
	}
}

// environment takes over what the environment says.
func (in *input) environment(environ []string) {
	faults, sources := override(in.config, environ)
	in.faults = append(in.faults, faults...)
	for name, variable := range sources {
		in.places[name] = variable
		in.broken[name] = slices.ContainsFunc(faults, func(f Fault) bool { return f.Where == variable })
	}
}

// names returns the names of all keys.
func names() []string {
	list := make([]string, len(keys))
	for i := range keys {
		list[i] = keys[i].name
	}
	return list
}

// tables returns the names of all tables.
func tables() []string {
	list := make([]string, 0, len(sections))
	for _, s := range sections[1:] { // the first is the file itself
		list = append(list, s.name)
	}
	return list
}

func syntaxPlace(name string, err error) string {
	var syntax *toml.DecodeError
	if !errors.As(err, &syntax) {
		return name
	}
	row, column := syntax.Position()
	return fmt.Sprintf("%s line %d, column %d", name, row, column)
}

// assignment is a key and its value in a file.
type assignment struct {
	name  string
	value any
	line  int // from 1; 0 if unknown
}

// unknown says that there is no such key, or no such table if nothing is in it.
func unknown(a assignment) string {
	if _, isTable := a.value.(map[string]any); isTable {
		return fmt.Sprintf("unknown table %s%s", a.name, didYouMean(nearest(a.name, tables())))
	}
	return fmt.Sprintf("unknown key %s%s", a.name, didYouMean(nearest(a.name, names())))
}

// assignments flattens a decoded document, in the order of its lines. An empty table that the configuration does not have
// stays, so that it is named too.
func assignments(tree map[string]any, lines map[string]int) []assignment {
	var found []assignment
	var walk func(prefix string, tree map[string]any)
	walk = func(prefix string, tree map[string]any) {
		for name, value := range tree {
			table, isTable := value.(map[string]any)
			if name = prefix + name; isTable && prefix == "" && find(name) == nil && (len(table) > 0 || slices.Contains(tables(), name)) {
				walk(name+".", table)
				continue
			}
			found = append(found, assignment{name, value, lines[name]})
		}
	}
	walk("", tree)
	slices.SortFunc(found, func(a, b assignment) int { return cmp.Or(a.line-b.line, cmp.Compare(a.name, b.name)) })
	return found
}
