package dag

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multibase"
	"github.com/multiformats/go-multihash"
)

// The identifiers below are 32 bytes each. They are separate types, and their text forms have different prefixes, so
// that a value pasted where another kind is expected is refused instead of being taken for something else.
type (
	// ID names an event: the sha2-256 digest of its dag-cbor block. Its text form is the block's CIDv1 in base32.
	ID [32]byte
	// Key is an Ed25519 public key. Its text form is a did:key identifier (W3C did:key, multicodec 0xed).
	Key [32]byte
	// Account is the stable id of whoever acts on the ledger; keys come and go, the account stays. Text form: "acct:" and
	// 52 characters of lower-case base32 without padding.
	Account [32]byte
	// NetworkID is the hash of a network's genesis. Text form: "lotnet:" and base32.
	NetworkID [32]byte
)

const (
	accountPrefix = "acct:"
	networkPrefix = "lotnet:"
	keyPrefix     = "did:key:"

	// idTextLength is one character for the multibase prefix and 58 for the 36 bytes of a binary CID in base32.
	idTextLength = 59
)

// cidPrefix precedes the digest in the binary CID of an event: version 1, dag-cbor, sha2-256, 32 bytes.
var cidPrefix = []byte{0x01, 0x71, 0x12, 0x20}

// ed25519Multicodec is the varint of multicodec 0xed (ed25519-pub), which did:key puts before the key.
var ed25519Multicodec = []byte{0xed, 0x01}

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// HashBlock returns the id of a dag-cbor block.
func HashBlock(block []byte) ID { return sha256.Sum256(block) }

// CID returns the IPLD content identifier of the event.
func (id ID) CID() cid.Cid {
	hash, err := multihash.Encode(id[:], multihash.SHA2_256)
	if err != nil { // a 32-byte digest with a known code always encodes
		panic(err)
	}
	return cid.NewCidV1(cid.DagCBOR, hash)
}

// ParseID reads the text form of an ID, and no other spelling of the same CID.
func ParseID(s string) (ID, error) {
	if len(s) != idTextLength { // checked first: some multibase encodings take quadratic time to decode
		return ID{}, fmt.Errorf("event id: %d characters, want the %d of a CIDv1 in base32", len(s), idTextLength)
	}
	c, err := cid.Decode(s)
	if err != nil {
		return ID{}, fmt.Errorf("event id %q: %w", s, err)
	}
	raw := c.Bytes()
	if !bytes.HasPrefix(raw, cidPrefix) || len(raw) != len(cidPrefix)+len(ID{}) {
		return ID{}, fmt.Errorf("event id %q: not a CIDv1 of a dag-cbor block hashed with sha2-256", s)
	}
	id := ID(raw[len(cidPrefix):])
	if id.String() != s {
		return ID{}, fmt.Errorf("event id %q: not in the canonical spelling %s", s, id)
	}
	return id, nil
}

// String returns the CID in base32. It is written on its own, not through package cid, because logs call it often.
func (id ID) String() string {
	return "b" + base32Lower.EncodeToString(append(bytes.Clone(cidPrefix), id[:]...))
}

// Short returns the last eight characters of the text form, for people to tell events apart on a screen.
func (id ID) Short() string { s := id.String(); return s[len(s)-8:] }

// IsZero reports whether the id is unset.
func (id ID) IsZero() bool { return id == ID{} }

// Compare orders ids by their bytes.
func (id ID) Compare(other ID) int { return bytes.Compare(id[:], other[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID) UnmarshalText(b []byte) (err error) { *id, err = ParseID(string(b)); return err }

// ParseKey reads a did:key of an Ed25519 public key.
func ParseKey(s string) (Key, error) {
	body, ok := strings.CutPrefix(s, keyPrefix)
	if !ok {
		return Key{}, fmt.Errorf("key %q: want a text that begins with did:key:z", s)
	}
	if len(body) > 64 { // 48 characters for Ed25519; the bound keeps base58 decoding cheap
		return Key{}, errors.New("key: longer than an Ed25519 did:key")
	}
	encoding, raw, err := multibase.Decode(body)
	if err != nil {
		return Key{}, fmt.Errorf("key %q: %w", s, err)
	}
	if encoding != multibase.Base58BTC || !bytes.HasPrefix(raw, ed25519Multicodec) || len(raw) != 2+len(Key{}) {
		return Key{}, fmt.Errorf("key %q: not an Ed25519 public key in base58btc", s)
	}
	return Key(raw[2:]), nil
}

// String returns the did:key form.
func (k Key) String() string {
	s, err := multibase.Encode(multibase.Base58BTC, append(bytes.Clone(ed25519Multicodec), k[:]...))
	if err != nil { // base58btc encodes any bytes
		panic(err)
	}
	return keyPrefix + s
}

// Short returns the last eight characters of the text form.
func (k Key) Short() string { s := k.String(); return s[len(s)-8:] }

// IsZero reports whether the key is unset.
func (k Key) IsZero() bool { return k == Key{} }

// Compare orders keys by their bytes.
func (k Key) Compare(other Key) int { return bytes.Compare(k[:], other[:]) }

// MarshalText implements encoding.TextMarshaler.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *Key) UnmarshalText(b []byte) (err error) { *k, err = ParseKey(string(b)); return err }

// AccountOf returns the account that is born with a key: SHA-256 over "lot/account/v1\n" and the key. It stays the same
// when the account later acts through other keys.
func AccountOf(k Key) Account {
	return sha256.Sum256(append([]byte("lot/account/v1\n"), k[:]...))
}

// ParseAccount reads the text form of an Account.
func ParseAccount(s string) (Account, error) {
	raw, err := parsePrefixed(s, accountPrefix)
	if err != nil {
		return Account{}, fmt.Errorf("account %q: %w", s, err)
	}
	return Account(raw), nil
}

// String returns the text form, "acct:...".
func (a Account) String() string { return accountPrefix + base32Lower.EncodeToString(a[:]) }

// IsZero reports whether the account is unset.
func (a Account) IsZero() bool { return a == Account{} }

// Compare orders accounts by their bytes.
func (a Account) Compare(other Account) int { return bytes.Compare(a[:], other[:]) }

// MarshalText implements encoding.TextMarshaler.
func (a Account) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Account) UnmarshalText(b []byte) (err error) { *a, err = ParseAccount(string(b)); return err }

// ParseNetworkID reads the text form of a NetworkID.
func ParseNetworkID(s string) (NetworkID, error) {
	raw, err := parsePrefixed(s, networkPrefix)
	if err != nil {
		return NetworkID{}, fmt.Errorf("network id %q: %w", s, err)
	}
	return NetworkID(raw), nil
}

// String returns the text form, "lotnet:...".
func (n NetworkID) String() string { return networkPrefix + base32Lower.EncodeToString(n[:]) }

// IsZero reports whether the network id is unset.
func (n NetworkID) IsZero() bool { return n == NetworkID{} }

// MarshalText implements encoding.TextMarshaler.
func (n NetworkID) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *NetworkID) UnmarshalText(b []byte) (err error) {
	*n, err = ParseNetworkID(string(b))
	return err
}

// parsePrefixed decodes prefix + base32 of 32 bytes and refuses any second spelling of the same value.
func parsePrefixed(s, prefix string) (out [32]byte, err error) {
	body, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return out, fmt.Errorf("want the prefix %q", prefix)
	}
	raw, err := base32Lower.DecodeString(body)
	if err != nil {
		return out, err
	}
	if len(raw) != len(out) || base32Lower.EncodeToString(raw) != body {
		return out, errors.New("want 52 characters of lower-case base32")
	}
	return [32]byte(raw), nil
}
