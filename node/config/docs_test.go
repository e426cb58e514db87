package config

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

const docsIntroduction = `# Configuration

A gateway reads ` + "`config.toml`" + ` in its data folder (` + "`lot config path`" + ` says where), and then its environment, which comes first where both
speak of the same key. ` + "`lot init`" + ` writes the file with every key in it, commented out where it has its default. ` + "`lot config check`" + `
names everything that is wrong, each with its line or variable; ` + "`lot config show`" + ` prints what holds in the end.

Durations are written like ` + "`500ms`, `2s` or `1m30s`" + `; sizes like ` + "`64MiB`" + `, in B, KiB, MiB, GiB or TiB. In the environment a list is written
with commas between its items, and an empty value is an empty list or text.
`

// document writes the reference of all keys.
func document() string {
	var b strings.Builder
	b.WriteString("<!-- Written by `go test ./node/config -run Documentation -update`; do not edit. -->\n" + docsIntroduction)
	defaults := Defaults()
	for _, s := range sections {
		title := "[" + s.name + "]"
		if s.name == "" {
			title = "Top level"
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", title, s.comment)
		for i := range keys {
			k := &keys[i]
			if table, name := k.section(); table == s.name {
				fmt.Fprintf(&b, "\n### %s\n\n%s\n\n- Type: %s\n- Allowed: %s\n- Default: `%s`\n- Variable: `%s`\n",
					name, k.comment, k.kind, k.allowed, k.toml(&defaults), k.variable())
			}
		}
	}
	b.WriteString("\n## Other variables\n\nThese say where things are, before there is a configuration.\n\n")
	for _, r := range reserved {
		fmt.Fprintf(&b, "- `%s`: %s\n", r.name, r.comment)
	}
	b.WriteString("\nAny other variable that begins like a section of the file (`LOT_NETWORK_`, `LOT_API_`, ...), or is nearly one of these names, is taken for a\n" +
		"mistake and refused.\n")
	return b.String()
}

func TestDocumentation(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "configuration.md")
	if *update {
		if err := os.WriteFile(path, []byte(document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(path)
	if err != nil || string(written) != document() {
		t.Errorf("docs/configuration.md is not what the table says (%v): run go test ./node/config -run Documentation -update", err)
	}
}
