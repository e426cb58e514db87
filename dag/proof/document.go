package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// MaxFileSize bounds a proof file and a state proof, in bytes. Without a chain they have a few thousand; the longest chain
// in base64 fits.
const MaxFileSize = 8 << 20

// encodeDocument returns v as JSON in the one spelling that proofs are kept in: fields in their order, indented by two spaces,
// with a newline at the end.
func encodeDocument(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	if b.Len() > MaxFileSize {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", b.Len(), MaxFileSize)
	}
	return b.Bytes(), nil
}

// document is a File or a StateProof.
type document interface {
	// Encode returns the document's bytes.
	Encode() ([]byte, error)
	// formats returns what its first field says, and what it has to say.
	formats() (got, want string)
}

// parseDocument reads JSON into d, whose Encode then has to give the same bytes again.
func parseDocument(b []byte, d document) error {
	if len(b) > MaxFileSize {
		return fmt.Errorf("%d bytes, at most %d are allowed", len(b), MaxFileSize)
	}
	if err := json.Unmarshal(b, d); err != nil {
		return err
	}
	if got, want := d.formats(); got != want {
		return fmt.Errorf("its format is %q, this program reads %q", got, want)
	}
	canonical, err := d.Encode()
	if err != nil {
		return err
	}
	if !bytes.Equal(canonical, b) {
		return fmt.Errorf("byte %d is not as the format has it; was the file edited or reformatted?", firstDifference(canonical, b))
	}
	return nil
}

// list makes nothing an empty list, so that it has one spelling.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
