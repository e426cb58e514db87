package client

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxEvent bounds one server-sent event, in bytes.
const maxEvent = 1 << 20

// errEventTooLong says that a stream sends what no gateway sends.
var errEventTooLong = fmt.Errorf("an event of the stream is longer than %d bytes", maxEvent)

// sseEvent is one server-sent event. An event without data is a sign of life that may still move the id.
type sseEvent struct {
	id   string // the last id that the stream sent, in this event or before
	name string
	data []byte
}

// sseReader reads server-sent events (WHATWG HTML, section 9.2.6), with lines that end in LF or CRLF as gateways and
// proxies write them.
type sseReader struct {
	lines *bufio.Reader
	id    string
}

// newSSEReader returns a reader of a stream.
func newSSEReader(r io.Reader) *sseReader { return &sseReader{lines: bufio.NewReader(r)} }

// next returns the next event. A stream that ends within an event ends with io.ErrUnexpectedEOF.
func (r *sseReader) next() (sseEvent, error) {
	var event sseEvent
	var data [][]byte
	for size := 0; ; {
		line, err := r.line(maxEvent - size)
		if errors.Is(err, io.EOF) && (size > 0 || len(line) > 0) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return sseEvent{}, err
		}
		if len(line) == 0 {
			event.id, event.data = r.id, bytes.Join(data, []byte("\n"))
			return event, nil
		}
		size += len(line) + 1
		switch name, value := field(line); name {
		case "event":
			event.name = value
		case "data":
			data = append(data, []byte(value))
		case "id":
			if !strings.Contains(value, "\x00") {
				r.id = value
			}
		}
	}
}

// line reads one line of at most limit bytes, without its end.
func (r *sseReader) line(limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.lines.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > limit+2 {
			return nil, errEventTooLong
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return line, err
		}
		return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), nil
	}
}

// field splits a line at its colon; one space behind it does not count. A comment has an empty name.
func field(line []byte) (name, value string) {
	name, value, _ = strings.Cut(string(line), ":")
	return name, strings.TrimPrefix(value, " ")
}
