package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"

	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/dag"
)

// Limits of an encoded chain.
const (
	// MaxChain is the most certificates.
	MaxChain = 4096
	// MaxChainSize bounds it in bytes.
	MaxChainSize = 4 << 20
)

// chainVersion is the first element of an encoded Chain.
const chainVersion = 1

// A chain is the CBOR array [version, [certificate...]] in deterministic encoding (RFC 8949 section 4.2.1). A certificate
// stands in it as the array [leaf, edge, note, next]: byte strings with SealLeaf.Encode, the edge's hashes one after the
// other, and the note; next is null or [network, [[name, weight, key]...]]. The head is not in it, as it follows.
type (
	chainWire struct {
		_            struct{} `cbor:",toarray"`
		Version      uint64
		Certificates []cbor.RawMessage
	}
	certificateWire struct {
		_    struct{} `cbor:",toarray"`
		Leaf []byte
		Edge []byte
		Note []byte
		Next *committeeWire
	}
	committeeWire struct {
		_       struct{} `cbor:",toarray"`
		Network []byte
		Members []memberWire
	}
	memberWire struct {
		_      struct{} `cbor:",toarray"`
		Name   string
		Weight uint64
		Cosign []byte
	}
)

// Each level is decoded with a bound of its own, so that a short message cannot take much memory.
var (
	chainEncoding       = must(cbor.CoreDetEncOptions().EncMode())
	chainDecoding       = must(chainLimits(MaxChain))
	certificateDecoding = must(chainLimits(MaxMembers))
)

func chainLimits(elements int) (cbor.DecMode, error) {
	return cbor.DecOptions{
		IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		MaxNestedLevels: 6, MaxArrayElements: elements, MaxMapPairs: 16,
	}.DecMode()
}

// must is for package-level values whose making can only fail by a mistake in this file.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Encode returns the chain's bytes, which DecodeChain reads. It refuses what that would not read: a chain that is too long,
// seals whose parts contradict each other, and committees that are none.
func (c Chain) Encode() ([]byte, error) {
	if len(c) > MaxChain {
		return nil, fmt.Errorf("encode chain: %d certificates, at most %d are allowed", len(c), MaxChain)
	}
	wire := chainWire{Version: chainVersion, Certificates: make([]cbor.RawMessage, len(c))}
	for i := range c {
		var err error
		if wire.Certificates[i], err = c[i].encode(); err != nil {
			return nil, fmt.Errorf("encode chain: %w", err)
		}
	}
	b, err := chainEncoding.Marshal(&wire)
	if err != nil {
		return nil, fmt.Errorf("encode chain: %w", err)
	}
	if len(b) > MaxChainSize {
		return nil, fmt.Errorf("encode chain: %d bytes, at most %d are allowed", len(b), MaxChainSize)
	}
	return b, nil
}

func (c *Certificate) encode() ([]byte, error) {
	if err := c.Seal.Check(); err != nil {
		return nil, err
	}
	if len(c.Note) > MaxNoteSize {
		return nil, fmt.Errorf("certificate of epoch %d: a note of %d bytes, at most %d are allowed", c.Seal.Leaf.Epoch, len(c.Note), MaxNoteSize)
	}
	wire := certificateWire{Leaf: c.Seal.Leaf.Encode(), Edge: make([]byte, 0, 32*len(c.Seal.Edge)), Note: list(c.Note)}
	for _, hash := range c.Seal.Edge {
		wire.Edge = append(wire.Edge, hash[:]...)
	}
	if c.Next != nil {
		if err := c.Next.Validate(); err != nil {
			return nil, fmt.Errorf("certificate of epoch %d: %w", c.Seal.Leaf.Epoch, err)
		}
		wire.Next = &committeeWire{Network: c.Next.Network[:], Members: make([]memberWire, len(c.Next.Members))}
		for i, m := range c.Next.Members {
			wire.Next.Members[i] = memberWire{Name: m.Name, Weight: m.Weight, Cosign: m.Cosign[:]}
		}
	}
	return chainEncoding.Marshal(&wire)
}

