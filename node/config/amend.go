package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// ErrUnamended says that a configuration file is written in a way in which a program cannot change it safely.
var ErrUnamended = errors.New("written in a way that cannot be changed safely")

// Amend returns a configuration file's text with some keys, such as "network.seeds", set to their values in c. All else, comments too,
// stays as it is. The error wraps ErrUnamended, for example where the keys stand in an inline table, or names the faults of the text.
func Amend(text []byte, c Config, keys ...string) ([]byte, error) {
	for _, name := range keys {
		k := find(name)
		if k == nil {
			return nil, fmt.Errorf("%w: there is no key %s", ErrUnamended, name)
		}
		text = k.amend(text, &c)
		// What was written is read, since a file may be laid out in any way.
		got := Defaults()
		in := &input{config: &got, places: map[string]string{}, broken: map[string]bool{}}
		if in.file("the file", text); len(in.faults) > 0 {
			return nil, fmt.Errorf("%w: %w", ErrUnamended, in.faults)
		}
		if k.toml(&got) != k.toml(&c) {
			return nil, fmt.Errorf("%w: %s = %s has no effect", ErrUnamended, name, k.toml(&c))
		}
	}
	return text, nil
}

// AmendFile is Amend for a file, which replace puts in place.
func AmendFile(path string, c Config, replace func(path string, content []byte) error, keys ...string) error {
	text, err := readFile(path)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	amended, err := Amend(text, c, keys...)
	if err != nil {
		return fmt.Errorf("configuration %s: %w", path, err)
	}
	if bytes.Equal(text, amended) {
		return nil
	}
	return replace(path, amended)
}

// amend writes one key: in the place of the line, or lines, where it is set; else below the head of its table; else at the end with a
// new table, or at the beginning if it belongs to none.
func (k *key) amend(text []byte, c *Config) []byte {
	table, name := k.section()
	line := name + " = " + k.toml(c)
	at, all := lines(text), strings.Split(string(text), "\n")
	switch {
	case at[k.name] > 0:
		first := at[k.name] - 1
		all = slices.Replace(all, first, first+extent(all[first:]), line)
	case table == "":
		all = slices.Insert(all, 0, line)
	case at[table] > 0:
		all = slices.Insert(all, at[table], line)
	default:
		all = append(all, "["+table+"]", line, "")
	}
	return []byte(strings.Join(all, "\n"))
}

// extent returns over how many lines the value goes that begins on the first.
func extent(lines []string) int {
	for n := 1; n <= len(lines); n++ {
		var tree map[string]any
		if toml.Unmarshal([]byte(strings.Join(lines[:n], "\n")), &tree) == nil {
			return n
		}
	}
	return 1
}
