package ledger

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// ErrPayload is wrapped by every error of a payload decoder or encoder: the body is not what its kind asks for.
var ErrPayload = errors.New("malformed payload")

// maxPayload bounds the payloads of this package, in bytes. The largest valid one is well below it; the bound is there so
// that no decoder works on a body as long as an event may be.
const maxPayload = 1 << 10

// Payload bodies are dag-cbor maps (https://ipld.io/specs/codecs/dag-cbor/spec/): all keys present, sorted by length and
// then by bytes, definite lengths, shortest integers, no floats.
var (
	encMode = must(cbor.EncOptions{Sort: cbor.SortLengthFirst}.EncMode())
	decMode = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		MaxNestedLevels:   4,
		MaxArrayElements:  16,
		MaxMapPairs:       16,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}.DecMode())
)

// must is for package-level values whose making can only fail by a mistake in this file.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// payload is what a body decodes to: it knows its kind and which of its values are allowed.
type payload interface {
	kind() string
	check() error
}

// encodePayload checks p and returns its body. Errors wrap ErrPayload.
func encodePayload(p payload) ([]byte, error) {
	err := p.check()
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w: %w", p.kind(), ErrPayload, err)
	}
	body, err := encMode.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w: %w", p.kind(), ErrPayload, err)
	}
	return body, nil
}

// decodePayload reads body strictly into a T: whatever decodes is the only body that decodes to that value. Encoding it
// again is what proves this; it also catches digests of a wrong length, absent keys and null. Errors wrap ErrPayload.
func decodePayload[T payload](body []byte) (p T, err error) {
	fail := func(err error) (T, error) {
		var none T
		return none, fmt.Errorf("decode %s: %w: %w", p.kind(), ErrPayload, err)
	}
	if len(body) > maxPayload {
		return fail(fmt.Errorf("%d bytes, at most %d are allowed", len(body), maxPayload))
	}
	if err := decMode.Unmarshal(body, &p); err != nil {
		return fail(err)
	}
	if err := p.check(); err != nil {
		return fail(err)
	}
	canonical, err := encMode.Marshal(p)
	if err != nil {
		return fail(err)
	}
	if !bytes.Equal(canonical, body) {
		return fail(errors.New("not in canonical dag-cbor, or a key is absent"))
	}
	return p, nil
}
