package replica

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/node/store"
)

// verb is what a request asks for.
type verb uint64

const (
	verbHold    verb = 1
	verbCheck   verb = 2
	verbRelease verb = 3
	verbList    verb = 4
	verbRead    verb = 5
)

// Bounds of messages.
const (
	maxItems  = 128     // of one request
	maxListed = 512     // of one page of a list
	maxRange  = 4 << 10 // bytes that a check asks for
	nonceSize = 32
	// MaxRequest bounds a request in bytes.
	MaxRequest = 16 << 10
	// maxAnswer bounds an answer: a read, with what CBOR adds.
	maxAnswer = MaxRead + 1<<10
)

// errMessage says that a peer sent what is no message of this protocol.
var errMessage = errors.New("no replica message")

// request is what is sent to a peer.
type request struct {
	_     struct{} `cbor:",toarray"`
	Verb  verb
	Nonce []byte // of a check, 32 bytes; else empty
	Items []item // of a list or a read, one
}

// item is a part of a request.
type item struct {
	_      struct{} `cbor:",toarray"`
	Digest []byte   // 32 bytes
	Size   int64    // of the whole batch, in bytes; of a hold
	Offset int64    // of a check or a read
	Length int64
}

// answer is what comes back.
type answer struct {
	_     struct{} `cbor:",toarray"`
	Items []outcome
	Data  []byte // of a read
}

// outcome is the answer to one item; for a list, one thing that is held.
type outcome struct {
	_      struct{} `cbor:",toarray"`
	Status status
	Proof  []byte // of a check: SHA-256(nonce || range); of a list: the digest
	Size   int64  // of a list
}

// status is what became of an item.
type status uint64

const (
	statusOK       status = 1 // released; proven; listed
	statusAccepted status = 2 // it is or will be fetched
	statusPending  status = 3 // accepted, and not fetched yet
	statusLost     status = 4 // it is not held, or not any more
	statusLater    status = 5 // too much was asked; ask again
	statusFull     status = 6 // refused: no room
	statusQuota    status = 7 // refused: the owner has its share
	statusInvalid  status = 8 // refused: no batch can be like that

	statusWrong status = 100 // never sent: the proof is wrong
	statusBlind status = 101 // never sent: the owner's own copy is gone, so it cannot tell
)

var (
	messageEnc = must(cbor.CoreDetEncOptions().EncMode())
	messageDec = must(cbor.DecOptions{
		IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden, MaxNestedLevels: 4, MaxArrayElements: maxListed,
	}.DecMode())
)

// encode writes a message. Its parts are bounded by who makes it.
func encode(message any) ([]byte, error) {
	b, err := messageEnc.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("encode a replica message: %w", err)
	}
	return b, nil
}

// decodeRequest reads a request of a peer.
func decodeRequest(b []byte) (*request, error) {
	r := new(request)
	if err := messageDec.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%w: %w", errMessage, err)
	}
	if len(r.Items) > maxItems || (r.Verb == verbList || r.Verb == verbRead) && len(r.Items) != 1 {
		return nil, fmt.Errorf("%w: verb %d with %d items", errMessage, r.Verb, len(r.Items))
	}
	if r.Verb < verbHold || r.Verb > verbRead || r.Verb == verbCheck && len(r.Nonce) != nonceSize {
		return nil, fmt.Errorf("%w: verb %d with a nonce of %d bytes", errMessage, r.Verb, len(r.Nonce))
	}
	for _, i := range r.Items {
		if err := i.check(r.Verb); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (i *item) check(v verb) error {
	longest := int64(maxRange)
	if v == verbRead {
		longest = MaxRead
	}
	if len(i.Digest) != len(Digest{}) || i.Size < 0 || i.Offset < 0 || i.Offset > store.MaxBlob || i.Length < 0 || i.Length > longest {
		return fmt.Errorf("%w: item %x of %d bytes, %d from %d on", errMessage, i.Digest, i.Size, i.Length, i.Offset)
	}
	return nil
}

// decodeAnswer reads the answer to a request of that many items; of a list any number.
func decodeAnswer(b []byte, v verb, items int) (*answer, error) {
	a := new(answer)
	if err := messageDec.Unmarshal(b, a); err != nil {
		return nil, fmt.Errorf("%w: %w", errMessage, err)
	}
	if v != verbList && len(a.Items) != items {
		return nil, fmt.Errorf("%w: %d answers to %d items", errMessage, len(a.Items), items)
	}
	for _, o := range a.Items {
		if o.Status < statusOK || o.Status > statusInvalid || v == verbList && (len(o.Proof) != len(Digest{}) || o.Size <= 0 || o.Size > store.MaxBlob) {
			return nil, fmt.Errorf("%w: outcome %d", errMessage, o.Status)
		}
	}
	return a, nil
}
