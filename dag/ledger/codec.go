package ledger

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// ErrPayload is wrapped by every error of a payload decoder or encoder: the body is not what its kind asks for.
var ErrPayload = errors.New("malformed payload")

// maxPayload bounds the payloads of this package, in bytes. The largest valid one is well below it.
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
		MaxNestedLevels:   8,
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

// PayloadCodec writes and reads the bodies of one payload kind, or other records that have exactly one form.
type PayloadCodec[T any] struct {
	Kind    string        // of the payload, for errors
	MaxSize int           // bytes; there so that no decoder works on a body as long as an event may be
	Check   func(T) error // says what is not allowed about a value
}

// Encode checks p and returns its body. Errors wrap ErrPayload.
func (c PayloadCodec[T]) Encode(p T) ([]byte, error) {
	err := c.Check(p)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w: %w", c.Kind, ErrPayload, err)
	}
	body, err := encMode.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w: %w", c.Kind, ErrPayload, err)
	}
	return body, nil
}

// Decode reads body strictly: whatever decodes is the only body that decodes to that value. Encoding it again is what
// proves this; it also catches digests of a wrong length, absent keys and null. Errors wrap ErrPayload.
func (c PayloadCodec[T]) Decode(body []byte) (p T, err error) {
	fail := func(err error) (T, error) {
		var none T
		return none, fmt.Errorf("decode %s: %w: %w", c.Kind, ErrPayload, err)
	}
	if len(body) > c.MaxSize {
		return fail(fmt.Errorf("%d bytes, at most %d are allowed", len(body), c.MaxSize))
	}
	if err := decMode.Unmarshal(body, &p); err != nil {
		return fail(err)
	}
	if err := c.Check(p); err != nil {
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

// payload is a payload of this package: it knows its kind and which of its values are allowed.
type payload interface {
	kind() string
	check() error
}

func codecOf[T payload]() PayloadCodec[T] {
	var none T
	return PayloadCodec[T]{Kind: none.kind(), MaxSize: maxPayload, Check: T.check}
}

func encodePayload[T payload](p T) ([]byte, error) { return codecOf[T]().Encode(p) }

func decodePayload[T payload](body []byte) (T, error) { return codecOf[T]().Decode(body) }
