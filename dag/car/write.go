package car

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/fxamacker/cbor/v2"
	"github.com/multiformats/go-varint"

	"github.com/ledgerofthings/lot/dag"
)

// MaxRoots is the most roots of an archive, so that its header has a bound.
const MaxRoots = 10_000

// ErrRoots is wrapped by the errors of Write and Read that say that the roots of an archive are none, too many, or not all
// among its events.
var ErrRoots = errors.New("roots of the archive do not fit its events")

// header precedes the sections of an archive, as dag-cbor.
type header struct {
	Roots   []cbor.Tag `cbor:"roots"`
	Version uint64     `cbor:"version"`
}

// linkTag marks a byte string as a link, and linkLead precedes the CID in it
// (https://ipld.io/specs/codecs/dag-cbor/spec/#links).
const (
	linkTag  = 42
	linkLead = 0
)

// Write writes an archive of version 1 with the given events, each once, in their order. The roots are from where a reader
// follows the links: 1 to MaxRoots of the events, such as those that no other approves. It needs memory for the roots
// alone, however many the events are. If parents come before what approves them the roots come last, and Read notices
// when the end of the archive was lost.
//
// Errors wrap ErrRoots or are those of w; what was written by then is no archive.
func Write(w io.Writer, roots []dag.ID, events iter.Seq[*dag.Event]) error {
	if len(roots) == 0 || len(roots) > MaxRoots {
		return fmt.Errorf("write archive: %w: there are %d, want 1 to %d", ErrRoots, len(roots), MaxRoots)
	}
	out := bufio.NewWriter(w)
	if err := writeHeader(out, roots); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	missing := newMissing(roots)
	for e := range events {
		id := e.ID()
		if err := writeSection(out, id.CID().Bytes(), e.Block()); err != nil {
			return fmt.Errorf("write archive: event %s: %w", id, err)
		}
		missing.found(id)
	}
	if err := missing.check(); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}

func writeHeader(w io.Writer, roots []dag.ID) error {
	h := header{Version: 1}
	for _, id := range roots {
		h.Roots = append(h.Roots, cbor.Tag{Number: linkTag, Content: append([]byte{linkLead}, id.CID().Bytes()...)})
	}
	b, err := cbor.Marshal(h)
	if err != nil {
		return err
	}
	return writeSection(w, b)
}

// writeSection writes the length of some parts together, and then them.
func writeSection(w io.Writer, parts ...[]byte) error {
	var size uint64
	for _, part := range parts {
		size += uint64(len(part))
	}
	if _, err := w.Write(varint.ToUvarint(size)); err != nil {
		return err
	}
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// missing are the roots that have not yet come among the events.
type missing map[dag.ID]struct{}

func newMissing(roots []dag.ID) missing {
	out := make(missing, len(roots))
	for _, id := range roots {
		out[id] = struct{}{}
	}
	return out
}

func (m missing) found(id dag.ID) { delete(m, id) }

func (m missing) check() error {
	if len(m) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d of them are not in it", ErrRoots, len(m))
}
