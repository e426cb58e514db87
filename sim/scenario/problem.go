package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Problem is one thing wrong with a scenario.
type Problem struct {
	File string // as it was named to Parse; empty for a scenario that was not read from a file
	Line int    // from 1; 0 if no line is to blame
	Key  string // dotted, with elements of lists by number from 0, such as "load.0.rate"; empty for the whole file
	Text string // what is wrong, and what to do
}

// String returns the problem as one line: file:line: key: what is wrong: what to do.
func (p Problem) String() string {
	place := p.File
	if p.File != "" && p.Line > 0 {
		place = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	key := p.Key
	if strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) }) {
		key = strconv.Quote(key)
	}
	return strings.Join(slices.DeleteFunc([]string{place, key, p.Text}, func(s string) bool { return s == "" }), ": ")
}

// Problems is everything that is wrong with a scenario, in the order of the lines.
type Problems []Problem

// Error implements error: a line for each problem.
func (p Problems) Error() string {
	all := make([]string, len(p))
	for i := range p {
		all[i] = p[i].String()
	}
	return strings.Join(all, "\n")
}

// err returns the problems, sorted and each once, as an error; nil if there are none.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(p)
}
