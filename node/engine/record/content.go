package record

import (
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// Header is what an engine was made from, but for its secrets.
type Header struct {
	Program string        // version of the program that recorded
	Genesis []byte        // text of the network's genesis, from which the replaying side makes the engine.Network
	Network dag.NetworkID // its id
	Started uint64        // when the engine was made, ms since the Unix epoch
	Policy  engine.Policy
	Key     dag.Key // that issues events
	Account dag.Account
	Cosign  dag.Key // that signs checkpoints; zero without a committee seat
	Random  []byte  // state of the random source, a rand.PCG
}

// entries is a piece of the storage at the start.
type entries struct {
	_    struct{} `cbor:",toarray"`
	Keys [][]byte
	Data [][]byte // their values
}

// step is one call of the engine.
type step struct {
	_       struct{} `cbor:",toarray"`
	Time    uint64   // ms since the Unix epoch
	Input   string   // its type; empty for the making of the engine
	Body    []byte   // the input
	Answers []answer // what came from outside, in the order in which the engine asked
	Keys    []batchKey
	Marks   []mark // of writes and effects, in order; the first maxMarks of them
	Count   uint64 // how many there were
	Rest    []byte // hash of those that are left out, 32 bytes; else empty
	Failed  string // the error that the engine stopped with
	Broken  bool   // the engine did not come to the end of the step: the program crashed in it
}

// answer is something that the engine asked of the outside.
type answer struct {
	_     struct{} `cbor:",toarray"`
	Kind  uint64
	About []byte // hash of the question, 16 bytes
	Value []byte // a signature; else empty
	Fault string // the error; empty for none
}

// The kinds of answers.
const (
	answerSign    uint64 = 1 // dag.Signer.Sign, about kind, network and body
	answerSignRaw uint64 = 2 // proof.RawSigner.SignRaw, about the message
	answerPutBlob uint64 = 3 // engine.Storage.PutBlob, about the size
)

// batchKey is what encrypted a batch that the step closed.
type batchKey struct {
	_    struct{} `cbor:",toarray"`
	Root []byte   // of the batch, 32 bytes
	Key  []byte   // 32 bytes
}

// state is what the engine has come to.
type state struct {
	_      struct{} `cbor:",toarray"`
	Steps  uint64
	Commit uint64
	Root   []byte // of the ledger's state, 32 bytes
	Digest []byte // of all marks so far, 32 bytes
}

// end closes a record.
type end struct {
	_   struct{} `cbor:",toarray"`
	Why string
}

// stateOf returns what an engine has come to.
func stateOf(e *engine.Engine, steps uint64, digest [32]byte) state {
	root := e.State().Root()
	return state{Steps: steps, Commit: e.Overview().Commits, Root: root[:], Digest: digest[:]}
}
