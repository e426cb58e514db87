package query

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
	"github.com/ledgerofthings/lot/dag/proof"
)

// Bounds of an answer.
const (
	// MaxAnswer bounds an answer, in bytes.
	MaxAnswer = PageSize + 256<<10
	// MaxTips is how many events an answer to a standing offers to be approved.
	MaxTips = 12
	// PageSize is how many bytes of items are put into an answer before it is full; the first one is put in at any rate.
	PageSize = 256 << 10
	// MaxDetail bounds the texts for people, in bytes.
	MaxDetail = 512
)

// Answer is what a full gateway says: exactly one of the fields is set, the one of the request or Refusal.
type Answer struct {
	Head        *Head        `cbor:"head,omitempty"`
	State       *State       `cbor:"state,omitempty"`
	Events      *Events      `cbor:"events,omitempty"`
	Standing    *Standing    `cbor:"standing,omitempty"`
	Submitted   *Submitted   `cbor:"submitted,omitempty"`
	Consistency *Consistency `cbor:"consistency,omitempty"`
	Refusal     *Refusal     `cbor:"refusal,omitempty"`
}

// Head is the next step on the way to the newest checkpoint: over the end of an epoch, inside the asker's epoch, or none if there is
// nothing newer.
type Head struct {
	// Chain has the certificates from the asker's epoch on, or as many of them as fit: an encoded proof.Chain. Its last seal is the
	// asker's next checkpoint.
	Chain []byte `cbor:"chain,omitempty"`
	Note  []byte `cbor:"note,omitempty"` // a checkpoint that the committee of the asker's epoch signed
	Leaf  []byte `cbor:"leaf,omitempty"` // the last one that Note covers
	Path  Path   `cbor:"path,omitempty"` // from Leaf to the root of Note
	// Growth proves that the log of Note, or of the last seal of Chain, begins with that of the asker's checkpoint. It is empty where
	// the asker has none, and after the end of an epoch where this gateway has dropped what it would take.
	Growth Path `cbor:"growth,omitempty"`
}

// Path is a list of hashes of an RFC 6962 tree, one after the other.
type Path []byte

// NewPath joins hashes.
func NewPath(hashes []proof.Hash) Path {
	p := make(Path, 0, len(hashes)*len(proof.Hash{}))
	for i := range hashes {
		p = append(p, hashes[i][:]...)
	}
	return p
}

// Hashes returns the hashes.
func (p Path) Hashes() []proof.Hash {
	out := make([]proof.Hash, 0, len(p)/len(proof.Hash{}))
	for ; len(p) >= len(proof.Hash{}); p = p[len(proof.Hash{}):] {
		out = append(out, proof.Hash(p[:len(proof.Hash{})]))
	}
	return out
}

// maxPath is the length of the longest proof in a log, in hashes: two for every level.
const maxPath = 2 * 64

func (p Path) check() error {
	if len(p)%len(proof.Hash{}) != 0 || len(p) > maxPath*len(proof.Hash{}) {
		return fmt.Errorf("a path of %d bytes", len(p))
	}
	return nil
}

// State has entries for the first keys of the request, as many as fit.
type State struct {
	Entries []Entry `cbor:"entries"`
}

// Entry is an entry of the state, or the lack of it.
type Entry struct {
	Present bool   `cbor:"present,omitempty"`
	Value   []byte `cbor:"value,omitempty"`
	Way     []byte `cbor:"way"` // merklemap.Proof in its binary form
}

// Verify checks an entry against the root of a state. The error wraps merklemap.ErrProof or says what is malformed.
func (e *Entry) Verify(root [32]byte, key []byte) error {
	way, err := merklemap.DecodeProof(e.Way)
	switch {
	case err != nil:
		return err
	case e.Present:
		return way.Verify(root, key, e.Value)
	}
	return way.VerifyAbsent(root, key)
}

// Events has what is known of the first events of the request, as many as fit.
type Events struct {
	Events []Event `cbor:"events"`
}

