package latency

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// maxLine is the longest line in bytes: a row of MaxRows numbers fits ten times.
const maxLine = 1 << 20

// lines reads a text of fields with blanks between them. Empty lines and what follows a # count for nothing.
type lines struct {
	scanner *bufio.Scanner
	number  int      // of the line, from 1
	fields  [][]byte // until the next line is read
}

func newLines(from io.Reader) *lines {
	l := &lines{scanner: bufio.NewScanner(from)}
	l.scanner.Buffer(nil, maxLine)
	return l
}

// next reads the fields of the next line that has any.
func (l *lines) next() bool {
	for l.scanner.Scan() {
		l.number++
		text, _, _ := bytes.Cut(l.scanner.Bytes(), []byte{'#'})
		l.fields = l.fields[:0]
		for field := range bytes.FieldsSeq(text) {
			l.fields = append(l.fields, field)
		}
		if len(l.fields) > 0 {
			return true
		}
	}
	return false
}

// errorf says what is wrong with the line.
func (l *lines) errorf(format string, args ...any) error {
	return fmt.Errorf("%w, line %d: %w", ErrMeasurements, l.number, fmt.Errorf(format, args...))
}

// err returns the error that ended the text.
func (l *lines) err() error {
	if err := l.scanner.Err(); err != nil {
		return fmt.Errorf("%w: reading on after line %d: %w", ErrMeasurements, l.number, err)
	}
	return nil
}

// parseTime reads a time of any unit. None of the units is smaller than a microsecond.
func parseTime(field []byte) (float64, error) {
	value, err := strconv.ParseFloat(string(field), 64)
	if err != nil || !(value >= -Longest && value <= Longest) {
		return 0, fmt.Errorf("%q is no time that a message takes", field)
	}
	return value, nil
}
