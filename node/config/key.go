package config

import (
	"strings"
)

// key describes one key of the configuration.
type key struct {
	name    string // in TOML, with its section: "network.listen"
	kind    string // of its values, for people
	allowed string // which values, for people
	comment string // what it is for, a few sentences

	setTOML func(*Config, any) error    // from what go-toml decodes into an any
	setText func(*Config, string) error // from the environment
	toml    func(*Config) string
	view    func(*Config) any // for JSON
	check   func(*Config) error
}

// define returns the key for one field of Config.
func define[T any](name string, field func(*Config) *T, k kind[T], r rule[T], comment string) key {
	set := func(c *Config, value T, err error) error {
		if err == nil {
			*field(c) = value
		}
		return err
	}
	return key{
		name: name, kind: k.name, allowed: r.allowed, comment: comment,
		setTOML: func(c *Config, v any) error { value, err := k.fromTOML(v); return set(c, value, err) },
		setText: func(c *Config, s string) error { value, err := k.fromText(s); return set(c, value, err) },
		toml:    func(c *Config) string { return k.toml(*field(c)) },
		view:    func(c *Config) any { return k.view(*field(c)) },
		check:   func(c *Config) error { return r.check(*field(c)) },
	}
}

// variable returns the name in the environment.
func (k *key) variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

// section returns the table in TOML, empty for the top level, and the key in it.
func (k *key) section() (table, name string) {
	if table, name, ok := strings.Cut(k.name, "."); ok {
		return table, name
	}
	return "", k.name
}

// find returns the key of that name, or nil.
func find(name string) *key {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}
