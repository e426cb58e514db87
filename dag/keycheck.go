package dag

import (
	"errors"

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
		return errors.Join(ErrNoKey, err)
	}
	point, err := curve.NewEdwardsPoint().SetCompressedY(compressed)
	if err != nil || !compressed.IsCanonicalVartime() {
		return errors.Join(ErrNoKey, errors.New("no point of the curve: no private key belongs to it"))
	}
	if point.IsSmallOrder() {
		return errors.Join(ErrNoKey, errors.New("a point of small order: anybody can sign for it"))
	}
	return nil
}
