package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/ledgerofthings/lot/dag/finality"
)

// checker collects what is wrong with the values of a scenario.
type checker struct {
	s        *Scenario
	problems Problems
	// broken are the keys that something was said about already: what is compared with them would only be said twice.
	broken map[string]bool
}

// wrong notes a problem of a key, unless there is one already.
func (c *checker) wrong(key, format string, args ...any) {
	if !c.fine(key) {
		return
	}
	c.broken[key] = true
	c.problems = append(c.problems, c.s.origin.problem(key, fmt.Sprintf(format, args...)))
}

// fine reports whether nothing is wrong with keys and the tables that they are in, so that their values can be compared.
func (c *checker) fine(keys ...string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool {
		for !c.broken[key] {
			dot := strings.LastIndexByte(key, '.')
			if dot < 0 {
				return false
			}
			key = key[:dot]
		}
		return true
	})
}

// between checks a whole number or a duration.
func between[T cmp.Ordered](c *checker, key string, value, low, high T) {
	if value < low || value > high {
		c.wrong(key, "%v is out of range: choose %v to %v", value, low, high)
	}
}

// number checks that a number is finite and within bounds, and says what it is for.
func (c *checker) number(key string, value, low, high float64, what string) {
	if !(value >= low && value <= high) { // NaN is neither
		bounds := "from " + decimal(low)
		if !math.IsInf(high, 0) {
			bounds = decimal(low) + " to " + decimal(high)
		}
		c.wrong(key, "%s is no %s: choose %s", decimal(value), what, bounds)
	}
}

// share checks a probability or a part of a whole.
func (c *checker) share(key string, value float64) { c.number(key, value, 0, 1, "share") }

// positive checks a number that has to be above zero.
func (c *checker) positive(key string, value float64, what string) {
	if !(value > 0) || math.IsInf(value, 0) {
		c.wrong(key, "%s is no %s: choose a number above 0", decimal(value), what)
	}
}

// milliseconds checks a duration that the engine counts in ms.
func (c *checker) milliseconds(key string, value, low, high Duration) {
	if value%Millisecond != 0 {
		c.wrong(key, "%v is too fine: nodes count whole milliseconds", value)
	}
	between(c, key, value, low, high)
}

// oneOf checks a word and reports whether it is known.
func (c *checker) oneOf(key, value, what string, known []string) bool {
	switch {
	case slices.Contains(known, value):
		return true
	case value == "":
		c.wrong(key, "is missing: %s", suggest("", known))
	default:
		c.wrong(key, "%.40q is no %s: %s", value, what, suggest(value, known))
	}
	return false
}

// unused checks that a key which means nothing here was left at its zero value.
func unused[T comparable](c *checker, key string, value T, here string) {
	var zero T
	if value != zero {
		c.wrong(key, "means nothing for %s: remove it", here)
	}
}

// file checks that a file that is needed is there.
func (c *checker) file(key, name, what string) {
	if name == "" {
		c.wrong(key, "is missing: name the file with %s", what)
		return
	}
	path := c.s.Path(name)
	switch info, err := os.Stat(path); {
	case os.IsNotExist(err):
		c.wrong(key, "there is no file %q: names start in the scenario's folder", path)
	case err != nil:
		c.wrong(key, "%q cannot be read (%v): mend it, or name another file", path, errors.Unwrap(err))
	case !info.Mode().IsRegular():
		c.wrong(key, "%q is no file: name a file with %s", path, what)
	}
}

// nodes checks a selector. Where the network is not known it has to be right for some network.
func (c *checker) nodes(key string, selector Selector) {
	total, committee := MaxNodes, finality.MaxMembers
	if c.fine(keyNodes, keyCommittee) {
		total, committee = c.s.Network.Nodes, c.s.Network.Committee
	}
	if _, err := selector.parts(total, committee); err != nil {
		c.wrong(key, "%v", err)
	}
}

// window checks from when until when something goes on; until 0 is the end of the run.
func (c *checker) window(key string, from, until Duration) {
	duration := c.s.Duration
	if !c.fine(keyDuration) {
		return
	}
	if from >= duration {
		c.wrong(join(key, "from"), "%v is not within the run, which lasts %v: begin earlier or raise duration", from, duration)
	}
	switch {
	case until > duration:
		c.wrong(join(key, "until"), "%v is after the run, which lasts %v: end earlier, or leave it out for the end of the run", until, duration)
	case until != 0 && until <= from && c.fine(join(key, "from")):
		c.wrong(join(key, "until"), "%v is not after from, which is %v: end later or begin earlier", until, from)
	}
}

// element returns the key of an element of a list.
func element(list string, n int) string { return join(list, strconv.Itoa(n)) }

// decimal writes a number as short as it goes.
func decimal(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }
