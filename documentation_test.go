package lot_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"testing"
)

func TestEverythingExportedIsDocumented(t *testing.T) {
	documented, first := map[string]bool{}, map[string]string{}
	for _, f := range projectFiles(t) {
		if f.isTest() {
			continue
		}
		report(t, checkDocumented(f))
		documented[f.folder()] = documented[f.folder()] || f.ast.Doc != nil
		if first[f.folder()] == "" {
			first[f.folder()] = f.path
		}
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("%s: package %s has no comment", first[folder], path.Base(folder))
		}
	}
}

// checkDocumented finds exported functions, methods, types, interface methods, constants and variables without a
// comment. In a group, the group's comment or the line's suffices. Struct fields are told by their struct.
func checkDocumented(f sourceFile) (findings []string) {
	missing := func(name *ast.Ident) {
		findings = append(findings, fmt.Sprintf("%s: exported %s has no comment", f.at(name.Pos()), name.Name))
	}
	for _, decl := range f.ast.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && receiverIsExported(d) {
				missing(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				checkSpec(spec, d, missing)
			}
		}
	}
	return findings
}

// checkSpec calls missing for the undocumented names of one line of a declaration.
func checkSpec(spec ast.Spec, group *ast.GenDecl, missing func(*ast.Ident)) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		// A group's comment tells what its types have in common, not what each is.
		if s.Name.IsExported() && s.Doc == nil && s.Comment == nil && (group.Doc == nil || group.Lparen.IsValid()) {
			missing(s.Name)
		}
		if body, ok := s.Type.(*ast.InterfaceType); ok && s.Name.IsExported() {
			checkMethods(body, missing)
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() && s.Doc == nil && s.Comment == nil && group.Doc == nil {
				missing(name)
			}
		}
	}
}

// checkMethods calls missing for the undocumented methods of an interface. Embedded interfaces have their own comments,
// and the comment of an interface with one method is about that method.
func checkMethods(body *ast.InterfaceType, missing func(*ast.Ident)) {
	if body.Methods.NumFields() == 1 {
		return
	}
	for _, method := range body.Methods.List {
		for _, name := range method.Names {
			if name.IsExported() && method.Doc == nil && method.Comment == nil {
				missing(name)
			}
		}
	}
}

// receiverIsExported reports whether a function is none of an unexported type's methods.
func receiverIsExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	expr := d.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.IsExported()
		default:
			return true
		}
	}
}

func TestCheckDocumentedFindsBareNames(t *testing.T) {
	const source = `package x

func BareFunc() {}

// DocFunc has a comment.
func DocFunc() {}

func hidden() {}

type BareType struct{ Field int }

func (b *BareType) BareMethod() {}

type generic[T any] struct{}

func (g *generic[T]) MethodOfHidden() {}

// A group of types.
type (
	BareInGroup int
	// DocInGroup has one.
	DocInGroup int
)

// Iface has a comment.
type Iface interface {
	BareIfaceMethod()
	// DocIfaceMethod has one.
	DocIfaceMethod()
	error
}

// Single has a comment, which is about its method.
type Single interface{ Method() }

const BareConst = 1

// Limits share a comment.
const (
	InGroup = 1
	Second  = 2
)

var (
	BareVar int
	LineVar int // has one
)
`
	f := parseSource(t, "x/x.go", source)
	wantFindings(t, checkDocumented(f),
		"BareFunc", "BareType", "BareMethod", "BareInGroup", "BareIfaceMethod", "BareConst", "BareVar")
	if f.ast.Doc != nil || f.ast.Name.Pos() == token.NoPos {
		t.Error("the package is taken for documented")
	}
}
