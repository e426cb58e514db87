package catchup

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
)

// Protocol is the name of the protocol in the mesh.
const Protocol = "snapshot"

// Bounds of the messages, in bytes.
const (
	// MaxRequest bounds a request.
	MaxRequest = 256
	// MaxResponse bounds a response: the longest chain or chunk, and what is around it.
	MaxResponse = max(proof.MaxChainSize, snapshot.MaxChunk) + 256
)

// What a request asks for.
const (
	askHead  = "head"
	askChunk = "chunk"
)

// request is what a peer that is behind sends.
type request struct {
	Ask   string `cbor:"ask"`
	Epoch uint64 `cbor:"epoch"` // of the pin that a head is to begin from; 0 for the committee of genesis, and of a chunk
	Seal  []byte `cbor:"seal"`  // of a chunk; or of the pin, nothing if there is none
	Bits  uint64 `cbor:"bits"`  // of a chunk
	Part  uint64 `cbor:"part"`
}

func (r request) check() error {
	pinned := len(r.Seal) == len(proof.Hash{})
	switch {
	case r.Ask == askHead && r.Bits == 0 && r.Part == 0 && r.Epoch <= dag.MaxInteger && pinned == (r.Epoch != 0) && (pinned || len(r.Seal) == 0):
		return nil
	case r.Ask != askChunk:
		return fmt.Errorf("%.20q asks for nothing that there is", r.Ask)
	case !pinned || r.Epoch != 0:
		return errors.New("a chunk is of one seal, named by its 32 bytes alone")
	case r.Bits > snapshot.MaxHalvedBits || r.Part>>r.Bits != 0:
		return fmt.Errorf("there is no part %d of %d bits", r.Part, r.Bits)
	}
	return nil
}

// answer is the kind of a response.
type answer string

const (
	answerHead   answer = "head"
	answerChunk  answer = "chunk"
	answerSplit  answer = "split"  // the chunk is too large: ask for its halves
	answerGone   answer = "gone"   // the seal is not, or not any more, the one of which the peer has the state
	answerNone   answer = "none"   // there is no certified seal yet
	answerBefore answer = "before" // what the peer knows does not reach back to where the head shall begin
	answerBusy   answer = "busy"   // asked too often
)

// response is what the peer answers. Fields that its kind does not use are empty.
type response struct {
	Answer answer `cbor:"answer"`
	Chain  []byte `cbor:"chain,omitempty"` // of a head: proof.Chain.Encode
	Bits   uint64 `cbor:"bits,omitempty"`  // of a head: see snapshot.Bits
	Chunk  []byte `cbor:"chunk,omitempty"` // as snapshot.Cut returns it
}

func (r response) check() error {
	head, chunk := r.Answer == answerHead, r.Answer == answerChunk
	switch r.Answer {
	case answerHead, answerChunk, answerSplit, answerGone, answerNone, answerBefore, answerBusy:
	default:
		return fmt.Errorf("%.20q answers nothing", r.Answer)
	}
	switch {
	case head != (len(r.Chain) > 0) || chunk != (len(r.Chunk) > 0):
		return fmt.Errorf("%q with a chain of %d and a chunk of %d bytes", r.Answer, len(r.Chain), len(r.Chunk))
	case len(r.Chain) > proof.MaxChainSize || len(r.Chunk) > snapshot.MaxChunk:
		return fmt.Errorf("a chain of %d or a chunk of %d bytes", len(r.Chain), len(r.Chunk))
	case r.Bits > snapshot.MaxBits || r.Bits > 0 && !head:
		return fmt.Errorf("%q with %d bits, at most %d are allowed", r.Answer, r.Bits, snapshot.MaxBits)
	}
	return nil
}

var (
	requestCodec  = ledger.PayloadCodec[request]{Kind: "request for a snapshot", MaxSize: MaxRequest, Check: request.check}
	responseCodec = ledger.PayloadCodec[response]{Kind: "answer to a request for a snapshot", MaxSize: MaxResponse, Check: response.check}
)
