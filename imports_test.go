package lot_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// layer says what the packages of some folders may import of the project. The first layer that matches a folder counts.
type layer struct {
	folder string   // pattern
	may    []string // patterns
}

// house is the import graph, from the core outwards.
var house = []layer{
	{"dag", nil},
	{"dag/...", []string{"dag/..."}},
	{"identity/registry/...", []string{"dag", "dag/ledger"}},
	{"channels/settle/...", []string{"dag", "dag/ledger"}},
	{"firmware/registry/...", []string{"dag", "dag/ledger"}},
	{"firmware/reading/...", []string{"dag"}},
	{"node/engine/...", coreFolders},
	{"mesh/...", []string{"mesh/..."}},
	{"bootstrap/...", []string{"bootstrap/...", "dag/...", "mesh/..."}},
	{"identity/...", []string{"identity/...", "dag/..."}},
	{"channels/...", []string{"channels/...", "identity/...", "dag/..."}},
	{"firmware/...", []string{"firmware/...", "identity/...", "dag/..."}},
	{"node/...", []string{
		"node/...", "bootstrap/...", "identity/...", "channels/...", "firmware/...", "mesh/...", "dag/...",
	}},
	{"sim/realstack/...", []string{
		"sim/...", "node/...", "bootstrap/...", "identity/...", "channels/...", "firmware/...", "mesh/...", "dag/...",
	}},
	{"sim/...", append([]string{"sim/...", "identity/...", "channels/...", "firmware/..."}, coreFolders...)},
	{"tools/...", []string{"tools/..."}},
	{".", nil},
}

// vagueNames say nothing of what a package is for.
var vagueNames = []string{"common", "types", "utils", "util", "helpers", "helper", "misc", "shared"}

func TestImportsKeepTheHouse(t *testing.T) {
	for _, f := range projectFiles(t) {
		if !f.isTest() { // a test may stand several floors on top of each other
			report(t, checkImports(f))
		}
		report(t, checkName(f))
	}
}

// checkImports finds the imports of one file that its layer forbids.
func checkImports(f sourceFile) (findings []string) {
	may, known := mayImport(f.folder())
	if !known {
		return []string{fmt.Sprintf("%s: folder %s has no place in the import graph of imports_test.go", f.path, f.folder())}
	}
	for _, spec := range f.ast.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return append(findings, fmt.Sprintf("%s: import %s: %v", f.at(spec.Pos()), spec.Path.Value, err))
		}
		if folder, ours := projectFolder(imported); ours && !matches(folder, may) {
			findings = append(findings, fmt.Sprintf("%s: %s may not import %s, only %v", f.at(spec.Pos()), f.folder(), folder, may))
		}
	}
	return findings
}

// mayImport returns what a folder may import. A program may import everything but another program.
func mayImport(folder string) (may []string, known bool) {
	if rest, isProgram := strings.CutPrefix(folder, "cmd/"); isProgram {
		name, _, _ := strings.Cut(rest, "/")
		may = []string{"cmd/" + name + "/..."}
		for _, l := range house {
			may = append(may, l.folder)
		}
		return may, true
	}
	for _, l := range house {
		if matches(folder, []string{l.folder}) {
			return l.may, true
		}
	}
	return nil, false
}

// checkName refuses package and folder names that say nothing.
func checkName(f sourceFile) []string {
	for _, name := range append(strings.Split(f.folder(), "/"), f.ast.Name.Name) {
		if slices.Contains(vagueNames, strings.TrimSuffix(name, "_test")) {
			return []string{fmt.Sprintf("%s: a package called %s says nothing of what it is for", f.path, name)}
		}
	}
	return nil
}

