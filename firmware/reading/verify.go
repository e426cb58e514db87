package reading

import (
	"fmt"
	"io"

	"github.com/ledgerofthings/lot/dag"
)

// Verified is a reading whose signature holds. Only Verify and VerifyBatch make one, so whatever takes a Verified need not
// check again.
type Verified struct{ reading *Reading }

// Reading returns the reading; nil for the zero value.
func (v Verified) Reading() *Reading { return v.reading }

// IsZero reports whether there is no reading in it, which is how VerifyBatch marks a bad signature.
func (v Verified) IsZero() bool { return v.reading == nil }

// Verify checks the signature of a reading by ZIP-215. The error wraps dag.ErrSignature.
func Verify(r *Reading) (Verified, error) {
	if !dag.VerifyRaw(r.device, r.digest[:], r.sig) {
		return Verified{}, fmt.Errorf("reading %d of %s: %w", r.message.Seq, r.device.Short(), dag.ErrSignature)
	}
	return Verified{r}, nil
}

// VerifyBatch checks many signatures at once and returns, in the same order, a Verified for each that holds and a zero
// value for each that does not. An entry that is nil counts as bad. See dag.BatchVerifier for the randomness.
func VerifyBatch(readings []*Reading, random io.Reader) []Verified {
	var batch dag.BatchVerifier
	queued := make([]int, 0, len(readings))
	for i, r := range readings {
		if r != nil {
			batch.Add(r.device, r.digest[:], r.sig)
			queued = append(queued, i)
		}
	}
	out := make([]Verified, len(readings))
	for n, ok := range batch.Verify(random) {
		if ok {
			out[queued[n]] = Verified{readings[queued[n]]}
		}
	}
	return out
}
