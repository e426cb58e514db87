package engine

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/ledgerofthings/lot/dag"
)

// errBlob says that an encrypted batch does not hold what its record says.
var errBlob = errors.New("the stored batch cannot be read")

// Cipher encrypts and decrypts a node's batches. It holds no state of the engine, so it may be used while the engine is
// stepped; by several goroutines if Self.BatchKey may be.
type Cipher struct {
	network dag.NetworkID
	key     func(root [32]byte) [32]byte
}

// Cipher returns what encrypts the batches of this node.
func (e *Engine) Cipher() Cipher { return Cipher{e.network.ID, e.config.Self.BatchKey} }

// of returns what encrypts the batch with the given root.
func (c Cipher) of(root [32]byte) (aead cipher.AEAD, nonce, extra []byte) {
	key := c.key(root)
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil { // the key has the right length
		panic(err)
	}
	return aead, make([]byte, aead.NonceSize()), append(c.network[:], root[:]...)
}

// seal encrypts readings with XChaCha20-Poly1305 under the key of their root. The plaintext is each reading after its
// length in 4 big-endian bytes. The nonce is zero: a key is used for one plaintext only, since the root is the plaintext's
// hash. The network id and the root are authenticated along.
func (c Cipher) seal(root [32]byte, leaves [][]byte) []byte {
	var plain []byte
	for _, leaf := range leaves {
		plain = binary.BigEndian.AppendUint32(plain, uint32(len(leaf)))
		plain = append(plain, leaf...)
	}
	aead, nonce, extra := c.of(root)
	return aead.Seal(nil, nonce, plain, extra)
}

// Open decrypts the blob of a batch into its readings, as they were received.
func (c Cipher) Open(b *Batch, blob []byte) ([][]byte, error) {
	aead, nonce, extra := c.of([32]byte(b.Root))
	plain, err := aead.Open(nil, nonce, blob, extra)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBlob, err)
	}
	var leaves [][]byte
	for len(plain) >= 4 {
		n := uint64(binary.BigEndian.Uint32(plain))
		plain = plain[4:]
		if n > uint64(len(plain)) {
			return nil, errBlob
		}
		leaves, plain = append(leaves, plain[:n]), plain[n:]
	}
	if len(plain) != 0 {
		return nil, errBlob
	}
	return leaves, nil
}