// DecodeChain reads a chain strictly: what it accepts is byte for byte what Encode writes, with seals and committees that are
// well-formed. Whether the certificates hold is for Verify to say. The error wraps ErrMalformed.
func DecodeChain(b []byte) (Chain, error) {
	c, err := decodeChain(b)
	if err != nil {
		return nil, fmt.Errorf("%w chain: %w", ErrMalformed, err)
	}
	return c, nil
}

func decodeChain(b []byte) (Chain, error) {
	if len(b) > MaxChainSize {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", len(b), MaxChainSize)
	}
	var wire chainWire
	if err := chainDecoding.Unmarshal(b, &wire); err != nil {
		return nil, err
	}
	if wire.Version != chainVersion {
		return nil, fmt.Errorf("version %d, this program reads %d", wire.Version, chainVersion)
	}
	c := make(Chain, 0, len(wire.Certificates))
	for i, raw := range wire.Certificates {
		certificate, err := decodeCertificate(raw)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", i, err)
		}
		c = append(c, certificate)
	}
	canonical, err := c.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(canonical, b) {
		return nil, errors.New("not in deterministic encoding")
	}
	return c, nil
}

func decodeCertificate(raw []byte) (c Certificate, err error) {
	var wire certificateWire
	if err := certificateDecoding.Unmarshal(raw, &wire); err != nil {
		return c, err
	}
	if len(wire.Note) > MaxNoteSize {
		return c, fmt.Errorf("a note of %d bytes, at most %d are allowed", len(wire.Note), MaxNoteSize)
	}
	c.Note = wire.Note
	if c.Seal.Leaf, err = DecodeSealLeaf(wire.Leaf); err != nil {
		return c, err
	}
	if len(wire.Edge) != 32*bits.OnesCount64(c.Seal.Leaf.Log.Size) {
		return c, fmt.Errorf("an edge of %d bytes does not fit size %d", len(wire.Edge), c.Seal.Leaf.Log.Size)
	}
	for edge := wire.Edge; len(edge) > 0; edge = edge[32:] {
		c.Seal.Edge = append(c.Seal.Edge, Hash(edge[:32]))
	}
	log, err := c.Seal.Log()
	if err != nil {
		return c, err
	}
	if c.Seal.Head, err = log.Head(); err != nil {
		return c, err
	}
	if wire.Next != nil {
		c.Next, err = wire.Next.committee(c.Seal.Leaf.Epoch + 1)
	}
	return c, err
}

func (w *committeeWire) committee(epoch uint64) (*Committee, error) {
	if len(w.Network) != len(dag.NetworkID{}) {
		return nil, fmt.Errorf("a network id of %d bytes", len(w.Network))
	}
	c := &Committee{Network: dag.NetworkID(w.Network), Epoch: epoch, Members: make([]Member, len(w.Members))}
	for i, m := range w.Members {
		if len(m.Cosign) != len(dag.Key{}) {
			return nil, fmt.Errorf("member %d has a key of %d bytes", i, len(m.Cosign))
		}
		c.Members[i] = Member{Name: m.Name, Weight: m.Weight, Cosign: dag.Key(m.Cosign)}
	}
	return c, c.Validate()
}

// MarshalJSON implements json.Marshaler: the bytes of Encode in standard base64.
func (c Chain) MarshalJSON() ([]byte, error) {
	b, err := c.Encode()
	if err != nil {
		return nil, err
	}
	return json.Marshal(b)
}

// UnmarshalJSON implements json.Unmarshaler, as strictly as DecodeChain.
func (c *Chain) UnmarshalJSON(b []byte) error {
	var raw []byte
	err := json.Unmarshal(b, &raw)
	if err != nil {
		return err
	}
	*c, err = DecodeChain(raw)
	return err
}
