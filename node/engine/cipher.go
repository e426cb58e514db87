package engine

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// cipher returns what encrypts the batch with the given root.
func (e *Engine) cipher(root [32]byte) (aead cipher.AEAD, nonce, extra []byte) {
	key := e.config.Self.BatchKey(root)
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil { // the key has the right length
		panic(err)
	}
	return aead, make([]byte, aead.NonceSize()), append(e.config.Network.ID[:], root[:]...)
}

// errBlob says that an encrypted batch does not hold what its record says.
var errBlob = errors.New("the stored batch cannot be read")

// open decrypts a batch into its readings.
func (e *Engine) open(root [32]byte, blob []byte) ([][]byte, error) {
	aead, nonce, extra := e.cipher(root)
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
