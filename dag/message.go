package dag

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Two nodes bring their graphs to the same content with three messages, sent one way each, in any order and number:
//
//	offer    this is the fingerprint of what I hold
//	missing  of these buckets I hold so much of each key; and I look for these ids
//	inform   here are events you lack, parents first; next tells where others begin
//
// Each is a CBOR array whose first element is the kind. What a reply leaves out is asked for with a new missing message,
// which says how far the last reply came, so neither side keeps state for the other. After a loss the exchange begins
// anew, with what has come so far no longer missing.
// The idea follows the sync of Tailscale's tailnet lock (offer, missing, send).

// Limits of the messages.
const (
	MaxMessageSize  = 1 << 20   // bytes, encoded
	MaxHeads        = 8192      // heads in a missing message
	MaxWantedIDs    = 1024      // ids in a missing message
	MaxInformEvents = 2048      // events in an inform message
	MaxInformBytes  = 512 << 10 // their size, before the one that exceeds it
	MaxNoteSize     = 64 << 10  // a checkpoint in an offer

	maxHeadsBytes = 960 << 10 // the heads of a missing message, about; the rest is for ids
	headSize      = 80        // of a head, about, without its sums
	sumsSize      = sumBuckets * 8
)

// Message is one of Offer, Missing and Inform.
type Message interface {
	// Encode returns the wire form, at most MaxMessageSize bytes. It leaves the message as it is.
	Encode() ([]byte, error)
}

// Offer tells what the sender holds. A receiver whose digest differs answers with Missing. Signed and Note are carried for
// others: the size of the newest signed checkpoint that the sender has and, if the receiver was seen to have an older one,
// the checkpoint itself. So are Lacks and Proof, by which every node comes to have the certificates of the epochs that it has seen end.
type Offer struct {
	_      struct{} `cbor:",toarray"`
	Kind   uint64
	Epoch  uint64 // that the sender is in and that Digest is of
	Oldest uint64 // the lowest epoch of which the sender still has the events
	Digest []byte // Buckets times 16 bytes
	Signed uint64
	Note   []byte // at most MaxNoteSize bytes
	Lacks  uint64 // the earliest epoch that the sender has seen end, and of which it lacks the certificate that a quorum signed; 0 for none
	Proof  []byte // a certificate that the receiver said it lacks, at most MaxNoteSize bytes
}

// Missing asks for events: of the keys in the buckets of Mask all that go beyond Heads, and those named in IDs.
type Missing struct {
	_     struct{} `cbor:",toarray"`
	Kind  uint64
	Tag   uint64 // chosen by the sender: the reply carries it, so that an answer to an older request is not taken for this one's
	Epoch uint64 // of the events that are asked for
	Mask  uint64
	From  uint64 // where to go on: Next of the last Inform, or 0 to begin
	Heads []Head // of every key of these buckets that the sender holds events of
	IDs   [][]byte
}

// Head is how far a node's knowledge of a key goes.
type Head struct {
	_    struct{} `cbor:",toarray"`
	Key  []byte   // 32 bytes
	Seq  uint64   // the highest without a gap
	Last []byte   // id of the event of that seq that came first, 32 bytes
	Sums []byte   // if the key forked: of 32 buckets of its ids, by their last byte, the XOR of their first 8 bytes; else empty
}

// Inform carries events, parents before children, but for those that were asked for by id, which come first.
type Inform struct {
	_      struct{} `cbor:",toarray"`
	Kind   uint64
	Tag    uint64 // of the request
	Epoch  uint64 // of the request
	Now    uint64 // the epoch that the sender is in: it tells all it holds of that one only
	Blocks [][]byte
	Answer uint64 // the mask it answers; 0 for a reply to ids alone
	Next   uint64 // if not 0, the sender holds more in these buckets: Missing.From for it, above that of the request
}

const (
	kindOffer   = 1
	kindMissing = 2
	kindInform  = 3
)

