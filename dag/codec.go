package dag

import (
	"bytes"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// wire is the dag-cbor form of an event. dag-cbor sorts map keys by length, then by bytes, forbids indefinite lengths and
// floats, and writes a link as tag 42 over a zero byte and the binary CID
// (https://ipld.io/specs/codecs/dag-cbor/spec/). All keys are always present, except sig in what is signed.
type wire struct {
	Version  uint64 `cbor:"v"`
	Network  []byte `cbor:"net"`
	Key      []byte `cbor:"key"`
	Account  []byte `cbor:"acc"`
	Seq      uint64 `cbor:"seq"`
	Prev     *link  `cbor:"prev"`
	Approves []link `cbor:"approves"`
	Time     uint64 `cbor:"time"`
	Epoch    uint64 `cbor:"epoch"`
	Round    uint64 `cbor:"round"`
	Kind     string `cbor:"kind"`
	Body     []byte `cbor:"body"`
	Sig      []byte `cbor:"sig,omitempty"`
}

// link is an event id as dag-cbor writes it.
type link ID

// linkHead precedes the digest: tag 42, a byte string of 37, the multibase identity prefix and the CID's own prefix.
var linkHead = append([]byte{0xd8, 0x2a, 0x58, 0x25, 0x00}, cidPrefix...)

// MarshalCBOR implements cbor.Marshaler.
func (l link) MarshalCBOR() ([]byte, error) {
	return append(append(make([]byte, 0, len(linkHead)+len(l)), linkHead...), l[:]...), nil
}

// UnmarshalCBOR implements cbor.Unmarshaler.
func (l *link) UnmarshalCBOR(b []byte) error {
	if len(b) != len(linkHead)+len(l) || !bytes.HasPrefix(b, linkHead) {
		return fmt.Errorf("not a link to a dag-cbor block hashed with sha2-256")
	}
	*l = link(b[len(linkHead):])
	return nil
}

var (
	encMode = must(cbor.EncOptions{Sort: cbor.SortLengthFirst, NilContainers: cbor.NilContainerAsEmpty}.EncMode())
	decMode = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
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

// encode returns the block, or what the signature covers if sig is nil.
func (f *Fields) encode(sig *Signature) ([]byte, error) {
	w := wire{
		Version: Version, Network: f.Network[:], Key: f.Key[:], Account: f.Account[:], Seq: f.Seq, Time: f.Time,
		Epoch: f.Epoch, Round: f.Round, Kind: f.Kind, Body: f.Body, Approves: make([]link, len(f.Approves)),
	}
	for i, id := range f.Approves {
		w.Approves[i] = link(id)
	}
	if !f.Prev.IsZero() {
		w.Prev = (*link)(&f.Prev)
	}
	if sig != nil {
		w.Sig = sig[:]
	}
	return encMode.Marshal(w)
}

// Decode reads one event strictly: a canonical dag-cbor block of at most MaxEventSize bytes with exactly the known fields,
// within their ranges. Bytes that decode are the only bytes that do so to this event. It does not keep block. Errors
// wrap either ErrMalformed or ErrVersion.
func Decode(block []byte) (*Event, error) {
	if version := claimedVersion(block); version > Version {
		return nil, fmt.Errorf("%w: version %d, this node reads %d", ErrVersion, version, Version)
	}
	e, err := decode(block)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return e, nil
}

// claimedVersion returns the format version that a block begins with, or 0 if it does not begin with one. An event of any
// version is a map of definite length whose first entry is v: keys sort by length, then by bytes, and a key of one letter
// above v is free for what comes later. So the version can be told without knowing what else that version has.
func claimedVersion(block []byte) (version uint64) {
	if len(block) < 2 || block[0]>>5 != 5 {
		return 0
	}
	entries := block[1:]
	if block[0] == 0xb8 { // the number of entries takes a byte of its own
		entries = block[2:]
	}
	rest, found := bytes.CutPrefix(entries, []byte("av"))
	if !found {
		return 0
	}
	if _, err := decMode.UnmarshalFirst(rest, &version); err != nil {
		return 0
	}
	return version
}

func decode(block []byte) (*Event, error) {
	if len(block) > MaxEventSize {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", len(block), MaxEventSize)
	}
	var w wire
	if err := decMode.Unmarshal(block, &w); err != nil {
		return nil, err
	}
	if w.Version != Version {
		return nil, fmt.Errorf("there is no format version %d", w.Version)
	}
	if len(w.Network) != 32 || len(w.Key) != 32 || len(w.Account) != 32 || len(w.Sig) != len(Signature{}) {
		return nil, fmt.Errorf("net, key, acc and sig have %d, %d, %d and %d bytes, want 32, 32, 32 and 64",
			len(w.Network), len(w.Key), len(w.Account), len(w.Sig))
	}
	e := &Event{fields: w.fields(), sig: Signature(w.Sig), block: bytes.Clone(block)}
	if err := e.fields.check(); err != nil {
		return nil, err
	}
	canonical, err := e.fields.encode(&e.sig)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(canonical, block) {
		return nil, fmt.Errorf("not in canonical dag-cbor")
	}
	e.id = HashBlock(block)
	return e, nil
}

func (w *wire) fields() Fields {
	f := Fields{
		Network: NetworkID(w.Network), Key: Key(w.Key), Account: Account(w.Account), Seq: w.Seq, Time: w.Time,
		Epoch: w.Epoch, Round: w.Round, Kind: w.Kind, Body: w.Body, Approves: make([]ID, len(w.Approves)),
	}
	for i, l := range w.Approves {
		f.Approves[i] = ID(l)
	}
	if w.Prev != nil {
		f.Prev = ID(*w.Prev)
	}
	return f
}
