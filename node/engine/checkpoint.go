package engine

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag/proof"
)

const (
	// recosignEvery is how long, in ms, a member waits for a quorum before it sends its signature on the newest commit again:
	// gossip may have lost the first.
	recosignEvery = 5_000
	// sealPatience is how long, in ms, a member signs nothing of an epoch while the seal that opened it has no quorum yet. A member never
	// signs a smaller log after a larger one, so it repeats its signature on the seal first.
	sealPatience = 2 * recosignEvery
)

// signing is this node's part in checkpoints.
type signing struct {
	schedule   proof.Schedule
	collector  *proof.Collector // of the current epoch's committee; nil during the replay
	sealing    sealing
	checkpoint proof.TreeHead // of the newest checkpoint with a quorum
	signed     proof.SignedCheckpoint
	epoch      uint64 // whose committee signed it
	note       []byte
	sentAt     uint64 // when the last cosignature was sent, ms
	compared   bool   // checkpoint was compared with the own log
	split      bool   // and they differ: this node has another order than a quorum
}

// sealing is the end of the epoch before, which that epoch's committee signs.
type sealing struct {
	head      proof.TreeHead // zero in the first epoch
	committee proof.Committee
	collector *proof.Collector
	certified bool   // a quorum has
	since     uint64 // ms
	own       []byte // this node's signature, as it was sent; it cannot be made again after a larger head was signed
	sentAt    uint64 // ms
}

// signedRecord is what storage keeps of the largest head that this node signed, so that it never signs two histories.
type signedRecord struct {
	Size uint64 `cbor:"size"`
	Root []byte `cbor:"root"`
}

// checkpointRecord is what storage keeps of the newest checkpoint with a quorum.
type checkpointRecord struct {
	Epoch uint64 `cbor:"epoch"`
	Note  []byte `cbor:"note"`
}

// loadSigning resumes after the replay has rebuilt the log.
func (e *Engine) loadSigning() error {
	e.signing.collector = e.epoch.collector.Fresh()
	var record signedRecord
	if _, err := e.getRecord(metaCosigned, &record); err != nil {
		return err
	}
	last := proof.TreeHead{Size: record.Size}
	copy(last.Root[:], record.Root)
	e.signing.schedule = proof.NewSchedule(e.at.head, e.at.commit.Time, last, e.committedAt)
	if err := e.loadSealing(); err != nil {
		return err
	}
	return e.loadCheckpoint()
}

// loadSealing finds out whether the seal that opened the epoch has its quorum, and who is to sign it if not.
func (e *Engine) loadSealing() error {
	if e.epoch.seal == nil {
		return nil
	}
	certificate, err := e.ranges[len(e.ranges)-1].record.certificate()
	if err != nil {
		return err
	}
	s := &e.signing.sealing
	*s = sealing{head: certificate.Seal.Head, certified: len(certificate.Note) > 0}
	if s.committee, err = e.committeeBefore(); err != nil {
		return err
	}
	if s.collector, err = proof.NewCollector(s.committee); err != nil || s.certified {
		return err
	}
	if e.mayCosign(s.head) {
		e.signing.schedule.Owe(s.head)
	}
	own, err := e.storage.Get(metaSealed)
	if signs(own, s.head) {
		s.own = own
	}
	return err
}

// committeeBefore returns the committee of the epoch before the current one. A node that was not in that epoch knows it by the certificates.
func (e *Engine) committeeBefore() (proof.Committee, error) {
	if last := len(e.ranges) - 1; last > 0 && !e.ranges[last].record.Skipped {
		return e.committeeIn(last - 1)
	}
	committee := e.config.Network.Cosigners
	var failed error
	err := e.storage.Scan([]byte{prefixCertificate}, nil, func(key, value []byte) bool {
		if keyNumber(key) >= e.epoch.seal.Leaf.Epoch {
			return false
		}
		var link proof.Chain
		if link, failed = proof.DecodeChain(value); failed == nil && len(link) == 1 && link[0].Next != nil {
			committee = *link[0].Next
		}
		return failed == nil
	})
	committee.Epoch = e.epoch.seal.Leaf.Epoch
	return committee, errors.Join(err, storageError(failed))
}

