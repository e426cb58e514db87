package lot_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// orderComment justifies a walk over a map in the core, on its line or on the one above.
const orderComment = "order does not matter"

// forbiddenImports are the doors through which a clock, randomness, the disk, other goroutines or a log come in.
var forbiddenImports = []string{
	"crypto/rand", "log/...", "net", "net/http/...", "os/...", "io/ioutil", "runtime/...", "sync/...", "syscall", "testing/...", "unsafe",
}

// forbiddenCalls are those functions of otherwise harmless packages that read a clock or a global source.
var forbiddenCalls = map[string]func(name string) bool{
	"time": func(name string) bool {
		return slices.Contains([]string{
			"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local", "LoadLocation",
		}, name)
	},
	"math/rand":    isGlobalRandom,
	"math/rand/v2": isGlobalRandom,
	"hash/maphash": func(string) bool { return true }, // its seeds differ from process to process
}

// isGlobalRandom reports whether a name of math/rand is neither a type nor a maker of sources.
func isGlobalRandom(name string) bool {
	return !slices.Contains([]string{"Rand", "Source", "Source64", "Zipf", "PCG", "ChaCha8"}, name) && !strings.HasPrefix(name, "New")
}

func TestCoreIsDeterministic(t *testing.T) {
	for _, p := range loadCore(t) {
		for _, file := range p.Syntax {
			report(t, checkDeterminism(p.Fset, file, p.TypesInfo))
		}
	}
}

// checkDeterminism finds what makes the outcome of one file depend on more than its arguments.
func checkDeterminism(set *token.FileSet, file *ast.File, info *types.Info) (findings []string) {
	found := func(pos token.Pos, format string, args ...any) {
		findings = append(findings, fmt.Sprintf("%s: %s", set.Position(pos), fmt.Sprintf(format, args...)))
	}
	for _, spec := range file.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err != nil || matches(name, forbiddenImports) {
			found(spec.Pos(), "the deterministic core may not import %s", spec.Path.Value)
		}
	}
	justified := linesWith(set, file, orderComment)
	sorted := map[ast.Expr]bool{} // what is handed straight to a sort
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found(n.Pos(), "the deterministic core starts no goroutines")
		case *ast.SelectStmt:
			found(n.Pos(), "select chooses by chance")
		case *ast.Ident:
			if pkg, name := globalName(info.Uses[n]); forbiddenCalls[pkg] != nil && forbiddenCalls[pkg](name) {
				found(n.Pos(), "the deterministic core may not use %s.%s", pkg, name)
			}
		case *ast.RangeStmt:
			line := set.Position(n.Pos()).Line
			if walksMap(info, n.X) && !justified[line] && !justified[line-1] {
				found(n.Pos(), "range over a map: sort the keys, or say why the %q", orderComment)
			}
		case *ast.CallExpr:
			line := set.Position(n.Pos()).Line
			if isSort(info, n) {
				sorted[n.Args[0]] = true
			}
			if isMapIterator(info, n) && !sorted[n] && !justified[line] && !justified[line-1] {
				found(n.Pos(), "iterator over a map: wrap it in slices.Sorted, or say why the %q", orderComment)
			}
		}
		return true
	})
	return findings
}

// linesWith returns the lines whose comments contain text.
func linesWith(set *token.FileSet, file *ast.File, text string) map[int]bool {
	lines := map[int]bool{}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if strings.Contains(comment.Text, text) {
				lines[set.Position(comment.End()).Line] = true
			}
		}
	}
	return lines
}

// globalName returns package path and name of a package-level object.
func globalName(object types.Object) (pkg, name string) {
	if object == nil || object.Pkg() == nil || object.Parent() != object.Pkg().Scope() {
		return "", ""
	}
	return object.Pkg().Path(), object.Name()
}

// walksMap reports whether ranging over x walks a map itself.
func walksMap(info *types.Info, x ast.Expr) bool {
	kind := info.TypeOf(x)
	if kind == nil {
		return false
	}
	if parameter, ok := kind.(*types.TypeParam); ok {
		kind = parameter.Constraint()
	}
	_, isMap := kind.Underlying().(*types.Map)
	return isMap
}

