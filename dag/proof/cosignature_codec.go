package proof

import (
	"encoding/binary"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// CosignatureSize is the length of an encoded Cosignature, in bytes.
const CosignatureSize = 1 + 8 + 32 + 8 + 1 + 8 + 64

// cosignatureVersion is the first byte of an encoded Cosignature.
const cosignatureVersion = 2

// Encode returns the message that travels between gateways, CosignatureSize bytes: version 2, size (8), root (32), epoch
// (8), member (1), timestamp (8), signature (64); integers are most significant byte first. The network is not in it: the signature
// covers the origin line, which names the network.
func (c Cosignature) Encode() []byte {
	b := make([]byte, 0, CosignatureSize)
	b = append(b, cosignatureVersion)
	b = binary.BigEndian.AppendUint64(b, c.Head.Size)
	b = append(b, c.Head.Root[:]...)
	b = binary.BigEndian.AppendUint64(b, c.Epoch)
	b = append(b, byte(c.Member))
	b = binary.BigEndian.AppendUint64(b, c.Timestamp)
	return append(b, c.Signature[:]...)
}

// DecodeCosignature reads the message strictly. The error wraps ErrMalformed.
func DecodeCosignature(b []byte) (Cosignature, error) {
	if len(b) != CosignatureSize {
		return Cosignature{}, fmt.Errorf("%w cosignature: %d bytes, want %d", ErrMalformed, len(b), CosignatureSize)
	}
	if b[0] != cosignatureVersion {
		return Cosignature{}, fmt.Errorf("%w cosignature: version %d, this program reads %d", ErrMalformed, b[0], cosignatureVersion)
	}
	c := Cosignature{
		Head:      TreeHead{Size: binary.BigEndian.Uint64(b[1:]), Root: Hash(b[9:41])},
		Epoch:     binary.BigEndian.Uint64(b[41:]),
		Member:    int(b[49]),
		Timestamp: binary.BigEndian.Uint64(b[50:]),
		Signature: dag.Signature(b[58:]),
	}
	return c, c.check()
}
