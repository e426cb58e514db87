package dag

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Limits of the event format. They hold on every network.
const (
	// Version is the event format that this package reads and writes.
	Version = 1
	// MaxEventSize is the largest encoded event, in bytes.
	MaxEventSize = 64 << 10
	// MinApproves is the fewest events that an event approves.
	MinApproves = 2
	// MaxApproves is the most events that an event approves.
	MaxApproves = 8
	// MaxKindLength is the longest payload kind, in bytes.
	MaxKindLength = 48
	// MaxInteger bounds every integer of an event, so that JSON tools read them without loss (2^53 - 1).
	MaxInteger = 1<<53 - 1
)

// What is wrong with bytes that are no event, whatever graph they are held against. Every error of Decode wraps one of them.
var (
	// ErrMalformed says that the bytes are not an event. Whoever sent them made them or did not check them.
	ErrMalformed = errors.New("malformed event")
	// ErrVersion says that the bytes claim to be an event of a later format version, which this package cannot judge. Whoever
	// sent them may be right: it may run a newer program.
	ErrVersion = errors.New("event of a later format version")
)

// Fields are the parts of an event that its issuer chooses. See docs/protocol.md for the encoding.
type Fields struct {
	Network NetworkID // the network it belongs to
	Key     Key       // issues and signs it; Seq and Prev run per key and epoch
	Account Account   // on whose behalf it acts
	Seq     uint64    // 1 for the key's first event of the epoch, then rising by one
	Prev    ID        // the key's event before it; zero if Seq is 1
	// Approves are the events it approves: MinApproves to MaxApproves different ones in rising order, Prev not among them.
	Approves []ID
	Time     uint64 // the issuer's clock in ms since the Unix epoch: a claim
	Epoch    uint64 // the epoch it belongs to, from 1
	Round    uint64 // the round a committee member claims; 0 for others
	Kind     string // of the payload, such as "transfer"; empty for a witness event
	Body     []byte // of the payload, encoded as its kind says; empty for a witness event
}

// Event is a decoded, immutable event. Its signature has not been checked; see Verified.
type Event struct {
	fields Fields
	sig    Signature
	block  []byte
	id     ID

	// Where an arena has it, so that it need not be looked up by its id again. Only that arena's owner reads and writes this.
	home  *Arena
	index Index
}

// ID returns the event's id.
func (e *Event) ID() ID { return e.id }

// Network returns the network the event belongs to.
func (e *Event) Network() NetworkID { return e.fields.Network }

// Key returns the issuing key.
func (e *Event) Key() Key { return e.fields.Key }

// Account returns the account that the event acts for.
func (e *Event) Account() Account { return e.fields.Account }

// Seq returns the event's number on its key's chain of the epoch, from 1.
func (e *Event) Seq() uint64 { return e.fields.Seq }

// Prev returns the id of the key's event before this one; zero for the first of the epoch.
func (e *Event) Prev() ID { return e.fields.Prev }

// Approves returns the ids of the approved events. The caller must not change the slice.
func (e *Event) Approves() []ID { return e.fields.Approves }

// Time returns the issuer's clock in ms since the Unix epoch.
func (e *Event) Time() uint64 { return e.fields.Time }

// Epoch returns the event's epoch.
func (e *Event) Epoch() uint64 { return e.fields.Epoch }

// Round returns the claimed round; 0 if the issuer is no committee member.
func (e *Event) Round() uint64 { return e.fields.Round }

// Kind returns the payload's kind; empty for a witness event.
func (e *Event) Kind() string { return e.fields.Kind }

// Body returns the payload's body. The caller must not change the slice.
func (e *Event) Body() []byte { return e.fields.Body }

// IsWitness reports whether the event carries no payload.
func (e *Event) IsWitness() bool { return e.fields.Kind == "" }

// Signature returns the issuer's signature.
func (e *Event) Signature() Signature { return e.sig }

// Block returns the dag-cbor encoding, the bytes whose hash is the id. The caller must not change the slice.
func (e *Event) Block() []byte { return e.block }

// Size returns the length of the encoding in bytes.
func (e *Event) Size() int { return len(e.block) }

// parents yields the ids of the events it rests on: those it approves, then its prev. They are different ones.
func (e *Event) parents(yield func(ID) bool) {
	for _, id := range e.fields.Approves {
		if !yield(id) {
			return
		}
	}
	if e.fields.Seq > 1 {
		yield(e.fields.Prev)
	}
}

// check refuses fields that no graph could make valid.
func (f *Fields) check() error {
	switch {
	case f.Seq == 0 || f.Seq > MaxInteger:
		return fmt.Errorf("seq %d out of range", f.Seq)
	case (f.Seq == 1) != f.Prev.IsZero():
		return fmt.Errorf("seq %d: prev is null exactly for seq 1", f.Seq)
	case f.Time > MaxInteger || f.Epoch == 0 || f.Epoch > MaxInteger || f.Round > MaxInteger:
		return fmt.Errorf("time %d, epoch %d or round %d out of range", f.Time, f.Epoch, f.Round)
	case len(f.Approves) < MinApproves || len(f.Approves) > MaxApproves:
		return fmt.Errorf("approves %d events, want %d to %d", len(f.Approves), MinApproves, MaxApproves)
	case slices.Contains(f.Approves, f.Prev):
		return errors.New("approves its own prev")
	case f.Kind == "" && len(f.Body) > 0:
		return errors.New("body without a kind")
	case f.Kind == "" && f.Round == 0:
		return errors.New("a witness event claims a round")
	}
	for i := 1; i < len(f.Approves); i++ {
		if f.Approves[i-1].Compare(f.Approves[i]) >= 0 {
			return errors.New("approved ids are not in strictly rising order")
		}
	}
	return checkKind(f.Kind)
}

// checkKind allows words of lower-case letters and digits, joined by dots and dashes.
func checkKind(kind string) error {
	if len(kind) > MaxKindLength {
		return fmt.Errorf("kind has %d bytes, at most %d are allowed", len(kind), MaxKindLength)
	}
	for _, c := range []byte(kind) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return fmt.Errorf("kind %q: want lower-case letters, digits, dots and dashes", kind)
		}
	}
	return nil
}

// Sign sorts Approves, checks and encodes the fields and signs them. The key must be the signer's.
func (f Fields) Sign(signer Signer) (Verified, error) {
	if f.Key != signer.Key() {
		return Verified{}, fmt.Errorf("sign event: fields name key %s, the signer has %s", f.Key.Short(), signer.Key().Short())
	}
	f.Approves = slices.Clone(f.Approves)
	slices.SortFunc(f.Approves, ID.Compare)
	f.Body = bytes.Clone(f.Body)
	if err := f.check(); err != nil {
		return Verified{}, fmt.Errorf("sign event: %w", err)
	}
	unsigned, err := f.encode(nil)
	if err != nil {
		return Verified{}, fmt.Errorf("sign event: %w", err)
	}
	sig, err := signer.Sign(signatureKind, f.Network, unsigned)
	if err != nil {
		return Verified{}, fmt.Errorf("sign event: %w", err)
	}
	block, err := f.encode(&sig)
	if err != nil {
		return Verified{}, fmt.Errorf("sign event: %w", err)
	}
	if len(block) > MaxEventSize {
		return Verified{}, fmt.Errorf("sign event: %d bytes, at most %d are allowed", len(block), MaxEventSize)
	}
	return Verified{&Event{fields: f, sig: sig, block: block, id: HashBlock(block)}}, nil
}
