package docs

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	verbRow  = regexp.MustCompile("(?m)^\\| `lot ([a-z -]+?)(?: [A-Z\\[-].*?)?` \\|.*\\|([^|]*)\\|$")
	codeSpan = regexp.MustCompile("`[^`\n]*`")
	command  = regexp.MustCompile(`(?:^|\$ |\| |&& |\()lot ([a-z].*)`)
	flagName = regexp.MustCompile(`--[a-z][a-z-]*`)
)

// everywhere are flags that verbs take from those above them.
var everywhere = []string{"--home", "--api", "--token-file", "--help", "--json", "--expires", "--quiet", "-q"}

// verbs returns the verbs of cli.md with their flags.
func verbs(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, row := range verbRow.FindAllStringSubmatch(readPage(t, "cli.md"), -1) {
		out[row[1]] = flagName.FindAllString(row[2], -1)
	}
	if len(out) < 40 {
		t.Fatalf("only %d verbs in cli.md", len(out))
	}
	return out
}

// code returns what stands in a page as code: indented or fenced lines, and spans.
func code(page string) (out []string) {
	fenced := false
	for line := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced || strings.HasPrefix(line, "    "):
			out = append(out, strings.TrimSpace(line))
		default:
			for _, span := range codeSpan.FindAllString(line, -1) {
				out = append(out, strings.Trim(span, "`"))
			}
		}
	}
	return out
}

// TestVerbsOfThePages looks for the verbs and flags that pages tell people to type.
func TestVerbsOfThePages(t *testing.T) {
	known := verbs(t)
	found := 0
	for _, name := range []string{filepath.Join("..", "README.md"), "operating.md", "years.md", "api.md"} {
		for _, line := range code(readPage(t, name)) {
			typed := command.FindStringSubmatch(line)
			if typed == nil {
				continue
			}
			found++
			if problem := unknown(known, typed[1]); problem != "" {
				t.Errorf("%s: %q: %s", name, line, problem)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d commands were found in the pages", found)
	}
}

// unknown says what there is not about a command, named by the start of its verb at least; nothing if all is there.
func unknown(known map[string][]string, typed string) string {
	words, _, _ := strings.Cut(typed, "#")
	words, _, _ = strings.Cut(words, "|")
	fields := strings.Fields(words)
	for n := len(fields); n > 0; n-- {
		verb := strings.Join(fields[:n], " ")
		if flags, ok := known[verb]; ok {
			for _, f := range flagName.FindAllString(words, -1) {
				if !slices.Contains(flags, f) && !slices.Contains(everywhere, f) {
					return "lot " + verb + " has no flag " + f
				}
			}
			return ""
		}
	}
	for verb := range known {
		if strings.HasPrefix(verb+" ", fields[0]+" ") && len(fields) == 1 {
			return ""
		}
	}
	return "there is no such verb"
}
