package proof

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag"
)

// SealLeaf ends an epoch: it is the last leaf of the commit that sealed it. Its hash is the seal's id, from which the next
// epoch's graph and leaders follow.
type SealLeaf struct {
	Epoch     uint64   // that it ends, from 1
	Leader    dag.ID   // the committed event whose cone was ordered last
	Number    uint64   // of the commit, from 1
	Ordered   uint64   // events that are ordered up to it, of all epochs
	Time      uint64   // ledger time in ms since the Unix epoch
	State     [32]byte // root of the ledger's state that the next epoch begins with
	Committee Hash     // Committee.Hash of those who cosign in the next epoch
	Version   uint64   // of the protocol in the next epoch
	Log       TreeHead // of all leaves before this one: so the seal's id stands for the whole log up to it
}

// sealLeafSize is the length of an encoded SealLeaf, in bytes.
const sealLeafSize = 1 + 8 + 32 + 8 + 8 + 8 + 32 + 32 + 8 + 8 + 32

// Encode returns the 177 bytes 0x03, epoch, leader id, number, events ordered, time, state root, committee hash, version, size and
// root of the log before it; integers take 8 bytes, most significant first.
func (l SealLeaf) Encode() []byte {
	b := make([]byte, 0, sealLeafSize)
	b = append(b, sealLeafKind)
	b = binary.BigEndian.AppendUint64(b, l.Epoch)
	b = append(b, l.Leader[:]...)
	b = binary.BigEndian.AppendUint64(b, l.Number)
	b = binary.BigEndian.AppendUint64(b, l.Ordered)
	b = binary.BigEndian.AppendUint64(b, l.Time)
	b = append(b, l.State[:]...)
	b = append(b, l.Committee[:]...)
	b = binary.BigEndian.AppendUint64(b, l.Version)
	b = binary.BigEndian.AppendUint64(b, l.Log.Size)
	return append(b, l.Log.Root[:]...)
}

// DecodeSealLeaf reads a seal leaf strictly. The error wraps ErrMalformed.
func DecodeSealLeaf(b []byte) (SealLeaf, error) {
	if err := checkLeaf(b, sealLeafKind, sealLeafSize); err != nil {
		return SealLeaf{}, fmt.Errorf("%w seal leaf: %w", ErrMalformed, err)
	}
	l := SealLeaf{
		Epoch:     binary.BigEndian.Uint64(b[1:]),
		Leader:    dag.ID(b[9:41]),
		Number:    binary.BigEndian.Uint64(b[41:]),
		Ordered:   binary.BigEndian.Uint64(b[49:]),
		Time:      binary.BigEndian.Uint64(b[57:]),
		State:     [32]byte(b[65:97]),
		Committee: Hash(b[97:129]),
		Version:   binary.BigEndian.Uint64(b[129:]),
		Log:       TreeHead{Size: binary.BigEndian.Uint64(b[137:]), Root: Hash(b[145:])},
	}
	if err := l.check(); err != nil {
		return SealLeaf{}, fmt.Errorf("%w seal leaf: %w", ErrMalformed, err)
	}
	return l, nil
}

// check refuses numbers that no log can hold.
func (l SealLeaf) check() error {
	if l.Epoch == 0 || !inRange(l.Epoch+1, l.Number, l.Ordered, l.Time, l.Version, l.Log.Size+1) {
		return errors.New("a number is out of range")
	}
	return nil
}

// Hash returns the RFC 6962 leaf hash, which is the seal's id.
func (l SealLeaf) Hash() Hash { return tlog.RecordHash(l.Encode()) }