// loadCheckpoint reads the newest checkpoint, unless it is of an epoch that is long over.
func (e *Engine) loadCheckpoint() error {
	var record checkpointRecord
	found, err := e.getRecord(metaCheckpoint, &record)
	if err != nil || !found {
		return err
	}
	committee, collector := e.signersOf(record.Epoch)
	if collector == nil {
		return nil
	}
	signed, err := proof.OpenCheckpoint(record.Note, committee)
	if err != nil {
		if record.Epoch < e.network.Epoch { // of a committee that a node which began behind it does not know
			return nil
		}
		return fmt.Errorf("data folder: stored checkpoint: %w", err)
	}
	e.setCheckpoint(record.Epoch, signed)
	return collector.Resume(signed)
}

// signersOf returns the committee that signs the log of an epoch and who collects its signatures: of the current epoch, and for the
// seal of the one before; nil for others.
func (e *Engine) signersOf(epoch uint64) (proof.Committee, *proof.Collector) {
	switch epoch {
	case e.network.Epoch:
		return e.network.Cosigners, e.signing.collector
	case e.network.Epoch - 1:
		return e.signing.sealing.committee, e.signing.sealing.collector
	}
	return proof.Committee{}, nil
}

func (e *Engine) setCheckpoint(epoch uint64, signed proof.SignedCheckpoint) {
	s := &e.signing
	s.compared = s.compared && signed.TreeHead == s.checkpoint
	s.checkpoint, s.signed, s.epoch, s.note = signed.TreeHead, signed, epoch, signed.Note()
}

// signedAt returns when the newest checkpoint was signed, by the latest of its signers' clocks, in ms; 0 if there is none.
func (s *signing) signedAt() uint64 {
	if s.note == nil {
		return 0
	}
	_, seconds := s.signed.SignedBetween()
	return seconds * 1000
}

// committed notes a commit that grew the log, and signs its head if it is due. The end of an epoch always is.
func (e *Engine) committed(now uint64, out *Effects) error {
	s := &e.signing
	if s.collector == nil { // during the replay nothing is signed
		return nil
	}
	note := s.schedule.Commit
	if e.at.seal != nil && e.mayCosign(e.at.head) {
		note = s.schedule.Seal
	}
	if due := note(now, e.at.commit.Time, e.at.head); !due || e.waitsForSeal(now) {
		return nil
	}
	return e.cosign(now, e.at.head, out)
}

// turnSigning lets those who signed the epoch that is over finish with its seal, and the others begin.
func (e *Engine) turnSigning(now uint64, over, next *epoch) {
	s := &e.signing
	if s.collector == nil {
		return
	}
	own := s.sealing.own
	if !signs(own, next.seal.Head) {
		own = nil
	}
	s.schedule.Forget(next.seal.Head.Size)
	s.sealing = sealing{
		head: next.seal.Head, committee: over.network.Cosigners, collector: s.collector, since: now, own: own, sentAt: now,
	}
	s.collector = next.collector.Fresh()
}

// signs reports whether an encoded cosignature is on a head.
func signs(data []byte, head proof.TreeHead) bool {
	c, err := proof.DecodeCosignature(data)
	return err == nil && c.Head == head
}

// waitsForSeal reports whether nothing of the epoch is to be signed yet.
func (e *Engine) waitsForSeal(now uint64) bool {
	s := &e.signing.sealing
	return s.since != 0 && !s.certified && now < s.since+sealPatience
}

