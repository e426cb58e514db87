package proof

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Hash is a hash of an RFC 6962 tree with SHA-256, of a leaf, a node or a root. Its JSON form is standard base64.
type Hash = tlog.Hash

// The first byte of a leaf says which kind it is. Leaves of different kinds also differ in length.
const (
	eventLeafKind   = 0x01
	closingLeafKind = 0x02
	sealLeafKind    = 0x03
)

// closingLeafSize is the length of an encoded ClosingLeaf, in bytes.
const closingLeafSize = 1 + 32 + 8 + 8 + 32 + 32

// EventLeaf says that a payload event was ordered and what came of it. Witness events have no leaf.
type EventLeaf struct {
	Event  dag.ID
	Status ledger.Status // from the event's receipt
}

// Encode returns the 34 bytes 0x01, event id, status.
func (l EventLeaf) Encode() []byte {
	b := make([]byte, 0, 1+len(l.Event)+1)
	b = append(b, eventLeafKind)
	b = append(b, l.Event[:]...)
	return append(b, byte(l.Status))
}

// Hash returns the RFC 6962 leaf hash.
func (l EventLeaf) Hash() Hash { return tlog.RecordHash(l.Encode()) }

// ClosingLeaf follows the last event leaf of a commit. Commits that ordered no payload have none.
type ClosingLeaf struct {
	Leader    dag.ID   // the committed event whose cone was ordered
	Number    uint64   // of the commit, from 1
	Time      uint64   // ledger time in ms since the Unix epoch
	State     [32]byte // root of the ledger's state after the commit
	Committee Hash     // Committee.Hash of those who cosign
}

// Encode returns the 113 bytes 0x02, leader id, number, time, state root, committee hash; integers take 8 bytes, most
// significant first.
func (l ClosingLeaf) Encode() []byte {
	b := make([]byte, 0, closingLeafSize)
	b = append(b, closingLeafKind)
	b = append(b, l.Leader[:]...)
	b = binary.BigEndian.AppendUint64(b, l.Number)
	b = binary.BigEndian.AppendUint64(b, l.Time)
	b = append(b, l.State[:]...)
	return append(b, l.Committee[:]...)
}

// DecodeClosingLeaf reads a closing leaf strictly. The error wraps ErrMalformed.
func DecodeClosingLeaf(b []byte) (ClosingLeaf, error) {
	if err := checkLeaf(b, closingLeafKind, closingLeafSize); err != nil {
		return ClosingLeaf{}, fmt.Errorf("%w closing leaf: %w", ErrMalformed, err)
	}
	l := ClosingLeaf{
		Leader:    dag.ID(b[1:33]),
		Number:    binary.BigEndian.Uint64(b[33:]),
		Time:      binary.BigEndian.Uint64(b[41:]),
		State:     [32]byte(b[49:81]),
		Committee: Hash(b[81:]),
	}
	if !inRange(l.Number, l.Time) {
		return ClosingLeaf{}, fmt.Errorf("%w closing leaf: a number is out of range", ErrMalformed)
	}
	return l, nil
}

// Hash returns the RFC 6962 leaf hash.
func (l ClosingLeaf) Hash() Hash { return tlog.RecordHash(l.Encode()) }

// checkLeaf checks the kind and length of an encoded leaf.
func checkLeaf(b []byte, kind byte, size int) error {
	switch {
	case len(b) != size:
		return fmt.Errorf("%d bytes, want %d", len(b), size)
	case b[0] != kind:
		return errors.New("it is of another kind")
	}
	return nil
}
