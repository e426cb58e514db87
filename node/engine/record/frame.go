package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/fxamacker/cbor/v2"
)

// kind says what a frame holds.
type kind byte

const (
	kindHeader  kind = 1
	kindEntries kind = 2
	kindStep    kind = 3
	kindState   kind = 4
	kindEnd     kind = 5
)

const (
	frameHead = 4 + 1    // length, kind
	maxFrame  = 16 << 20 // bytes of content; the largest storage value and the largest input are far below
)

var (
	contentEnc = must(cbor.CoreDetEncOptions().EncMode())
	contentDec = must(cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		MaxNestedLevels: 8, MaxArrayElements: 1 << 16, MaxMapPairs: 64, ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	}.DecMode())
)

// must is for package-level values whose making can only fail by a mistake in this file.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// encode returns content as CBOR.
func encode(content any) ([]byte, error) {
	b, err := contentEnc.Marshal(content)
	if err == nil && len(b) > maxFrame {
		err = fmt.Errorf("a frame of %d bytes, at most %d are allowed", len(b), maxFrame)
	}
	return b, err
}

// writeFrame writes one frame.
func writeFrame(w io.Writer, k kind, content any) error {
	body, err := encode(content)
	if err != nil {
		return err
	}
	var head [frameHead]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(body)))
	head[4] = byte(k)
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}

// frameReader reads frames.
type frameReader struct {
	source io.Reader
	body   []byte
}

// next returns the next frame; its content is valid until the following call. At the end, or where the rest was cut off, the
// error is io.EOF or io.ErrUnexpectedEOF; other errors wrap ErrDamaged.
func (f *frameReader) next() (kind, []byte, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(f.source, head[:]); err != nil {
		return 0, nil, readError(err)
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > maxFrame {
		return 0, nil, fmt.Errorf("%w: a frame of %d bytes, at most %d are possible", ErrDamaged, length, maxFrame)
	}
	if err := f.fill(int(length)); err != nil {
		return 0, nil, readError(err)
	}
	return kind(head[4]), f.body, nil
}

// fill reads the content of a frame. Room grows as the bytes come, so that a false length costs nothing.
func (f *frameReader) fill(length int) error {
	const piece = 64 << 10
	f.body = f.body[:0]
	for len(f.body) < length {
		begin, n := len(f.body), min(piece, length-len(f.body))
		f.body = append(f.body, make([]byte, n)...)
		if _, err := io.ReadFull(f.source, f.body[begin:]); err != nil {
			return errors.Join(io.ErrUnexpectedEOF, notEOF(err))
		}
	}
	return nil
}

// notEOF drops the errors of a source that ended.
func notEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// readError tells a source that ended from one that holds nonsense.
func readError(err error) error {
	if notEOF(err) == nil {
		return err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, notEOF(err))
}

// decode reads the content of a frame strictly.
func decode(content []byte, into any) error {
	if err := contentDec.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}
