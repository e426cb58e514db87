package dag

import (
	"errors"
	"fmt"
	"io"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// Signature is an Ed25519 signature. It is verified by ZIP-215 wherever Lot verifies one, singly or in batches, so that
// no two nodes and no two code paths can disagree about it (https://zips.z.cash/zip-0215).
type Signature [64]byte

// ErrSignature says that a signature does not hold for its key and message.
var ErrSignature = errors.New("signature does not match key and content")

var zip215 = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

// SignedMessage returns what a signature of the given kind covers: "lot/<kind>/v1\n", the network id, and body. The prefix
// keeps a signature made for one purpose from being used for another; nobody ever signs bytes that another chose.
func SignedMessage(kind string, network NetworkID, body []byte) []byte {
	message := make([]byte, 0, len("lot/")+len(kind)+len("/v1\n")+len(network)+len(body))
	message = append(message, "lot/"...)
	message = append(message, kind...)
	message = append(message, "/v1\n"...)
	message = append(message, network[:]...)
	return append(message, body...)
}

// Signer signs with one Ed25519 key. The key may be in memory, in a vault, or on another machine.
type Signer interface {
	// Key returns the public key.
	Key() Key
	// Sign signs SignedMessage(kind, network, body).
	Sign(kind string, network NetworkID, body []byte) (Signature, error)
}

// MemorySigner is a Signer that holds its private key in memory.
type MemorySigner struct {
	private ed25519.PrivateKey
	public  Key
}

// NewSigner returns the signer of a 32-byte Ed25519 seed (RFC 8032 private key).
func NewSigner(seed [32]byte) *MemorySigner {
	private := ed25519.NewKeyFromSeed(seed[:])
	return &MemorySigner{private: private, public: Key(private[32:])}
}

// Format implements fmt.Formatter for every verb: only the public key is ever shown.
func (s *MemorySigner) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "signer of "+s.public.String())
}

// Key implements Signer.
func (s *MemorySigner) Key() Key { return s.public }

// Sign implements Signer. It never fails.
func (s *MemorySigner) Sign(kind string, network NetworkID, body []byte) (Signature, error) {
	return s.SignRaw(SignedMessage(kind, network, body)), nil
}

// SignRaw signs message as it is, for formats whose signed bytes are fixed elsewhere: C2SP cosignatures and the plain
// JSON reading. The caller makes sure that those keys sign nothing else.
func (s *MemorySigner) SignRaw(message []byte) Signature {
	return Signature(ed25519.Sign(s.private, message))
}

// VerifySignature checks a signature over SignedMessage(kind, network, body) by ZIP-215.
func VerifySignature(key Key, kind string, network NetworkID, body []byte, sig Signature) bool {
	return VerifyRaw(key, SignedMessage(kind, network, body), sig)
}

// VerifyRaw checks a signature over message as it is, by ZIP-215.
func VerifyRaw(key Key, message []byte, sig Signature) bool {
	return ed25519.VerifyWithOptions(key[:], message, sig[:], zip215)
}

// BatchVerifier checks many signatures at once, which costs about half of checking them one by one. It is not safe for
// concurrent use; its zero value is ready.
type BatchVerifier struct {
	batch *ed25519.BatchVerifier
	count int
}

// Add queues a signature over message as it is.
func (b *BatchVerifier) Add(key Key, message []byte, sig Signature) {
	if b.batch == nil {
		b.batch = ed25519.NewBatchVerifier()
	}
	b.batch.AddWithOptions(key[:], message, sig[:], zip215)
	b.count++
}

// Verify checks all that was added, in order, and empties the batch. The randomness blinds the combined equation: it
// must be unpredictable to whoever made the signatures. On a failing batch every signature is checked by itself, so one
// bad signature never spoils the others.
func (b *BatchVerifier) Verify(random io.Reader) []bool {
	if b.count == 0 {
		return nil
	}
	_, valid := b.batch.Verify(random)
	b.batch.Reset()
	b.count = 0
	return valid
}
