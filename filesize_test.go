package lot_test

import (
	"fmt"
	"go/ast"
	"strings"
	"testing"
)

// Longest Go files, in lines. A file that outgrows them holds more than one concept.
const (
	maxFileLines     = 400
	maxTestFileLines = 700
)

func TestFilesStaySmall(t *testing.T) {
	for _, f := range projectFiles(t) {
		report(t, checkSize(f))
	}
}

// checkSize finds a file that is too long, unless it is generated.
func checkSize(f sourceFile) []string {
	most := maxFileLines
	if f.isTest() {
		most = maxTestFileLines
	}
	if f.lines <= most || ast.IsGenerated(f.ast) {
		return nil
	}
	return []string{fmt.Sprintf("%s has %d lines, at most %d are allowed: split it by concept", f.path, f.lines, most)}
}

func TestCheckSizeFindsLongFiles(t *testing.T) {
	body := "package x\n" + strings.Repeat("\n", maxFileLines)
	wantFindings(t, checkSize(parseSource(t, "x/x.go", body)), "x/x.go has 401 lines")
	wantFindings(t, checkSize(parseSource(t, "x/x.go", body[:len(body)-1])))
}
