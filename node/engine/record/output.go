package record

import (
	"fmt"
	"io"
)

// counted writes up to a limit, and nothing after the first error.
type counted struct {
	writer io.Writer
	limit  int64
	bytes  int64
	err    error
}

// Write implements io.Writer.
func (c *counted) Write(b []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.bytes+int64(len(b)) > c.limit {
		c.err = fmt.Errorf("%w: %d bytes", ErrLimit, c.limit)
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
	if k == kindEnd || r.out.bytes <= r.out.limit-margin {
		return
	}
	limit := fmt.Errorf("%w: %d bytes", ErrLimit, r.out.limit)
	if err := writeFrame(r.zip, kindEnd, end{Why: limit.Error()}); err == nil {
		_ = r.zip.Close() // it ends here, with or without its last words
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
	r.zip = nil
	if !r.over && r.options.Stopped != nil {
		r.options.Stopped(why)
	}
	r.over = true
}
