package main

import (
	"runtime/debug"
	"slices"
	"strings"
)

// lazyPercent is how much a heap may grow between two collections while memory is plenty. A run keeps most of what it makes, so
// collecting at every doubling looks at the same things again and again: this saves a fifth of the processor time.
const lazyPercent = 300

// collectLazily makes garbage collection rarer as long as the machine has memory, unless GOGC or GOMEMLIMIT says otherwise. The returned
// function undoes it.
func (p *program) collectLazily() (undo func()) {
	available, known := thisMachine.available()
	chosen := slices.ContainsFunc(p.environ, func(entry string) bool {
		return strings.HasPrefix(entry, "GOGC=") || strings.HasPrefix(entry, "GOMEMLIMIT=")
	})
	if !known || chosen {
		return func() {}
	}
	limit := debug.SetMemoryLimit(int64(min(available/10*9, 1<<62)))
	percent := debug.SetGCPercent(lazyPercent)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}