// isSort reports whether a call collects an iterator in sorted order.
func isSort(info *types.Info, call *ast.CallExpr) bool {
	pkg, name := globalName(calledObject(info, call))
	return pkg == "slices" && strings.HasPrefix(name, "Sorted") && len(call.Args) > 0
}

// isMapIterator reports whether a call is maps.Keys, maps.Values or maps.All.
func isMapIterator(info *types.Info, call *ast.CallExpr) bool {
	pkg, name := globalName(calledObject(info, call))
	return pkg == "maps" && (name == "Keys" || name == "Values" || name == "All")
}

func calledObject(info *types.Info, call *ast.CallExpr) types.Object {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return info.Uses[fun]
	case *ast.SelectorExpr:
		return info.Uses[fun.Sel]
	}
	return nil
}

func TestCheckDeterminismFindsEachFault(t *testing.T) {
	cases := []struct{ name, imports, body, want string }{
		{"clock", `"time"`, `_ = time.Now()`, "time.Now"},
		{"clock as a value", `"time"`, `f := time.Since; _ = f`, "time.Since"},
		{"clock by another name", `clock "time"`, `clock.Sleep(0)`, "time.Sleep"},
		{"clock by dot import", `. "time"`, `_ = Now()`, "time.Now"},
		{"duration", `"time"`, `_ = time.Second.String()`, ""},
		{"global randomness", `"math/rand/v2"`, `_ = rand.IntN(3)`, "math/rand/v2.IntN"},
		{"seeded randomness", `"math/rand/v2"`, `_ = rand.New(rand.NewPCG(1, 2)).IntN(3)`, ""},
		{"true randomness", `"crypto/rand"`, `_ = rand.Reader`, "crypto/rand"},
		{"disk", `"os"`, `_ = os.Args`, `import "os"`},
		{"lock", `"sync"`, `var l sync.Mutex; l.Lock()`, `import "sync"`},
		{"atomic", `"sync/atomic"`, `var n atomic.Int64; n.Add(1)`, `import "sync/atomic"`},
		{"logger", `"log/slog"`, `slog.Info("x")`, `import "log/slog"`},
		{"seeded hash", `"hash/maphash"`, `_ = maphash.MakeSeed()`, "hash/maphash.MakeSeed"},
		{"goroutine", ``, `go func() {}()`, "goroutine"},
		{"select", ``, "select {\n\tdefault:\n\t}", "select"},
		{"map", ``, `for range map[int]int{} {}`, "range over a map"},
		{"named map", ``, "type m map[int]int\n\tfor k := range (m{}) { _ = k }", "range over a map"},
		{"map with a reason above", ``, "// sum: order does not matter\n\tfor range map[int]int{} {}", ""},
		{"map with a reason beside", ``, `for range map[int]int{} {} // a sum: order does not matter`, ""},
		{"map with a reason far away", ``, "// order does not matter\n\n\n\tfor range map[int]int{} {}", "range over a map"},
		{"slice", ``, `for range []int{} {}`, ""},
		{"unsorted keys", "\"maps\"\n\"slices\"", `_ = slices.Collect(maps.Keys(map[int]int{}))`, "iterator over a map"},
		{"sorted keys", "\"maps\"\n\"slices\"", `_ = slices.Sorted(maps.Keys(map[int]int{}))`, ""},
		{"range over keys", `"maps"`, `for range maps.Keys(map[int]int{}) {}`, "iterator over a map"},
	}
	set := token.NewFileSet()
	library := importer.ForCompiler(set, "source", nil)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			source := "package x\n\nimport (\n" + c.imports + "\n)\n\nfunc f() {\n\t" + c.body + "\n}\n"
			file, info := typecheck(t, set, library, source)
			got := checkDeterminism(set, file, info)
			if c.want == "" {
				wantFindings(t, got)
			} else {
				wantFindings(t, got, c.want)
			}
		})
	}
}

// typecheck parses and checks one file.
func typecheck(t *testing.T, set *token.FileSet, library types.Importer, source string) (*ast.File, *types.Info) {
	t.Helper()
	file, err := parser.ParseFile(set, "x.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: library}
	if _, err := config.Check("x", set, []*ast.File{file}, info); err != nil {
		t.Fatal(err)
	}
	return file, info
}