var (
	messageEnc = must(cbor.EncOptions{NilContainers: cbor.NilContainerAsEmpty}.EncMode())
	messageDec = must(cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		IndefLength:      cbor.IndefLengthForbidden,
		MaxNestedLevels:  4,
		MaxArrayElements: MaxHeads,
		MaxMapPairs:      16,
		TagsMd:           cbor.TagsForbidden,
	}.DecMode())
)

// NewOffer returns the offer of a digest of an epoch's events.
func NewOffer(epoch uint64, d Digest) *Offer {
	o := &Offer{Kind: kindOffer, Epoch: epoch, Oldest: epoch, Digest: make([]byte, 0, len(d)*len(d[0]))}
	for i := range d {
		o.Digest = append(o.Digest, d[i][:]...)
	}
	return o
}

// Content returns the offered digest.
func (o *Offer) Content() (d Digest) {
	for i := range d {
		copy(d[i][:], o.Digest[i*16:])
	}
	return d
}

// Encode implements Message.
func (o *Offer) Encode() ([]byte, error) {
	wire := *o
	wire.Kind = kindOffer
	return messageEnc.Marshal(&wire)
}

// Encode implements Message.
func (m *Missing) Encode() ([]byte, error) {
	wire := *m
	wire.Kind = kindMissing
	return messageEnc.Marshal(&wire)
}

// Encode implements Message.
func (m *Inform) Encode() ([]byte, error) {
	wire := *m
	wire.Kind = kindInform
	return messageEnc.Marshal(&wire)
}

// ErrMessage is wrapped by the errors of DecodeMessage: the peer does not follow the protocol.
var ErrMessage = errors.New("malformed sync message")

// DecodeMessage reads a message strictly. The events of an Inform are left as bytes: they are to be decoded and verified
// before they reach the graph.
func DecodeMessage(b []byte) (Message, error) {
	m, err := decodeMessage(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	return m, nil
}

func decodeMessage(b []byte) (Message, error) {
	if len(b) < 2 || len(b) > MaxMessageSize {
		return nil, fmt.Errorf("%d bytes", len(b))
	}
	switch b[1] { // the kind, a small integer after the array's head
	case kindOffer:
		var o Offer
		err := messageDec.Unmarshal(b, &o)
		return &o, errors.Join(err, o.check())
	case kindMissing:
		var m Missing
		err := messageDec.Unmarshal(b, &m)
		return &m, errors.Join(err, m.check())
	case kindInform:
		var m Inform
		err := messageDec.Unmarshal(b, &m)
		return &m, errors.Join(err, m.check())
	}
	return nil, fmt.Errorf("unknown kind %d", b[1])
}

func (o *Offer) check() error {
	if len(o.Note) > MaxNoteSize || len(o.Proof) > MaxNoteSize {
		return fmt.Errorf("note of %d bytes, proof of %d, at most %d are allowed", len(o.Note), len(o.Proof), MaxNoteSize)
	}
	return wantLength("digest", o.Digest, Buckets*16)
}

func (m *Missing) check() error {
	if len(m.IDs) > MaxWantedIDs || len(m.Heads) > MaxHeads {
		return fmt.Errorf("%d ids and %d heads, at most %d and %d are allowed", len(m.IDs), len(m.Heads), MaxWantedIDs, MaxHeads)
	}
	for i := range m.Heads {
		h := &m.Heads[i]
		if err := errors.Join(wantLength("key", h.Key, 32), wantLength("last", h.Last, 32)); err != nil {
			return err
		}
		if len(h.Sums) != 0 && len(h.Sums) != sumsSize {
			return wantLength("sums", h.Sums, sumsSize)
		}
	}
	for _, id := range m.IDs {
		if err := wantLength("id", id, 32); err != nil {
			return err
		}
	}
	return nil
}

func (m *Inform) check() error {
	if len(m.Blocks) > MaxInformEvents {
		return fmt.Errorf("%d events, at most %d are allowed", len(m.Blocks), MaxInformEvents)
	}
	return nil
}

func wantLength(what string, b []byte, n int) error {
	if len(b) != n {
		return fmt.Errorf("%s has %d bytes, want %d", what, len(b), n)
	}
	return nil
}
