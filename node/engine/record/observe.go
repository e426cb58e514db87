package record

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// question returns what an answer is about: 16 bytes of a hash over parts.
func question(parts ...[]byte) []byte {
	var b []byte
	for _, part := range parts {
		b = appendPart(b, part)
	}
	sum := sha256.Sum256(b)
	return sum[:16]
}

func signQuestion(kind string, network dag.NetworkID, body []byte) []byte {
	return question([]byte(kind), network[:], body)
}

// blobQuestion does not ask for the digest: where a blob was refused the batch's key is not known to a replay, and where it
// was kept the digest stands in what is written next.
func blobQuestion(content []byte) []byte {
	return question(binary.BigEndian.AppendUint64(nil, uint64(len(content))))
}

// stepping reports whether what happens now belongs to a step that is recorded.
func (r *Recorder) stepping() bool { return r.zip != nil && r.current != nil }

func (r *Recorder) answered(kind uint64, about, value []byte, err error) {
	if r.stepping() {
		r.current.Answers = append(r.current.Answers, answer{Kind: kind, About: about, Value: value, Fault: errorText(err)})
	}
}

// recordingSigner notes the signatures of events.
type recordingSigner struct {
	dag.Signer
	recorder *Recorder
}

// Sign implements dag.Signer.
func (s recordingSigner) Sign(kind string, network dag.NetworkID, body []byte) (dag.Signature, error) {
	sig, err := s.Signer.Sign(kind, network, body)
	s.recorder.answered(answerSign, signQuestion(kind, network, body), sig[:], err)
	return sig, err
}

// recordingCosigner notes the signatures of checkpoints.
type recordingCosigner struct {
	proof.RawSigner
	recorder *Recorder
}

// SignRaw implements proof.RawSigner.
func (s recordingCosigner) SignRaw(message []byte) dag.Signature {
	sig := s.RawSigner.SignRaw(message)
	s.recorder.answered(answerSignRaw, question(message), sig[:], nil)
	return sig
}

// recordingStorage marks what a step writes. Reading needs no notice: what is there follows from the start and the writes.
type recordingStorage struct {
	engine.Storage
	recorder *Recorder
}

// Put implements engine.Storage.
func (s recordingStorage) Put(key, value []byte) {
	if s.recorder.stepping() {
		s.recorder.tally.add(markPut, key, value)
	}
	s.Storage.Put(key, value)
}

// Delete implements engine.Storage.
func (s recordingStorage) Delete(key []byte) {
	if s.recorder.stepping() {
		s.recorder.tally.add(markDelete, key)
	}
	s.Storage.Delete(key)
}

// PutBlob implements engine.Storage.
func (s recordingStorage) PutBlob(digest [32]byte, content []byte) error {
	err := s.Storage.PutBlob(digest, content)
	s.recorder.answered(answerPutBlob, blobQuestion(content), nil, err)
	if err == nil && s.recorder.stepping() {
		s.recorder.closed++
		s.recorder.tally.add(markBlob, digest[:])
	}
	return err
}
