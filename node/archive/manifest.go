package archive

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// format is the version of the file. A change that an older program would misread gets another number.
const format = "lot backup 1"

// Manifest says what a backup is of.
type Manifest struct {
	Format  string        `json:"format"`
	Network dag.NetworkID `json:"network"`
	Key     dag.Key       `json:"key"` // issues the gateway's events
	Name    string        `json:"name"`
	Program string        `json:"program"` // version that made it
	Created uint64        `json:"created"` // ms since the Unix epoch
	Ledger  bool          `json:"ledger"`  // whether the ledger's part is there
	Batches bool          `json:"batches"` // whether the encrypted batches are there
	Entries uint64        `json:"entries"` // of the database
	Blobs   uint64        `json:"blobs"`   // encrypted batches that were known when it began
	Bytes   uint64        `json:"bytes"`   // of entries and blobs, roughly
	Home    []string      `json:"home,omitempty"`
	// Elsewhere names files that the configuration refers to outside the home folder; they are not in the backup.
	Elsewhere []string `json:"elsewhere,omitempty"`
}

// End closes a backup.
type End struct {
	Entries uint64 `json:"entries"`
	Blobs   uint64 `json:"blobs"`
	// Missing counts encrypted batches that are not in the backup because they were not, or damaged, in the data folder.
	Missing uint64 `json:"missing"`
	// Digest is the SHA-256, in hexadecimal, over name, size and content of everything before.
	Digest string `json:"sha256"`
}

// maxJSON bounds manifest and end, in bytes.
const maxJSON = 64 << 10

// decodeManifest reads a manifest. Errors wrap ErrDamaged or ErrVersion.
func decodeManifest(b []byte) (m Manifest, err error) {
	var head struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return m, fmt.Errorf("%w: manifest: %w", ErrDamaged, err)
	}
	if head.Format != format {
		return m, fmt.Errorf("%w: %q, this program reads %q: restore it with the version that made it, or a newer one", ErrVersion, head.Format, format)
	}
	return m, strictly(b, &m)
}

// strictly decodes JSON without unknown members or a second value.
func strictly(b []byte, out any) error {
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(out); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if decoder.More() {
		return fmt.Errorf("%w: more than one JSON value", ErrDamaged)
	}
	return nil
}
