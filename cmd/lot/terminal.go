package main

import (
	"io"
	"os"
	"slices"
	"strings"
)

// colored reports whether standard output is a terminal whose user has not asked for plain text (https://no-color.org).
func (p *program) colored() bool {
	if slices.ContainsFunc(p.environ, func(entry string) bool {
		value, set := strings.CutPrefix(entry, "NO_COLOR=")
		return set && value != ""
	}) {
		return false
	}
	return isTerminal(p.out)
}

// isTerminal reports whether what is written can be drawn over.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
