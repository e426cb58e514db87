package record

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// errDiffers is what the replayed engine gets for an answer when it asks something else than the recorded one did. By then
// the difference is noted.
var errDiffers = errors.New("the recorded engine did not ask this")

// player stands for the outside of a replayed engine: it answers from the record and marks what the engine does.
type player struct {
	header  *Header
	storage engine.Storage
	step    *step
	asked   int // answers of the step that were given
	tally   tally
	first   *Difference // in the questions of this step
}

// begin turns to the next step.
func (p *player) begin(s *step) {
	p.step, p.asked, p.first = s, 0, nil
	p.tally.reset()
}

// answerNames say what an answer is.
var answerNames = [...]string{
	answerSign: "signature of an event", answerSignRaw: "signature of a checkpoint", answerPutBlob: "keeping of a blob",
}

func answerName(kind uint64) string {
	if kind == 0 || kind >= uint64(len(answerNames)) {
		return fmt.Sprintf("answer of the unknown kind %d", kind)
	}
	return answerNames[kind]
}

// answer returns the next answer of the step if it is to this question.
func (p *player) answer(kind uint64, about []byte, got string) (*answer, error) {
	expected := "nothing more"
	if p.asked < len(p.step.Answers) {
		a := &p.step.Answers[p.asked]
		p.asked++
		if a.Kind == kind && bytes.Equal(a.About, about) {
			return a, nil
		}
		expected = fmt.Sprintf("%s (about %x)", answerName(a.Kind), a.About)
	}
	if p.first == nil {
		p.first = &Difference{What: WhatRequest, Expected: expected, Got: fmt.Sprintf("%s (about %x): %s", answerName(kind), about, got)}
	}
	return nil, errDiffers
}

// fault returns the error of an answer, with the words that it had.
func (a *answer) fault() error {
	if a.Fault == "" {
		return nil
	}
	return errors.New(a.Fault)
}

// signature returns the signature of an answer.
func (a *answer) signature() (sig dag.Signature) {
	copy(sig[:], a.Value)
	return sig
}

// playedSigner gives the recorded signatures of events.
type playedSigner struct{ *player }

// Key implements dag.Signer.
func (p playedSigner) Key() dag.Key { return p.header.Key }

// Sign implements dag.Signer.
func (p playedSigner) Sign(kind string, network dag.NetworkID, body []byte) (dag.Signature, error) {
	a, err := p.answer(answerSign, signQuestion(kind, network, body), detail(body))
	if err != nil {
		return dag.Signature{}, err
	}
	return a.signature(), a.fault()
}

// playedCosigner gives the recorded signatures of checkpoints.
type playedCosigner struct{ *player }

// Key implements proof.RawSigner.
func (p playedCosigner) Key() dag.Key { return p.header.Cosign }

// SignRaw implements proof.RawSigner.
func (p playedCosigner) SignRaw(message []byte) dag.Signature {
	a, err := p.answer(answerSignRaw, question(message), detail(message))
	if err != nil {
		return dag.Signature{} // it has no way to fail; the difference is noted
	}
	return a.signature()
}

// batchKey gives the recorded key of a batch; zeros for one that was not closed.
func (p *player) batchKey(root [32]byte) (key [32]byte) {
	for _, k := range p.step.Keys {
		if bytes.Equal(k.Root, root[:]) {
			copy(key[:], k.Key)
		}
	}
	return key
}

// playedStorage is the storage of a replay. It marks writes and has no blobs.
type playedStorage struct {
	engine.Storage
	player *player
}

// Put implements engine.Storage.
func (s playedStorage) Put(key, value []byte) {
	s.player.tally.add(markPut, key, value)
	s.Storage.Put(key, value)
}

// Delete implements engine.Storage.
func (s playedStorage) Delete(key []byte) {
	s.player.tally.add(markDelete, key)
	s.Storage.Delete(key)
}

// PutBlob implements engine.Storage: it fails where the recorded one did, and keeps nothing.
func (s playedStorage) PutBlob(digest [32]byte, content []byte) error {
	a, err := s.player.answer(answerPutBlob, blobQuestion(content), fmt.Sprintf("%d bytes", len(content)))
	if err != nil {
		return err
	}
	if a.Fault == "" {
		s.player.tally.add(markBlob, digest[:])
	}
	return a.fault()
}

// GetBlob implements engine.Storage. No step reads a blob; one that does cannot be replayed.
func (s playedStorage) GetBlob([32]byte) ([]byte, error) {
	return nil, errors.New("a step reads a blob, and a record has none")
}

// detailBytes is how much of a content is shown.
const detailBytes = 128

// detail shows the beginning of some content.
func detail(content []byte) string {
	if len(content) > detailBytes {
		return fmt.Sprintf("%x... (%d bytes)", content[:detailBytes], len(content))
	}
	return fmt.Sprintf("%x", content)
}
