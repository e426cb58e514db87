package mesh

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/multiformats/go-varint"
)

// errFrame marks a stream that does not carry frames: what follows cannot be read.
var errFrame = errors.New("mesh: malformed frame")

// frameChunk is how much of a frame is allocated before any of it has arrived.
const frameChunk = 64 << 10

// readFrame reads one frame, its length as an unsigned varint (multiformats, minimal, at most 9 bytes) and then that
// many bytes. begun is called once the length is known, so that a deadline can be set on the rest. A clean end before
// the first byte is io.EOF. Memory grows with what has arrived, not with what the length claims.
func readFrame(r *bufio.Reader, limit int, begun func(size int) error) ([]byte, error) {
	if _, err := r.Peek(1); err != nil {
		return nil, err
	}
	size, err := varint.ReadUvarint(r)
	if err != nil {
		return nil, fmt.Errorf("%w: length: %w", errFrame, err)
	}
	if size > uint64(limit) {
		return nil, fmt.Errorf("%w: %w: %d bytes where %d are allowed", errFrame, ErrTooLarge, size, limit)
	}
	if begun != nil {
		if err := begun(int(size)); err != nil {
			return nil, err
		}
	}
	return readBody(r, int(size))
}

// readBody doubles the buffer as the bytes come.
func readBody(r io.Reader, size int) ([]byte, error) {
	body := make([]byte, 0, min(size, frameChunk))
	for len(body) < size {
		have := len(body)
		if have == cap(body) {
			grown := make([]byte, have, min(size, 2*have))
			copy(grown, body)
			body = grown
		}
		body = body[:cap(body)]
		if _, err := io.ReadFull(r, body[have:]); err != nil {
			return nil, fmt.Errorf("%w: cut off: %w", errFrame, err)
		}
	}
	return body, nil
}

// writeFrame writes the parts as one frame.
func writeFrame(w io.Writer, parts ...[]byte) error {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	var length [binary.MaxVarintLen64]byte
	if _, err := w.Write(length[:varint.PutUvarint(length[:], uint64(size))]); err != nil {
		return err
	}
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}
