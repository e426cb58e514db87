package vault

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

const (
	// MaxNameLength bounds the name of a seed, in bytes.
	MaxNameLength = 32
	// MaxSeeds bounds how many seeds a vault holds.
	MaxSeeds = 64
	// contentVersion is the format of what is encrypted: a CBOR map {"v": 1, "seeds": {name: 32 bytes}}.
	contentVersion = 1
)

type content struct {
	Version uint64            `cbor:"v"`
	Seeds   map[string][]byte `cbor:"seeds"`
}

var contentDecoding = cbor.DecOptions{
	DupMapKey:         cbor.DupMapKeyEnforcedAPF,
	IndefLength:       cbor.IndefLengthForbidden,
	TagsMd:            cbor.TagsForbidden,
	ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	MaxNestedLevels:   4,
	MaxMapPairs:       MaxSeeds,
}

// encodeContent returns the plain text of a vault: deterministic CBOR (RFC 8949, section 4.2.1).
func encodeContent(seeds map[string][32]byte) ([]byte, error) {
	c := content{Version: contentVersion, Seeds: make(map[string][]byte, len(seeds))}
	for name, seed := range seeds {
		c.Seeds[name] = seed[:]
	}
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(c)
}

// decodeContent reads the plain text of a vault strictly. Its errors wrap ErrCorrupt.
func decodeContent(plain []byte) (map[string][32]byte, error) {
	mode, err := contentDecoding.DecMode()
	if err != nil {
		return nil, err
	}
	var c content
	if err := mode.Unmarshal(plain, &c); err != nil {
		return nil, fmt.Errorf("%w: content: %w", ErrCorrupt, err)
	}
	if c.Version != contentVersion {
		return nil, fmt.Errorf("%w: content has version %d, this program reads %d", ErrCorrupt, c.Version, contentVersion)
	}
	seeds := make(map[string][32]byte, len(c.Seeds))
	for _, name := range slices.Sorted(maps.Keys(c.Seeds)) {
		if err := checkName(name); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if len(c.Seeds[name]) != 32 {
			return nil, fmt.Errorf("%w: seed %q has %d bytes, want 32", ErrCorrupt, name, len(c.Seeds[name]))
		}
		seeds[name] = [32]byte(c.Seeds[name])
	}
	return seeds, nil
}

// checkName allows words of lower-case letters, digits and dashes.
func checkName(name string) error {
	if name == "" || len(name) > MaxNameLength {
		return fmt.Errorf("%w %.40q: want 1 to %d characters", ErrName, name, MaxNameLength)
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return fmt.Errorf("%w %q: want lower-case letters, digits and dashes", ErrName, name)
		}
	}
	return nil
}
