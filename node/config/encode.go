package config

import (
	"fmt"
	"strings"
)

// Encode returns a TOML file with every key and its description. Keys that have their default are commented out, so that they
// follow the program's defaults when these change. Load gives the same configuration back.
func (c Config) Encode() []byte {
	var b strings.Builder
	b.WriteString("# Configuration of a Lot gateway. Lines that begin with # and a key show its default; remove the # to change it.\n" +
		"# A variable of the environment, named beside each key, comes before this file. `lot config check` finds mistakes.\n")
	defaults := Defaults()
	for _, s := range sections {
		b.WriteString("\n" + wrap(s.comment))
		if s.name != "" {
			fmt.Fprintf(&b, "[%s]\n", s.name)
		}
		for i := range keys {
			if table, _ := keys[i].section(); table == s.name {
				keys[i].encode(&b, &c, &defaults)
			}
		}
	}
	return []byte(b.String())
}

// encode writes one key.
func (k *key) encode(b *strings.Builder, c, defaults *Config) {
	_, name := k.section()
	fmt.Fprintf(b, "\n%s# Allowed: %s. Variable: %s\n", wrap(k.comment), k.allowed, k.variable())
	value := k.toml(c)
	if value == k.toml(defaults) {
		b.WriteString("#")
	}
	fmt.Fprintf(b, "%s = %s\n", name, value)
}

// lineWidth is how wide comments are written, in characters.
const lineWidth = 100

// wrap writes a text as comment lines.
func wrap(text string) string {
	var b strings.Builder
	line := "#"
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > lineWidth {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	return b.String() + line + "\n"
}
