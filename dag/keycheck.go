package dag

import (
	"errors"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"
)

// ErrNoKey says that 32 bytes are no public key of anybody.
var ErrNoKey = errors.New("not an Ed25519 public key of anybody")

// Check refuses what is no public key of anybody: bytes that are no canonical point of the curve, and the few points of
// small order, for which anyone can make signatures. ZIP-215 accepts those, so whoever lets a new key in has to ask. The error
// wraps ErrNoKey.
func (k Key) Check() error {
	compressed, err := curve.NewCompressedEdwardsYFromBytes(k[:])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	point, err := curve.NewEdwardsPoint().SetCompressedY(compressed)
	if err != nil || !compressed.IsCanonicalVartime() {
		return fmt.Errorf("%w: no point of the curve, so no private key belongs to it", ErrNoKey)
	}
	if point.IsSmallOrder() {
		return fmt.Errorf("%w: a point of small order, for which anybody can sign", ErrNoKey)
	}
	return nil
}
