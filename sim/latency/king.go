package latency

import (
	"bytes"
	"io"
	"strconv"
)

// mostMilliseconds is the median delay of a topology from which on its numbers must be microseconds: nobody measured networks
// where half of all messages take 2 s, nor any across the Internet where they take 2 ms.
const mostMilliseconds = 2000

// King reads the measurements between DNS servers by K. P. Gummadi, S. Saroiu, S. D. Gribble, King: estimating latency between
// arbitrary Internet end hosts, 2002, as F. Dabek and others published them for Vivaldi
// (pdos.csail.mit.edu/p2psim/kingdata), in either form:
//
//   - the file "matrix": a square of round-trip times in µs, a row a line;
//   - the files "uking-t" and "mking-t", topologies of the simulator p2psim: a line "topology E2EGraph N", lines "node I",
//     and lines "I,J DELAY" with I below J. The delay is what p2psim lets one message take, so one way; its unit is µs in
//     the first and ms in the second file, which King tells by the median. Settings of p2psim in other lines are passed over.
//
// A number of 0 or less says that there is no measurement; see Matrix.Filled.
func King(from io.Reader, floor, seed uint64) (*Matrix, error) {
	l, s := newLines(from), newSurvey()
	read, scale := readSquare, halfMicroseconds
	switch {
	case !l.next():
		read = func(l *lines, _ *survey) error { return l.err() }
	case isLetter(l.fields[0][0]) || bytes.IndexByte(l.fields[0], ',') >= 0:
		read, scale = readTopology, topologyScale
	}
	if err := read(l, s); err != nil {
		return nil, err
	}
	return s.matrix(scale, floor, seed)
}

// halfMicroseconds is the scale of round-trip times in µs.
func halfMicroseconds(float64) float64 { return 0.5 }

// topologyScale is the scale of one-way delays in µs or ms.
func topologyScale(typical float64) float64 {
	if typical < mostMilliseconds {
		return 1000
	}
	return 1
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// readSquare reads a square from the line that was read last to the end.
func readSquare(l *lines, s *survey) error {
	n := len(l.fields)
	if n > MaxRows {
		return l.errorf("%d numbers: at most %d places fit", n, MaxRows)
	}
	for row := range n {
		if _, err := s.row([]byte(strconv.Itoa(row + 1))); err != nil {
			return l.errorf("%w", err)
		}
	}
	row := 0
	for more := true; more; more = l.next() {
		if row == n || len(l.fields) != n {
			return l.errorf("row %d with %d numbers: the first row has %d, so there have to be as many in all rows, and as many rows "+
				"(lines of two places and a time are the format of meridian)", row+1, len(l.fields), n)
		}
		for column, field := range l.fields {
			value, err := parseTime(field)
			if err != nil {
				return l.errorf("column %d: %w", column+1, err)
			}
			s.add(row, column, value)
		}
		row++
	}
	if err := l.err(); err != nil {
		return err
	}
	if row < n {
		return l.errorf("the last row is number %d: the first has %d numbers, so there have to be as many rows", row, n)
	}
	return nil
}

// readTopology reads a topology of p2psim from the line that was read last to the end.
func readTopology(l *lines, s *survey) error {
	for more := true; more; more = l.next() {
		first := l.fields[0]
		var err error
		switch {
		case string(first) == "topology":
			if len(l.fields) < 2 || string(l.fields[1]) != "E2EGraph" {
				err = l.errorf("no topology with a delay for every pair: the line has to be \"topology E2EGraph\" and the number of nodes")
			}
		case string(first) == "node":
			err = readNode(l, s)
		case !isLetter(first[0]):
			err = readLink(l, s)
		}
		if err != nil {
			return err
		}
	}
	return l.err()
}

// readNode reads "node I".
func readNode(l *lines, s *survey) error {
	if len(l.fields) < 2 {
		return l.errorf("a node without a number")
	}
	if _, err := s.row(l.fields[1]); err != nil {
		return l.errorf("%w", err)
	}
	return nil
}

// readLink reads "I,J DELAY".
func readLink(l *lines, s *survey) error {
	from, to, pair := bytes.Cut(l.fields[0], []byte{','})
	if !pair || len(l.fields) != 2 {
		return l.errorf("a delay is written as \"I,J DELAY\"")
	}
	i, knownFrom := s.rows[string(from)]
	j, knownTo := s.rows[string(to)]
	if !knownFrom || !knownTo {
		return l.errorf("%s: there was no \"node\" line for one of these", l.fields[0])
	}
	value, err := parseTime(l.fields[1])
	if err != nil {
		return l.errorf("%w", err)
	}
	s.add(i, j, value)
	return nil
}
