package reading

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// Sign returns the JSON of a reading, signed by the device's key: what Parse and Verify accept. An error wraps ErrMalformed
// and says which part of the message is out of range.
func Sign(signer *dag.MemorySigner, m Message) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("sign: %w: %w", ErrMalformed, err)
	}
	sum := digest(signer.Key(), &m)
	sig := signer.SignRaw(sum[:])
	out := appendCanonical([]byte(`{"msg":`), signer.Key().String(), &m)
	out = append(out, `,"sig":"`...)
	out = signatureEncoding.AppendEncode(out, sig[:])
	return append(out, `"}`...), nil
}
