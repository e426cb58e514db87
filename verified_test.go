package lot_test

import (
	"fmt"
	"go/ast"
	"testing"
)

// TestOnlyTheValidatorVouches keeps dag.Verified what it says: outside dag, nobody writes one down with an event in it.
func TestOnlyTheValidatorVouches(t *testing.T) {
	for _, f := range projectFiles(t) {
		report(t, checkVouching(f))
	}
}

// checkVouching finds values of dag.Verified that are made without verifying. The zero value vouches for nothing.
func checkVouching(f sourceFile) (findings []string) {
	if f.folder() == "dag" {
		return nil
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok || len(literal.Elts) == 0 {
			return true
		}
		if name, ok := literal.Type.(*ast.SelectorExpr); ok && name.Sel.Name == "Verified" {
			findings = append(findings, fmt.Sprintf("%s: an event is called verified without verifying it", f.at(n.Pos())))
		}
		return true
	})
	return findings
}

func TestCheckVouchingFindsLiterals(t *testing.T) {
	const source = `package x

import "github.com/ledgerofthings/lot/dag"

func f(e *dag.Event) (dag.Verified, dag.Verified) {
	return dag.Verified{}, dag.Verified{Event: e}
}
`
	wantFindings(t, checkVouching(parseSource(t, "node/x.go", source)), "node/x.go:6")
}
