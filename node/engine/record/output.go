package record

import (
	"fmt"
	"io"
)

// counted counts what is written and keeps the first error.
type counted struct {
	writer io.Writer
	bytes  int64
	err    error
}

// Write implements io.Writer.
func (c *counted) Write(b []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.writer.Write(b)
	c.bytes += int64(n)
	c.err = err
	return n, err
}

// write writes a frame, and ends the record if that fails or there is no room for more.
func (r *Recorder) write(k kind, content any) {
	if r.zip == nil {
		return
	}
	if err := writeFrame(r.zip, k, content); err != nil {
		r.stop(err)
		return
	}
	if k == kindEnd || r.out.bytes <= r.options.Limit-margin {
		return
	}
	zip := r.zip
	limit := fmt.Errorf("%w: %d bytes", ErrLimit, r.options.Limit)
	if err := writeFrame(zip, kindEnd, end{Why: limit.Error()}); err == nil {
		_ = zip.Close() // the record ends here, with or without its last words
	}
	r.stop(limit)
}

// flush hands what was recorded to the writer.
func (r *Recorder) flush() {
	if r.zip == nil {
		return
	}
	if err := r.zip.Flush(); err != nil {
		r.stop(err)
	}
}

// stop ends the record. The engine goes on without.
func (r *Recorder) stop(why error) {
	if r.zip == nil && r.engine != nil {
		return
	}
	r.zip = nil
	if r.options.Stopped != nil {
		r.options.Stopped(why)
	}
}
