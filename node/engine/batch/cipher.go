package batch

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/ledgerofthings/lot/dag"
)

// ErrCipher says that an encrypted batch is damaged, or was encrypted under another key.
var ErrCipher = errors.New("the encrypted batch cannot be read")

// Cipher encrypts and decrypts a gateway's batches. It may be used by several goroutines if its key function may be.
type Cipher struct {
	network dag.NetworkID
	key     func(root [32]byte) [32]byte
}

// NewCipher returns the cipher of a gateway. key derives the key of a batch from its Merkle root; it must be a secret of the gateway.
func NewCipher(network dag.NetworkID, key func(root [32]byte) [32]byte) Cipher {
	return Cipher{network, key}
}

// of returns what encrypts the batch with the given root.
func (c Cipher) of(root [32]byte) (aead cipher.AEAD, nonce, extra []byte) {
	key := c.key(root)
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil { // the key has the right length
		panic(err)
	}
	return aead, make([]byte, aead.NonceSize()), append(c.network[:], root[:]...)
}

// Seal encrypts readings with XChaCha20-Poly1305 under the key of their root. The plaintext is each reading after its length in 4
// big-endian bytes. The nonce is zero: a key is used for one plaintext only, since the root is the plaintext's hash. The network id
// and the root are authenticated along.
func (c Cipher) Seal(root [32]byte, readings [][]byte) []byte {
	var plain []byte
	for _, r := range readings {
		plain = binary.BigEndian.AppendUint32(plain, uint32(len(r)))
		plain = append(plain, r...)
	}
	aead, nonce, extra := c.of(root)
	return aead.Seal(nil, nonce, plain, extra)
}

// Open decrypts the batch with that root into its readings, as they were received. The error wraps ErrCipher.
func (c Cipher) Open(root [32]byte, blob []byte) ([][]byte, error) {
	aead, nonce, extra := c.of(root)
	plain, err := aead.Open(nil, nonce, blob, extra)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCipher, err)
	}
	var readings [][]byte
	for len(plain) >= 4 {
		n := uint64(binary.BigEndian.Uint32(plain))
		plain = plain[4:]
		if n > uint64(len(plain)) {
			return nil, fmt.Errorf("%w: a reading is cut off", ErrCipher)
		}
		readings, plain = append(readings, plain[:n]), plain[n:]
	}
	if len(plain) != 0 {
		return nil, fmt.Errorf("%w: bytes are left over", ErrCipher)
	}
	return readings, nil
}
