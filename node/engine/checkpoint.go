package engine

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag/proof"
)

// recosignEvery is how long, in ms, a member waits for a quorum before it sends its signature on the newest commit again:
// gossip may have lost the first.
const recosignEvery = 5_000

// signing is this node's part in checkpoints.
type signing struct {
	schedule   proof.Schedule
	collector  *proof.Collector
	checkpoint proof.TreeHead // of the newest checkpoint with a quorum
	weight     uint64         // that signed it
	signedAt   uint64         // by the latest of its signers' clocks, ms
	note       []byte
	sentAt     uint64 // when the last cosignature was sent, ms
	compared   bool   // checkpoint was compared with the own log
	split      bool   // and they differ: this node has another order than a quorum
}

// signedRecord is what storage keeps of the largest head that this node signed, so that it never signs two histories.
type signedRecord struct {
	Size uint64 `cbor:"size"`
	Root []byte `cbor:"root"`
}

// loadSigning resumes after the replay has rebuilt the log.
func (e *Engine) loadSigning() error {
	e.signing.collector = e.shared.collector.Fresh()
	var record signedRecord
	if _, err := e.getRecord(metaCosigned, &record); err != nil {
		return err
	}
	last := proof.TreeHead{Size: record.Size}
	copy(last.Root[:], record.Root)
	e.signing.schedule = proof.NewSchedule(e.at.head, e.at.commit.Time, last, e.committedAt)
	return e.loadCheckpoint()
}

func (e *Engine) loadCheckpoint() error {
	note, err := e.storage.Get(metaCheckpoint)
	if err != nil || note == nil {
		return err
	}
	signed, err := proof.OpenCheckpoint(note, e.network.Cosigners)
	if err != nil {
		return fmt.Errorf("data folder: stored checkpoint: %w", err)
	}
	e.setCheckpoint(signed)
	return e.signing.collector.Resume(signed)
}

func (e *Engine) setCheckpoint(signed proof.SignedCheckpoint) {
	e.signing.compared = e.signing.compared && signed.TreeHead == e.signing.checkpoint
	e.signing.checkpoint, e.signing.weight, e.signing.note = signed.TreeHead, signed.Weight(), signed.Note()
	_, seconds := signed.SignedBetween()
	e.signing.signedAt = seconds * 1000
}

// committed notes a commit that grew the log, and signs its head if it is due.
func (e *Engine) committed(now uint64, out *Effects) error {
	if e.signing.collector == nil || !e.signing.schedule.Commit(now, e.at.commit.Time, e.at.head) {
		return nil // during the replay nothing is signed
	}
	return e.cosign(now, e.at.head, out)
}

// compareCheckpoint holds the newest checkpoint against the own log once that is as long. A difference means that this node
// orders otherwise than a quorum does: it signs nothing any more and says so.
func (e *Engine) compareCheckpoint(out *Effects) error {
	s := &e.signing
	if s.compared || s.checkpoint.Size == 0 || s.checkpoint.Size > e.at.head.Size {
		return nil
	}
	s.compared = true
	head, err := e.headOf(s.checkpoint.Size)
	if err != nil || head == s.checkpoint {
		return err
	}
	s.split = true
	out.notice(Split{Size: head.Size, Own: head.Root, Signed: s.checkpoint.Root})
	return nil
}

// headOf returns the head that the own log had at a size. It takes hashes from storage only where no outcome at hand tells.
func (e *Engine) headOf(size uint64) (proof.TreeHead, error) {
	o := e.at
	for o.before != nil && o.head.Size > size {
		o = o.before
	}
	if o.head.Size == size {
		return o.head, nil
	}
	then, err := proof.OpenLog(size, logStore{e.storage})
	if err != nil {
		return proof.TreeHead{}, err
	}
	return then.Head()
}

// cosignDue signs the newest head once the order stands still, and repeats a signature that found no quorum.
func (e *Engine) cosignDue(now uint64, out *Effects) error {
	if err := e.compareCheckpoint(out); err != nil {
		return err
	}
	if e.config.Self.Cosigner == nil || e.signing.split {
		return nil
	}
	s := &e.signing
	if head, sign := s.schedule.Still(now); sign {
		if err := e.cosign(now, head, out); err != nil {
			return err
		}
	}
	if last := s.schedule.Last(); last.Size > s.checkpoint.Size {
		if now >= s.sentAt+recosignEvery {
			if err := e.cosign(now, last, out); err != nil {
				return err
			}
		}
		out.wake(s.sentAt + recosignEvery)
	}
	if at, ok := s.schedule.Wake(); ok {
		out.wake(at)
	}
	return nil
}

// cosign signs a head, persists that it did, and tells the others.
func (e *Engine) cosign(now uint64, head proof.TreeHead, out *Effects) error {
	if e.config.Self.Cosigner == nil || e.signing.split {
		return nil
	}
	s := &e.signing
	s.sentAt = now
	signature, err := proof.Cosign(e.config.Self.Cosigner, e.network.Cosigners, s.schedule.Last(), head, now)
	if errors.Is(err, proof.ErrRegress) {
		return nil // a node on an old copy of its disk has signed further than it now sees; it catches up first
	}
	if err != nil {
		return err
	}
	s.schedule.Signed(head)
	if err := e.putRecord(metaCosigned, &signedRecord{Size: head.Size, Root: head.Root[:]}); err != nil {
		return err
	}
	out.Broadcasts = append(out.Broadcasts, Broadcast{Topic: TopicCheckpoints, Data: signature.Encode()})
	return e.cosigned(signature, out)
}

// cosigned counts a member's signature and keeps the checkpoint that it completes.
func (e *Engine) cosigned(c proof.VerifiedCosignature, out *Effects) error {
	changed, err := e.signing.collector.Add(c)
	if errors.Is(err, proof.ErrConflict) {
		out.notice(Conflicting{Member: c.Member, Size: c.Head.Size})
		return nil
	}
	if err != nil || !changed {
		return err
	}
	signed, _ := e.signing.collector.Latest()
	return e.keepCheckpoint(signed, out)
}

func (e *Engine) keepCheckpoint(signed proof.SignedCheckpoint, out *Effects) error {
	if signed.Size < e.signing.checkpoint.Size {
		return nil
	}
	e.setCheckpoint(signed)
	e.storage.Put(metaCheckpoint, signed.Note())
	out.notice(Checkpoint{Size: signed.Size, Weight: signed.Weight(), Total: e.network.Cosigners.Total()})
	return nil
}
