package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	chunkHead = 4 + 4 + 4 // length, its checksum, checksum of the content
	maxChunk  = 1 << 20   // bytes of content; the compression writes blocks of at most 128 KiB
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// chunkWriter writes each piece that it gets as a chunk, in one write. The length of a chunk has a checksum of its own, since
// one that is too large would look like the end of a record that was cut off.
type chunkWriter struct {
	to    io.Writer
	chunk []byte
}

// Write implements io.Writer.
func (w *chunkWriter) Write(content []byte) (written int, err error) {
	for len(content) > 0 {
		piece := content[:min(len(content), maxChunk)]
		w.chunk = appendChunk(w.chunk[:0], piece)
		if _, err := w.to.Write(w.chunk); err != nil {
			return written, err
		}
		written += len(piece)
		content = content[len(piece):]
	}
	return written, nil
}

func appendChunk(b, content []byte) []byte {
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(content)))
	b = append(b, length[:]...)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(length[:], castagnoli))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(content, castagnoli))
	return append(b, content...)
}

// chunkReader reads what chunks hold. A chunk is handed on only if it is whole and its checksums hold: where one was cut off
// the error is io.ErrUnexpectedEOF, and where one was changed it wraps ErrDamaged.
type chunkReader struct {
	from  io.Reader
	chunk []byte
	left  []byte // of the chunk
	at    int64  // bytes of the record before the next chunk
	err   error  // that all further reads return
}

// Read implements io.Reader.
func (r *chunkReader) Read(into []byte) (int, error) {
	for len(r.left) == 0 && r.err == nil {
		r.err = r.next()
	}
	if len(r.left) == 0 {
		return 0, r.err
	}
	n := copy(into, r.left)
	r.left = r.left[n:]
	return n, nil
}

// next reads the next chunk.
func (r *chunkReader) next() error {
	var head [chunkHead]byte
	if _, err := io.ReadFull(r.from, head[:]); err != nil {
		return err
	}
	length := binary.BigEndian.Uint32(head[:])
	if crc32.Checksum(head[:4], castagnoli) != binary.BigEndian.Uint32(head[4:]) || length > maxChunk {
		return fmt.Errorf("%w: what stands at byte %d is no length", ErrDamaged, r.at)
	}
	if cap(r.chunk) < int(length) {
		r.chunk = make([]byte, length)
	}
	r.chunk = r.chunk[:length]
	if _, err := io.ReadFull(r.from, r.chunk); errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	} else if err != nil {
		return err
	}
	if crc32.Checksum(r.chunk, castagnoli) != binary.BigEndian.Uint32(head[8:]) {
		return fmt.Errorf("%w: a checksum does not hold for the %d bytes from byte %d on", ErrDamaged, length, r.at+chunkHead)
	}
	r.left, r.at = r.chunk, r.at+chunkHead+int64(length)
	return nil
}
