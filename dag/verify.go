package dag

import (
	"fmt"
	"io"
)

// signatureKind is the kind under which events are signed.
const signatureKind = "event"

// Verified is an event whose signature holds. Only Verify, VerifyBatch and Fields.Sign make one, so whatever takes a
// Verified need not check again.
type Verified struct{ *Event }

// signedMessage returns what the event's signature covers: its encoding without the signature.
func (e *Event) signedMessage() ([]byte, error) {
	unsigned, err := e.fields.encode(nil)
	if err != nil {
		return nil, err
	}
	return SignedMessage(signatureKind, e.fields.Network, unsigned), nil
}

// Verify checks the event's signature. The error wraps ErrSignature.
func Verify(e *Event) (Verified, error) {
	message, err := e.signedMessage()
	if err != nil {
		return Verified{}, err
	}
	if !VerifyRaw(e.fields.Key, message, e.sig) {
		return Verified{}, fmt.Errorf("event %s of %s: %w", e.id.Short(), e.fields.Key.Short(), ErrSignature)
	}
	return Verified{e}, nil
}

// VerifyBatch checks many signatures at once and returns, in the same order, a Verified for each that holds and a zero
// value for each that does not. See BatchVerifier for the randomness.
func VerifyBatch(events []*Event, random io.Reader) ([]Verified, error) {
	var batch BatchVerifier
	for _, e := range events {
		message, err := e.signedMessage()
		if err != nil {
			return nil, err
		}
		batch.Add(e.fields.Key, message, e.sig)
	}
	out := make([]Verified, len(events))
	for i, ok := range batch.Verify(random) {
		if ok {
			out[i] = Verified{events[i]}
		}
	}
	return out, nil
}

// Restore decodes a block that the caller verified before and has kept since, such as on its own disk. Bytes from anyone
// else go through Decode and Verify.
func Restore(block []byte) (Verified, error) {
	e, err := Decode(block)
	return Verified{e}, err
}
