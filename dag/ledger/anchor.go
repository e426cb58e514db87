package ledger

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// KindAnchor is the payload kind of an anchor.
const KindAnchor = "anchor"

// Limits of an anchor.
const (
	// MaxAnchorCount is the most readings that one anchor covers.
	MaxAnchorCount = 10_000
	// MaxTopicLength is the longest topic, in bytes of UTF-8.
	MaxTopicLength = 128
	// MaxBlobSize is the largest encrypted batch, in bytes.
	MaxBlobSize = 64 << 20
)

// Anchor puts a batch of readings on the ledger by its Merkle root; the readings themselves stay off the ledger.
type Anchor struct {
	// Root is the RFC 6962 tree head over the signed readings as they were received, in the order of the batch.
	Root [32]byte `cbor:"root"`
	// Count is the number of readings, 1 to MaxAnchorCount.
	Count uint64 `cbor:"count"`
	// First and Last are the earliest and latest time that a reading claims, in ms since the Unix epoch.
	First uint64 `cbor:"first"`
	Last  uint64 `cbor:"last"`
	// Topic says what the readings are about, in printable UTF-8 of at most MaxTopicLength bytes; it may be empty.
	Topic string `cbor:"topic"`
	// Blob is the sha2-256 digest of the encrypted batch, whose CIDv1 has the raw codec. It is zero, and so is Size, for a
	// batch that is not handed to other gateways.
	Blob [32]byte `cbor:"blob"`
	// Size is the length of the encrypted batch in bytes, at most MaxBlobSize.
	Size uint64 `cbor:"size"`
}

// Encode returns the event body. Errors wrap ErrPayload.
func (a Anchor) Encode() ([]byte, error) { return encodePayload(a) }

// DecodeAnchor reads the body of an event of kind KindAnchor strictly. Errors wrap ErrPayload.
func DecodeAnchor(body []byte) (Anchor, error) { return decodePayload[Anchor](body) }

func (Anchor) kind() string { return KindAnchor }

func (a Anchor) check() error {
	switch {
	case a.Count == 0 || a.Count > MaxAnchorCount:
		return fmt.Errorf("%d readings, want 1 to %d", a.Count, MaxAnchorCount)
	case a.First > a.Last || a.Last > dag.MaxInteger:
		return fmt.Errorf("time range %d to %d", a.First, a.Last)
	case (a.Size == 0) != (a.Blob == [32]byte{}):
		return errors.New("blob and size: one is given without the other")
	case a.Size > MaxBlobSize:
		return fmt.Errorf("encrypted batch of %d bytes, at most %d are allowed", a.Size, MaxBlobSize)
	}
	if err := CheckText(a.Topic, MaxTopicLength); err != nil {
		return fmt.Errorf("topic: %w", err)
	}
	return nil
}
