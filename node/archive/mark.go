package archive

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Restored is the mark of a data folder that comes from a backup. What it knows of its own chain of events may be old, since
// the gateway may have gone on after the backup. Whoever runs it must not issue events, not even as the network's only
// member, before either
//
//   - members of more than two thirds of the committee's weight, this gateway left out, have told all that they hold, or
//   - an epoch has begun that is younger than every one that existed when it was restored: there the chain begins anew, or
//   - the operator overrides, as after a blackout;
//
// and then deletes the mark. A third, which does for a restart, is too little here: the newest own event may be known to
// members outside it alone, where a restart has it on its own disk.
type Restored struct {
	At      uint64 `cbor:"at"`      // when it was restored, ms since the Unix epoch
	Created uint64 `cbor:"created"` // when the backup was made, ms since the Unix epoch
}

// Repair is the mark of a data folder from which a repair took what was damaged. At the next start the gateway does what it
// says and deletes the mark.
type Repair struct {
	At uint64 `cbor:"at" json:"at"` // ms since the Unix epoch
	// Rebuild: receipts or hashes of the current epoch are gone. The replay of its events writes them again.
	Rebuild bool `cbor:"rebuild,omitempty" json:"rebuild,omitempty"`
	// Salvaged: events wait under SalvagedPrefix. See Salvage.
	Salvaged bool `cbor:"salvaged,omitempty" json:"salvaged,omitempty"`
	// State: entries of the state or epoch records are gone. The state is to be had by a snapshot from peers, or, in the
	// first epoch, from genesis.
	State bool `cbor:"state,omitempty" json:"state,omitempty"`
	// Blobs: encrypted batches are gone. See MissingBlobs.
	Blobs bool `cbor:"blobs,omitempty" json:"blobs,omitempty"`
}

// Empty reports whether there is nothing to be done.
func (r Repair) Empty() bool { return !r.Rebuild && !r.Salvaged && !r.State && !r.Blobs }

// Merge returns what both say.
func (r Repair) Merge(earlier Repair) Repair {
	return Repair{
		At: max(r.At, earlier.At), Rebuild: r.Rebuild || earlier.Rebuild, Salvaged: r.Salvaged || earlier.Salvaged,
		State: r.State || earlier.State, Blobs: r.Blobs || earlier.Blobs,
	}
}

// Encode returns the value under RestoredKey.
func (r Restored) Encode() []byte { return encodeMark(r) }

// Encode returns the value under RepairKey.
func (r Repair) Encode() []byte { return encodeMark(r) }

// DecodeRestored reads the value under RestoredKey.
func DecodeRestored(b []byte) (Restored, error) { return decodeMark[Restored](b) }

// DecodeRepair reads the value under RepairKey.
func DecodeRepair(b []byte) (Repair, error) { return decodeMark[Repair](b) }

var (
	markEnc = must(cbor.CoreDetEncOptions().EncMode())
	markDec = must(cbor.DecOptions{IndefLength: cbor.IndefLengthForbidden, DupMapKey: cbor.DupMapKeyEnforcedAPF}.DecMode())
)

// must is for package-level values whose making can only fail by a mistake in this file.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func encodeMark(mark any) []byte { return must(markEnc.Marshal(mark)) } // integers and booleans encode

func decodeMark[T any](b []byte) (mark T, err error) {
	if err := markDec.Unmarshal(b, &mark); err != nil {
		return mark, fmt.Errorf("mark in the data folder: %w", err)
	}
	return mark, nil
}
