package scenario

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// maxTraceLines bounds a trace.
const maxTraceLines = 20_000_000

// ErrTrace is wrapped by what is wrong with the text of a trace; the error has its line and says what to do.
var ErrTrace = errors.New("trace")

// ReadLoadTrace reads when nodes issue from the file at a path: lines of seconds since the start and node number, such as "1.25 17".
// Spaces, tabs and commas separate; empty lines and what follows "#" do not count. Lines need not be sorted. nodes is how many
// there are. The error wraps the operating system's or ErrTrace.
func ReadLoadTrace(path string, nodes int, visit func(at Duration, node int)) error {
	return readTrace(path, nodes, 2, func(at Duration, node int, _ []string) error {
		visit(at, node)
		return nil
	})
}

// ReadChurnTrace reads when nodes come and go: lines as ReadLoadTrace reads them with "up" or "down" behind, such as "1.25 17 down".
func ReadChurnTrace(path string, nodes int, visit func(at Duration, node int, up bool)) error {
	return readTrace(path, nodes, 3, func(at Duration, node int, rest []string) error {
		if rest[0] != "up" && rest[0] != "down" {
			return fmt.Errorf(`%.40q: want "up" or "down"`, rest[0])
		}
		visit(at, node, rest[0] == "up")
		return nil
	})
}

// readTrace calls visit for every line with what follows its first two fields.
func readTrace(path string, nodes, fields int, visit func(at Duration, node int, rest []string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTrace, err)
	}
	defer f.Close()
	scanner, line := bufio.NewScanner(f), 0
	for scanner.Scan() {
		line++
		text, _, _ := strings.Cut(scanner.Text(), "#")
		found := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
		if len(found) == 0 {
			continue
		}
		err := traceLine(found, nodes, fields, visit)
		if line > maxTraceLines {
			err = fmt.Errorf("at most %d lines are read: split the trace into several loads", maxTraceLines)
		}
		if err != nil {
			return fmt.Errorf("%w: %s:%d: %w", ErrTrace, path, line, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("%w: %s:%d: %w", ErrTrace, path, line+1, err)
	}
	return nil
}

// traceLine reads the fields of one line.
func traceLine(found []string, nodes, fields int, visit func(at Duration, node int, rest []string) error) error {
	if len(found) != fields {
		return fmt.Errorf("has %d fields, want %d, such as %q", len(found), fields, strings.Join([]string{"1.25", "17", "down"}[:fields], " "))
	}
	seconds, err := strconv.ParseFloat(found[0], 64)
	if err != nil || !(seconds >= 0 && seconds <= MaxDuration.Seconds()) {
		return fmt.Errorf("%.40q: want seconds since the start, such as 1.25", found[0])
	}
	node, err := strconv.Atoi(found[1])
	if err != nil || node < 0 || node >= nodes {
		return fmt.Errorf("%.40q: want the number of a node, 0 to %d", found[1], nodes-1)
	}
	return visit(Duration(math.Round(seconds*float64(Second))), node, found[2:])
}
