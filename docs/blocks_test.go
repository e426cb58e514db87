// Package docs holds no code but tests: they keep what these pages say equal to what the code does.
package docs

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the examples in protocol.md and example/ anew; read the difference")

// block finds an example in a page: a remark that names it, and the fenced text that follows.
var block = regexp.MustCompile("(?s)<!-- example ([a-z0-9-]+) -->\n```text\n(.*?)```\n")

// TestProtocolExamples compares every example of protocol.md with what the code makes of the example network.
func TestProtocolExamples(t *testing.T) {
	page := readPage(t, "protocol.md")
	want := newExample(t).blocks()
	maps.Copy(want, newSealed(t).sealedBlocks())
	var shown []string
	page = block.ReplaceAllStringFunc(page, func(old string) string {
		parts := block.FindStringSubmatch(old)
		name, text := parts[1], parts[2]
		shown = append(shown, name)
		made, ok := want[name]
		if !ok {
			t.Errorf("protocol.md shows example %q, which nothing makes", name)
			return old
		}
		if text != made && !*update {
			t.Errorf("example %q of protocol.md is not what the code makes; run go test ./docs -update and read the difference. It makes:\n%s", name, made)
		}
		return fmt.Sprintf("<!-- example %s -->\n```text\n%s```\n", name, made)
	})
	for name := range want {
		if !slices.Contains(shown, name) {
			t.Errorf("protocol.md does not show example %q", name)
		}
	}
	if *update {
		writePage(t, "protocol.md", page)
	}
}

// TestExampleFiles keeps the files that protocol.md offers for trying.
func TestExampleFiles(t *testing.T) {
	x := newExample(t)
	for name, want := range map[string][]byte{"genesis.toml": x.genesis.Encode(), "proof.json": x.proofFile()} {
		path := filepath.Join("example", name)
		if *update {
			writePage(t, path, string(want))
		}
		if got := readPage(t, path); got != string(want) {
			t.Errorf("%s is not what the code makes; run go test ./docs -update", path)
		}
	}
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writePage(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// link finds the targets of links in a page.
var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

// TestLinksLeadSomewhere checks the links between the pages and into the tree.
func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range append(pages, filepath.Join("..", "README.md")) {
		for _, found := range link.FindAllStringSubmatch(readPage(t, page), -1) {
			target := found[1]
			if strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), target)); err != nil {
				t.Errorf("%s: link to %s leads nowhere", page, target)
			}
		}
	}
}