func TestCheckImportsFindsForbiddenOnes(t *testing.T) {
	cases := []struct {
		folder, imported string
		allowed          bool
	}{
		{"dag", "dag/ledger", false},
		{"dag/finality", "dag", true},
		{"dag/ledger", "mesh", false},
		{"mesh", "dag", false},
		{"mesh/gater", "mesh", true},
		{"identity/registry", "dag/ledger", true},
		{"identity/registry", "dag/finality", false},
		{"identity/registry", "identity", false},
		{"firmware/reading", "dag/ledger", false},
		{"node/engine", "dag/finality", true},
		{"node/engine", "firmware/reading", true},
		{"node/engine", "firmware", false},
		{"node/engine", "mesh", false},
		{"node/engine", "node/store", false},
		{"node/store", "node/engine", true},
		{"node", "mesh", true},
		{"node", "sim", false},
		{"node", "cmd/lot", false},
		{"bootstrap", "mesh", true},
		{"bootstrap", "node", false},
		{"sim", "node/engine", true},
		{"sim", "node", false},
		{"sim/scenario", "node/store", false},
		{"sim/realstack", "node", true},
		{"sim/realstack", "cmd/lot", false},
		{"cmd/lot", "node/api", true},
		{"cmd/lot", "sim", true},
		{"cmd/lot", "cmd/lot/render", true},
		{"cmd/lot", "cmd/lot-device", false},
		{"cmd/lot-device", "cmd/lot", false},
		{"tools/mutants", "dag", false},
		{"elsewhere", "dag", false},
	}
	for _, c := range cases {
		text := fmt.Sprintf("package x\n\nimport _ %q\n", modulePath+"/"+c.imported)
		if got := len(checkImports(parseSource(t, c.folder+"/x.go", text))) == 0; got != c.allowed {
			t.Errorf("%s importing %s: allowed is %t, want %t", c.folder, c.imported, got, c.allowed)
		}
	}
}

func TestCheckNameFindsVagueOnes(t *testing.T) {
	wantFindings(t, checkName(parseSource(t, "node/utils/log.go", "package log\n")), "utils")
	wantFindings(t, checkName(parseSource(t, "node/log/log.go", "package helpers\n")), "helpers")
	wantFindings(t, checkName(parseSource(t, "node/log/log.go", "package log\n")))
}

// reach forbids some packages to a folder however far away the import is.
type reach struct {
	folder string
	never  []string // import paths; "x/..." means x and all below it
}

// edges are what must stay out of reach: the core knows no network, the device's program no libp2p.
var edges = func() (out []reach) {
	for _, folder := range coreFolders {
		out = append(out, reach{folder, []string{"net", "net/http/...", "os/exec", "github.com/libp2p/...", modulePath + "/mesh/..."}})
	}
	return append(out, reach{"cmd/lot-device/...", []string{"github.com/libp2p/...", modulePath + "/mesh/..."}})
}()

func TestCoreReachesNoEdge(t *testing.T) {
	for _, edge := range edges {
		for _, pattern := range existing([]string{edge.folder}) {
			for _, p := range loadPackages(t, packages.NeedDeps, pattern) {
				report(t, checkReach(p, edge.never))
			}
		}
	}
}

// checkReach finds the forbidden packages that p reaches, each with the way there.
func checkReach(p *packages.Package, never []string) (findings []string) {
	seen := map[string]bool{}
	var visit func(p *packages.Package, way []string)
	visit = func(p *packages.Package, way []string) {
		if seen[p.PkgPath] {
			return
		}
		seen[p.PkgPath] = true
		way = append(slices.Clone(way), p.PkgPath)
		if matches(p.PkgPath, never) {
			findings = append(findings, "forbidden: "+strings.Join(way, " imports "))
			return
		}
		for _, next := range sortedImports(p) {
			visit(next, way)
		}
	}
	visit(p, nil)
	return findings
}

func sortedImports(p *packages.Package) []*packages.Package {
	var out []*packages.Package
	for _, next := range p.Imports {
		out = append(out, next)
	}
	slices.SortFunc(out, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	return out
}

func TestCheckReachFindsTheWay(t *testing.T) {
	node := func(name string, imports ...*packages.Package) *packages.Package {
		p := &packages.Package{PkgPath: name, Imports: map[string]*packages.Package{}}
		for _, next := range imports {
			p.Imports[next.PkgPath] = next
		}
		return p
	}
	host := node("github.com/libp2p/go-libp2p", node("net"))
	engine := node("engine", node("sort"), node("helper", node("net/netip"), host))
	wantFindings(t, checkReach(engine, []string{"github.com/libp2p/..."}),
		"engine imports helper imports github.com/libp2p/go-libp2p")
	wantFindings(t, checkReach(engine, []string{"net"}), "go-libp2p imports net")
	wantFindings(t, checkReach(engine, []string{"net/http/..."}))
}
