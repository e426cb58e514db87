package main

import (
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
	file, ok := p.out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
