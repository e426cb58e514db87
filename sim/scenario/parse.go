package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxFileSize bounds the text of a scenario, in bytes.
const maxFileSize = 1 << 20

// byteOrderMark is what some editors put before UTF-8. TOML 1.0 has no word for it, and it says nothing.
var byteOrderMark = []byte("\xef\xbb\xbf")

// Parse reads a scenario over the defaults and checks it, each cell of its grid too. The path is where the text comes from: it
// stands in problems, and relative names of files start in its folder. The error is of type Problems and has all of them,
// but for what only CheckAttacks can know.
func Parse(text []byte, path string) (*Scenario, error) {
	text = bytes.TrimPrefix(text, byteOrderMark)
	o := &origin{path: path}
	if len(text) > maxFileSize {
		return nil, Problems{o.problem("", fmt.Sprintf("%d bytes: a scenario has at most %d", len(text), maxFileSize))}
	}
	tree, err := readTree(text)
	if err != nil {
		return nil, Problems{syntaxProblem(path, err)}
	}
	o.lines = lines(text)
	if problem := foreignVersion(tree); problem != "" {
		return nil, Problems{o.problem("version", problem)}
	}
	s := Defaults()
	s.origin = o
	d := decoder{origin: o, broken: map[string]bool{}}
	d.table("", reflect.ValueOf(&s).Elem(), tree)
	d.problems = append(d.problems, s.check(d.broken)...)
	if len(d.problems) == 0 {
		_, d.problems = s.cells()
	}
	if err := d.problems.err(); err != nil {
		return nil, err
	}
	return &s, nil
}

// readTree reads TOML into maps, lists and values.
func readTree(text []byte) (tree map[string]any, err error) {
	err = toml.Unmarshal(text, &tree)
	return tree, err
}

// syntaxProblem says where a text is no TOML.
func syntaxProblem(path string, err error) Problem {
	p := Problem{File: path, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		p.Line, _ = syntax.Position()
		p.Key = strings.Join(syntax.Key(), ".")
	}
	p.Text = "no TOML: " + p.Text + ": see https://toml.io for the format"
	return p
}

// foreignVersion says why a text of another version is not read; nothing else would be worth saying about it.
func foreignVersion(tree map[string]any) string {
	switch version, given := tree["version"]; {
	case !given:
		return fmt.Sprintf("is missing: begin with version = %d", Version)
	case version != int64(Version):
		return fmt.Sprintf("%.40q, but this program reads version %d: take the program that the scenario was written for, "+
			"or write version = %d and see what has changed", fmt.Sprint(version), Version, Version)
	}
	return ""
}
