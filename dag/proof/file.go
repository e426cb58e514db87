package proof

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Format marks a proof file: the value of its first field.
const Format = "lot proof v1"

// ErrNotCovered says that an event is in the log, but not yet in the part that the checkpoint covers.
var ErrNotCovered = errors.New("no signed checkpoint covers it yet")

// File is a proof that an event was ordered, and, with Reading, that a reading is in the batch which that event anchors.
//
// It is kept as JSON in one spelling only: the fields in the order below, indented by two spaces, with a newline at the
// end; bytes and hashes in standard base64 with padding. Anything else is refused, so that equal proofs are equal files.
type File struct {
	Format     string       `json:"format"`
	Reading    *ReadingPart `json:"reading,omitempty"`
	Event      EventPart    `json:"event"`
	Checkpoint string       `json:"checkpoint"` // the signed note, as tools for C2SP notes take it
	// Chain leads from the verifier's committee to the one that signed the checkpoint; empty if they are the same.
	Chain Chain `json:"chain,omitempty"`
}

// ReadingPart leads from a reading to the root that the event anchors.
type ReadingPart struct {
	Bytes []byte `json:"bytes"` // as the device sent it; its leaf hash starts the path
	Index uint64 `json:"index"` // in the batch, from 0
	Path  []Hash `json:"path"`  // from the leaf's sibling upwards
}

// EventPart leads from an event to the checkpoint's root.
type EventPart struct {
	Block  []byte `json:"block"`  // the event in dag-cbor
	Status uint8  `json:"status"` // code of its receipt, see ledger.Status
	Index  uint64 `json:"index"`  // of its leaf in the log, from 0
	Path   []Hash `json:"path"`   // from the leaf's sibling upwards
}

// NewFile makes the proof of an event whose leaf has that index in the log and whose receipt has that status. It checks
// what it hands out against the checkpoint, which must be no larger than the stored log: a node that is catching up can
// collect checkpoints of a log that it does not have yet. Errors wrap ErrNotCovered or ErrInclusion, or come from the store.
func NewFile(e *dag.Event, status ledger.Status, index uint64, store Store, checkpoint SignedCheckpoint) (*File, error) {
	if index >= checkpoint.Size {
		return nil, fmt.Errorf("proof of event %s at %d in the log: %w: the latest has size %d",
			e.ID(), index, ErrNotCovered, checkpoint.Size)
	}
	path, err := ProveInclusion(store, checkpoint.Size, index)
	if err != nil {
		return nil, fmt.Errorf("proof of event %s: %w", e.ID(), err)
	}
	leaf := EventLeaf{Event: e.ID(), Status: status}
	if err := CheckInclusion(checkpoint.TreeHead, index, leaf.Hash(), path); err != nil {
		return nil, fmt.Errorf("proof of event %s: %w: the log's storage and the checkpoint disagree", e.ID(), err)
	}
	return &File{
		Format:     Format,
		Event:      EventPart{Block: e.Block(), Status: uint8(status), Index: index, Path: path},
		Checkpoint: string(checkpoint.Note()),
	}, nil
}

// WithReading makes the proof of a reading from that of the event that anchors its batch. The error wraps ErrInclusion if
// the reading is not at index of a batch that the event anchors.
func (f *File) WithReading(reading []byte, index uint64, path []Hash) (*File, error) {
	e, err := dag.Decode(f.Event.Block)
	if err != nil {
		return nil, fmt.Errorf("proof of reading: %w", err)
	}
	anchor, err := decodeAnchor(e)
	if err != nil {
		return nil, fmt.Errorf("proof of reading: event %s: %w", e.ID(), err)
	}
	if err := CheckReading(anchor, index, reading, path); err != nil {
		return nil, fmt.Errorf("proof of reading %d of event %s: %w", index, e.ID(), err)
	}
	with := *f
	with.Reading = &ReadingPart{Bytes: reading, Index: index, Path: path}
	return &with, nil
}

// decodeAnchor returns the anchor that an event carries. The error wraps ErrMalformed.
func decodeAnchor(e *dag.Event) (ledger.Anchor, error) {
	if e.Kind() != ledger.KindAnchor {
		return ledger.Anchor{}, fmt.Errorf("%w: its kind is %q, a reading needs %q", ErrMalformed, e.Kind(), ledger.KindAnchor)
	}
	anchor, err := ledger.DecodeAnchor(e.Body())
	if err != nil {
		return ledger.Anchor{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return anchor, nil
}

// WithChain makes the proof for a verifier who knows an earlier committee: with the certificates of the chain that lead from
// there to the committee that signed the checkpoint, of which there are none if it never changed. The chain begins with the
// verifier's committee and may be longer than needed.
func (f *File) WithChain(chain Chain) (*File, error) {
	size, err := noteSize(f.Checkpoint)
	if err != nil {
		return nil, fmt.Errorf("proof with chain: %w", err)
	}
	with := *f
	with.Chain = chain.changesBefore(size)
	return &with, nil
}

// noteSize returns the size that a signed checkpoint is of.
func noteSize(signed string) (uint64, error) {
	text, _, _ := strings.Cut(signed, "\n\n")
	checkpoint, err := ParseCheckpoint(text + "\n")
	return checkpoint.Size, err
}

// Encode returns the file's bytes.
func (f *File) Encode() ([]byte, error) {
	whole := *f
	whole.Event.Block, whole.Event.Path = list(f.Event.Block), list(f.Event.Path)
	if f.Reading != nil {
		whole.Reading = &ReadingPart{Bytes: list(f.Reading.Bytes), Index: f.Reading.Index, Path: list(f.Reading.Path)}
	}
	b, err := encodeDocument(whole)
	if err != nil {
		return nil, fmt.Errorf("encode proof: %w", err)
	}
	return b, nil
}

// Parse reads a proof file strictly: what it accepts is byte for byte what Encode writes. Whether the proof holds is for
// Verify to say. The error wraps ErrMalformed.
func Parse(b []byte) (*File, error) {
	f := new(File)
	if err := parseDocument(b, f); err != nil {
		return nil, fmt.Errorf("%w proof file: %w", ErrMalformed, err)
	}
	return f, nil
}

func (f *File) formats() (got, want string) { return f.Format, Format }
