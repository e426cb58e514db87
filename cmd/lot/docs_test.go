package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write docs/cli.md anew")

const cliIntroduction = `# The command line

` + "`lot VERB --help`" + ` explains each verb with its flags and examples; ` + "`lot completion SHELL`" + ` prints completions. Every verb that reads has
` + "`--json`" + `, whose fields are those of the HTTP API and do not change between releases except by additions; what is printed without it is
for people, without colours where it is not a terminal or NO_COLOR is set. Results go to standard output, everything else to standard error. An error is a line that says what is wrong and, where the
first does not say it, a line that says what to do.

These flags go with every verb: ` + "`--home DIR`" + ` (the data folder, or LOT_HOME), ` + "`--api ADDRESS`" + ` (the gateway to call, or LOT_API) and
` + "`--token-file FILE`" + ` (its token, or LOT_TOKEN_FILE). The settings of a gateway are in [configuration.md](configuration.md).
`

// document writes the reference of all verbs.
func document() string {
	var b strings.Builder
	b.WriteString("<!-- Written by `go test ./cmd/lot -run Documentation -update`; do not edit. -->\n" + cliIntroduction)
	root := newRoot(&program{})
	for _, group := range root.Groups() {
		fmt.Fprintf(&b, "\n## %s\n\n| verb | what it does | flags |\n|---|---|---|\n", strings.TrimSuffix(group.Title, ":"))
		for _, c := range root.Commands() {
			if c.GroupID == group.ID {
				verbRows(&b, c)
			}
		}
	}
	b.WriteString("\n## Exit codes\n\n| code | meaning |\n|---|---|\n")
	for _, e := range exitCodes {
		fmt.Fprintf(&b, "| %d | %s |\n", e.code, e.meaning)
	}
	return b.String()
}

// verbRows writes a row for a verb, or for each of those that it holds.
func verbRows(b *strings.Builder, c *cobra.Command) {
	if c.HasSubCommands() {
		for _, child := range c.Commands() {
			verbRows(b, child)
		}
		return
	}
	_, arguments, _ := strings.Cut(c.Use, " ")
	line := strings.TrimSpace(c.CommandPath() + " " + arguments)
	fmt.Fprintf(b, "| `%s` | %s | %s |\n", strings.ReplaceAll(line, "|", `\|`), c.Short, flagNames(c))
}

func flagNames(c *cobra.Command) string {
	var names []string
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !f.Hidden {
			names = append(names, "`--"+f.Name+"`")
		}
	})
	return strings.Join(names, " ")
}

func TestDocumentation(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "cli.md")
	if *update {
		if err := os.WriteFile(path, []byte(document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(path)
	if err != nil || string(written) != document() {
		t.Errorf("docs/cli.md is not what the verbs are (%v): run go test ./cmd/lot -run Documentation -update", err)
	}
}