// Standings of an event; only that of EventOrdered can be proven.
const (
	EventUnknown  = "unknown"   // it is not here
	EventAttached = "attached"  // it is in the graph and not ordered
	EventPending  = "uncovered" // it is ordered, but not within the log of that size
	EventOrdered  = "ordered"   // its leaf is in the log of that size
	EventVoid     = "void"      // its epoch is over, and it was not ordered
)

// Event is where an event stands.
type Event struct {
	State     string `cbor:"state"`
	Status    uint8  `cbor:"status,omitempty"` // of an ordered one: its receipt's, see ledger.Status
	Index     uint64 `cbor:"index,omitempty"`  // of an ordered one: of its leaf, from 0
	Path      Path   `cbor:"path,omitempty"`   // of an ordered one: from its leaf to the root
	Successor dag.ID `cbor:"successor"`        // of a void one: the event that carries its payload now, if this gateway issued that; else zero
	Block     []byte `cbor:"block,omitempty"`  // the event, if it is here and was asked for
	Why       string `cbor:"why,omitempty"`    // of an attached one: what it waits for, in words
}

// Standing is how far the chain of a key goes in the epoch that the answering gateway is in, and what the key needs to go on.
type Standing struct {
	Epoch  uint64   `cbor:"epoch"`
	Seal   [32]byte `cbor:"seal"`             // that opened the epoch; zero in the first
	Member bool     `cbor:"member"`           // the key takes part from the start of the epoch
	Seq    uint64   `cbor:"seq"`              // of its newest event; 0 if it has none
	Head   []byte   `cbor:"head,omitempty"`   // that event
	Forked bool     `cbor:"forked,omitempty"` // two events of the key have one number
	Ticket []byte   `cbor:"ticket,omitempty"` // the event that admits a key which is no member yet
	Tips   []dag.ID `cbor:"tips,omitempty"`   // events that nothing approves yet, at most MaxTips
}

// Submitted says what became of the events that were handed in, in their order.
type Submitted struct {
	Events []Taken `cbor:"events"`
}

// Taken says what became of one of them.
type Taken struct {
	Attached bool   `cbor:"attached"`      // it is in the graph
	Why      string `cbor:"why,omitempty"` // if not: what it waits for, or why it is invalid
}

// Consistency proves that one log begins with another.
type Consistency struct {
	Path Path `cbor:"path,omitempty"`
}

// Reason says in one word, for programs, why there is no answer.
type Reason string

// The reasons.
const (
	Malformed   Reason = "malformed"   // the request makes no sense
	Busy        Reason = "busy"        // too many requests
	Gone        Reason = "gone"        // what it takes was dropped: ask for the head first, or another gateway
	Refused     Reason = "refused"     // the event cannot be accepted
	Unavailable Reason = "unavailable" // the gateway cannot answer at present
)

// Refusal is why there is no answer. It is an error.
type Refusal struct {
	Reason Reason `cbor:"reason"`
	Detail string `cbor:"detail"`
}

// Error implements error.
func (r *Refusal) Error() string { return string(r.Reason) + ": " + r.Detail }

// Shorten makes a text fit an answer.
func Shorten(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), MaxDetail)], "")
}

func (a Answer) check() error {
	parts := 0
	var err error
	for _, p := range []interface {
		present() bool
		check() error
	}{a.Head, a.State, a.Events, a.Standing, a.Submitted, a.Consistency, a.Refusal} {
		if p.present() {
			parts++
			err = errors.Join(err, p.check())
		}
	}
	if parts != 1 {
		return errOne
	}
	return err
}

var answerCodec = ledger.PayloadCodec[Answer]{Kind: "answer to a query", MaxSize: MaxAnswer, Check: Answer.check}

// Encode returns the message. The error says what is not allowed about it.
func (a Answer) Encode() ([]byte, error) { return answerCodec.Encode(a) }

// DecodeAnswer reads a message strictly: what it accepts is what Encode writes. Whether what it says holds is not checked.
func DecodeAnswer(b []byte) (Answer, error) { return answerCodec.Decode(b) }
