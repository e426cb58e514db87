package car

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"
	gocar "github.com/ipld/go-car/v2"

	"github.com/ledgerofthings/lot/dag"
)

// Bounds of what is read at once.
const (
	maxSection = 36 + dag.MaxEventSize // the CID of an event, and its block
	maxHeader  = 64 + 48*MaxRoots      // a root is a CID and the five bytes that make it a link
)

// ErrArchive is wrapped by the errors of Read that say that its bytes are no archive, or one of something else.
var ErrArchive = errors.New("not an archive of events")

// Read reads an archive of version 1 or 2 and calls visit with each event in turn. An event is what its id says and well
// formed; its signature has not been checked, nor whether its parents are in the archive. What an archive has besides
// events is an error.
//
// Read ends with the first error of visit, which it wraps. Other errors wrap ErrArchive, and what r failed with if it did;
// or ErrRoots if the archive lacks one of its own roots, as it does when its end was lost. The events before an error were
// visited.
func Read(r io.Reader, visit func(*dag.Event) error) error {
	blocks, err := gocar.NewBlockReader(bufio.NewReader(r), gocar.MaxAllowedHeaderSize(maxHeader),
		gocar.MaxAllowedSectionSize(maxSection), gocar.WithTrustedCAR(true)) // trusted: decode hashes each block itself
	if err != nil {
		return fmt.Errorf("read archive: %w: header: %w", ErrArchive, err)
	}
	missing, err := parseRoots(blocks.Roots)
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	for number := 1; ; number++ {
		block, err := blocks.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read archive: %w: section %d: %w", ErrArchive, number, err)
		}
		e, err := decode(block.Cid(), block.RawData())
		if err != nil {
			return fmt.Errorf("read archive: %w: section %d: %w", ErrArchive, number, err)
		}
		if err := visit(e); err != nil {
			return fmt.Errorf("read archive: event %s: %w", e.ID(), err)
		}
		missing.found(e.ID())
	}
	if err := missing.check(); err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	return nil
}

// decode returns the event of a block that is said to have a CID.
func decode(said cid.Cid, block []byte) (*dag.Event, error) {
	e, err := dag.Decode(block)
	if err != nil {
		return nil, err
	}
	if !said.Equals(e.ID().CID()) {
		return nil, fmt.Errorf("block %s is said to be %s", e.ID(), said)
	}
	return e, nil
}

// parseRoots returns the ids of the roots, which must be such as events have.
func parseRoots(roots []cid.Cid) (missing, error) {
	if len(roots) == 0 || len(roots) > MaxRoots {
		return nil, fmt.Errorf("%w: there are %d, want 1 to %d", ErrRoots, len(roots), MaxRoots)
	}
	out := make(missing, len(roots))
	for _, root := range roots {
		if root.Prefix() != eventPrefix {
			return nil, fmt.Errorf("%w: root %s is no event's id", ErrRoots, root)
		}
		b := root.Bytes()
		out[dag.ID(b[len(b)-len(dag.ID{}):])] = struct{}{}
	}
	return out, nil
}

// eventPrefix is what the CIDs of all events have in common.
var eventPrefix = dag.ID{}.CID().Prefix()
