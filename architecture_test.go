package lot_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// modulePath prefixes the import path of every package of the project.
const modulePath = "github.com/ledgerofthings/lot"

// coreFolders are the deterministic core. What is listed here may be used by the engine, and is held to the rules of
// determinism_test.go; a new pure part of another folder joins both by one line.
var coreFolders = []string{
	"dag/...", "node/engine/...", "firmware/reading/...", "firmware/registry/...", "identity/registry/...", "channels/settle/...",
}

// sourceFile is one parsed Go file of the project.
type sourceFile struct {
	path  string // from the root, with slashes
	text  string
	lines int
	set   *token.FileSet
	ast   *ast.File
}

// folder returns the file's folder from the root, "." for the root itself.
func (f sourceFile) folder() string { return path.Dir(f.path) }

// isTest reports whether only tests see the file.
func (f sourceFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// at says where a node is, as file:line.
func (f sourceFile) at(pos token.Pos) string { return f.set.Position(pos).String() }

// parseSource parses one file, named by its path from the root.
func parseSource(t *testing.T, name, text string) sourceFile {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return sourceFile{path: name, text: text, lines: strings.Count(text, "\n"), set: set, ast: parsed}
}

// repository is the root's tree: go test runs a package's tests in its folder.
var repository = os.DirFS(".")

// projectFiles parses every Go file below the root, whatever its build constraints, except what is hidden or test data.
func projectFiles(t *testing.T) []sourceFile {
	t.Helper()
	var files []sourceFile
	err := fs.WalkDir(repository, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && isSkipped(entry.Name()) {
			return filepath.SkipDir
		}
		if entry.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(repository, name)
		if err == nil {
			files = append(files, parseSource(t, name, string(text)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go files below the root")
	}
	return files
}

// isSkipped reports whether the go command, too, ignores a folder of this name.
func isSkipped(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "node_modules"
}

// matches reports whether folder is one of the patterns, where "x/..." means x and all below it.
func matches(folder string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		base, deep := strings.CutSuffix(pattern, "/...")
		return folder == base || deep && strings.HasPrefix(folder, base+"/") || pattern == "..."
	})
}

// projectFolder returns the folder of a project package, or false for another module's.
func projectFolder(importPath string) (string, bool) {
	if importPath == modulePath {
		return ".", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

// loadCore loads the core's packages with their types.
func loadCore(t *testing.T) []*packages.Package {
	t.Helper()
	mode := packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedTypesSizes
	return loadPackages(t, mode, existing(coreFolders)...)
}

// existing returns those patterns whose folder is there; the go command fails on the others.
func existing(patterns []string) []string {
	var out []string
	for _, pattern := range patterns {
		if _, err := fs.Stat(repository, strings.TrimSuffix(pattern, "/...")); err == nil {
			out = append(out, "./"+pattern)
		}
	}
	return out
}

// loadPackages loads packages without their tests. It fails if they do not build, as nothing could be said about them.
func loadPackages(t *testing.T, mode packages.LoadMode, patterns ...string) []*packages.Package {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{Mode: mode | packages.NeedName | packages.NeedImports}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range loaded {
		for _, problem := range p.Errors {
			t.Fatalf("%s does not build: %v", p.PkgPath, problem)
		}
	}
	return loaded
}

// report fails the test with each finding.
func report(t *testing.T, findings []string) {
	t.Helper()
	for _, finding := range findings {
		t.Error(finding)
	}
}

// wantFindings checks that a check finds exactly one thing for each fragment, in order.
func wantFindings(t *testing.T, got []string, fragments ...string) {
	t.Helper()
	if len(got) != len(fragments) {
		t.Errorf("%d findings, want %d: %q", len(got), len(fragments), got)
		return
	}
	for i, fragment := range fragments {
		if !strings.Contains(got[i], fragment) {
			t.Errorf("finding %q does not speak of %q", got[i], fragment)
		}
	}
}
