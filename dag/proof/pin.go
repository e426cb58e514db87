package proof

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

const (
	pinPrefix   = "lotpin:"
	pinSumSize  = 4
	pinSize     = 8 + 32 + pinSumSize
	pinSumWords = "lot/pin/v1\n"
)

var pinEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Pin names a seal that is trusted for a reason outside the ledger, because an invitation or a person says so. Its text
// form is "lotpin:" and 71 characters of lower-case base32: epoch (8 bytes), seal id (32), and the first 4 bytes of SHA-256
// over "lot/pin/v1\n", epoch and seal id, so that a slip of the pen is noticed.
type Pin struct {
	Epoch uint64 // that the seal ended, from 1
	Seal  Hash   // the seal's id: SealLeaf.Hash
}

// Pin returns what names the seal.
func (s *Seal) Pin() Pin { return Pin{Epoch: s.Leaf.Epoch, Seal: s.Leaf.Hash()} }

// String returns the text form.
func (p Pin) String() string {
	b := make([]byte, 0, pinSize)
	b = binary.BigEndian.AppendUint64(b, p.Epoch)
	b = append(b, p.Seal[:]...)
	sum := sha256.Sum256(append([]byte(pinSumWords), b...))
	return pinPrefix + pinEncoding.EncodeToString(append(b, sum[:pinSumSize]...))
}

// ParsePin reads the text form, and no other spelling of it. The error wraps ErrMalformed.
func ParsePin(s string) (Pin, error) {
	p, err := parsePin(s)
	if err != nil {
		return Pin{}, fmt.Errorf("%w pin: %w", ErrMalformed, err)
	}
	return p, nil
}

func parsePin(s string) (p Pin, err error) {
	body, ours := strings.CutPrefix(s, pinPrefix)
	if !ours || len(body) != pinEncoding.EncodedLen(pinSize) {
		return p, fmt.Errorf("want %q and %d characters", pinPrefix, pinEncoding.EncodedLen(pinSize))
	}
	raw, err := pinEncoding.DecodeString(body)
	if err != nil {
		return p, err
	}
	p = Pin{Epoch: binary.BigEndian.Uint64(raw), Seal: Hash(raw[8:40])}
	if p.String() != s {
		return p, errors.New("its checksum does not fit, so it was mistyped or cut")
	}
	if p.Epoch == 0 || !inRange(p.Epoch) {
		return p, fmt.Errorf("epoch %d is out of range", p.Epoch)
	}
	return p, nil
}

// IsZero reports whether the pin is unset.
func (p Pin) IsZero() bool { return p == Pin{} }

// MarshalText implements encoding.TextMarshaler.
func (p Pin) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Pin) UnmarshalText(b []byte) (err error) { *p, err = ParsePin(string(b)); return err }