// compareCheckpoint holds the newest checkpoint against the own log once that is as long. A difference means that this node
// orders otherwise than a quorum does: it signs nothing any more and says so.
func (e *Engine) compareCheckpoint(out *Effects) error {
	s := &e.signing
	if s.compared || s.checkpoint.Size == 0 || s.checkpoint.Size > e.at.head.Size {
		return nil
	}
	s.compared = true
	if kept, err := e.prunedLeaves(); err != nil || s.checkpoint.Size < kept {
		return err // nothing is left to compare it with
	}
	head, err := e.headOf(s.checkpoint.Size)
	if err != nil {
		return err
	}
	if head == s.checkpoint {
		return e.putRecord(metaCovered, &checkpointRecord{Epoch: s.epoch, Note: s.note})
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
	e.resendSeal(now, out)
	waits := e.waitsForSeal(now)
	if head, sign := s.schedule.Still(now); sign && !waits {
		if err := e.cosign(now, head, out); err != nil {
			return err
		}
	}
	if last := s.schedule.Last(); last.Size > s.checkpoint.Size && e.mayCosign(last) {
		if now >= s.sentAt+recosignEvery {
			if err := e.cosign(now, last, out); err != nil {
				return err
			}
		}
		out.wake(s.sentAt + recosignEvery)
	}
	if at, ok := s.schedule.Wake(); ok && e.mayCosign(e.at.head) {
		if waits {
			at = max(at, s.sealing.since+sealPatience)
		}
		out.wake(max(at, now+1))
	}
	return nil
}

// resealEvery is how long, in ms, a member waits for a quorum on a seal before it sends its signature again. Gossip lets the same bytes
// pass again after two minutes only.
const resealEvery = 150_000

// resendSeal repeats this node's signature on the seal that has no quorum yet.
func (e *Engine) resendSeal(now uint64, out *Effects) {
	s := &e.signing.sealing
	if s.certified || s.own == nil || s.head.Size == 0 {
		return
	}
	if now >= s.sentAt+resealEvery {
		s.sentAt = now
		out.Broadcasts = append(out.Broadcasts, Broadcast{Topic: TopicCheckpoints, Data: s.own})
	}
	out.wake(s.sentAt + resealEvery)
}

// signersOfHead returns the committee that signs a head: that of the epoch before for its seal.
func (e *Engine) signersOfHead(head proof.TreeHead) (epoch uint64, committee proof.Committee) {
	epoch = e.network.Epoch
	if e.epoch.seal != nil && head.Size <= e.epoch.seal.Head.Size {
		epoch--
	}
	committee, _ = e.signersOf(epoch)
	return epoch, committee
}

// mayCosign reports whether this node is one of those who sign a head.
func (e *Engine) mayCosign(head proof.TreeHead) bool {
	if e.config.Self.Cosigner == nil {
		return false
	}
	_, committee := e.signersOfHead(head)
	_, ok := committee.Index(e.config.Self.Cosigner.Key())
	return ok
}

// cosign signs a head, persists that it did, and tells the others.
func (e *Engine) cosign(now uint64, head proof.TreeHead, out *Effects) error {
	if e.signing.split || !e.mayCosign(head) {
		return nil
	}
	s := &e.signing
	s.sentAt = now
	_, committee := e.signersOfHead(head)
	signature, err := proof.Cosign(e.config.Self.Cosigner, committee, s.schedule.Last(), head, now)
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
	data := signature.Encode()
	if e.at.seal != nil && head == e.at.head || head == s.sealing.head {
		s.sealing.own, s.sealing.sentAt = data, now
		e.storage.Put(metaSealed, data)
	}
	out.Broadcasts = append(out.Broadcasts, Broadcast{Topic: TopicCheckpoints, Data: data})
	return e.cosigned(signature, out)
}

// cosigned counts a member's signature and keeps the checkpoint that it completes.
func (e *Engine) cosigned(c proof.VerifiedCosignature, out *Effects) error {
	_, collector := e.signersOf(c.Epoch)
	if collector == nil {
		return nil // of an epoch that is over, or that has not begun here
	}
	changed, err := collector.Add(c)
	if errors.Is(err, proof.ErrConflict) {
		out.notice(Conflicting{Member: c.Member, Epoch: c.Epoch, Size: c.Head.Size})
		return nil
	}
	if err != nil || !changed {
		return err
	}
	signed, _ := collector.Latest()
	if err := e.certify(c.Epoch, signed); err != nil {
		return err
	}
	return e.keepCheckpoint(c.Epoch, signed, out)
}

func (e *Engine) keepCheckpoint(epoch uint64, signed proof.SignedCheckpoint, out *Effects) error {
	if signed.Size < e.signing.checkpoint.Size {
		return nil
	}
	e.setCheckpoint(epoch, signed)
	if err := e.putRecord(metaCheckpoint, &checkpointRecord{Epoch: epoch, Note: signed.Note()}); err != nil {
		return err
	}
	committee, _ := e.signersOf(epoch)
	out.notice(Checkpoint{Size: signed.Size, Weight: signed.Weight(), Total: committee.Total()})
	return nil
}
