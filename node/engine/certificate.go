package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
)

// certify keeps the certificate of the seal that opened the current epoch, once a quorum of the epoch before has signed exactly it.
func (e *Engine) certify(epoch uint64, signed proof.SignedCheckpoint) error {
	s := &e.signing.sealing
	if s.certified || epoch+1 != e.network.Epoch || signed.TreeHead != s.head {
		return nil
	}
	return e.keepCertificate(len(e.ranges)-1, &proof.Certificate{Seal: *e.epoch.seal, Next: &e.network.Cosigners}, s.committee, signed)
}

// keepCertificate keeps the certificate of the seal that opened the n-th epoch on disk. If the committee changed there it is kept for good:
// it is a link of the chain by which newcomers come to trust the committee of today.
func (e *Engine) keepCertificate(n int, c *proof.Certificate, before proof.Committee, signed proof.SignedCheckpoint) error {
	epoch := c.Seal.Leaf.Epoch
	c.Note = signed.Note()
	if c.Next.Hash() != before.Hash() {
		if err := e.putChanges(proof.Chain{*c}, epoch); err != nil {
			return err
		}
	}
	if epoch > keptPins {
		e.storage.Delete(numberKey(prefixPin, epoch-keptPins))
	}
	return e.renewCertificate(&e.ranges[n], c)
}

// renewCertificate keeps the certificate of the seal that opened an epoch on disk in that epoch's record, and for those who begin at it.
func (e *Engine) renewCertificate(r *epochRange, c *proof.Certificate) error {
	encoded, err := proof.Chain{*c}.Encode()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	r.record.Seal, r.certified = encoded, true
	if r.number == e.network.Epoch {
		e.signing.sealing.certified = true
	}
	e.storage.Put(numberKey(prefixPin, c.Seal.Leaf.Epoch), encoded)
	return e.putEpoch(r.number, &r.record)
}

// putChanges keeps certificates by which the committee changed, and those that name the committee at a pin, for good. newest is the last
// epoch that is over.
func (e *Engine) putChanges(chain proof.Chain, newest uint64) error {
	for _, c := range chain {
		if c.Next == nil {
			continue
		}
		encoded, err := proof.Chain{c}.Encode()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrStorage, err)
		}
		epoch := c.Seal.Leaf.Epoch
		e.storage.Put(numberKey(prefixCertificate, epoch), encoded)
		if epoch+keptPins > newest {
			e.storage.Put(numberKey(prefixPin, epoch), encoded)
		}
	}
	return nil
}

// lacks returns the earliest epoch that this node has seen end, and of which it lacks the certificate: it was away when the others signed
// it; 0 for none.
func (e *Engine) lacks() uint64 {
	for n := range e.ranges {
		if !e.ranges[n].certified && n > 0 {
			return e.ranges[n].number - 1
		}
	}
	return 0
}

// takeCertificate takes a certificate that this node lacks from a peer.
func (e *Engine) takeCertificate(b []byte) error {
	chain, err := proof.DecodeChain(b)
	if err != nil || len(chain) != 1 {
		return nil //nolint:nilerr // somebody else will have it
	}
	n := slices.IndexFunc(e.ranges, func(r epochRange) bool { return r.number == chain[0].Seal.Leaf.Epoch+1 })
	if n <= 0 || e.ranges[n].certified {
		return nil
	}
	own, err := e.ranges[n].record.certificate()
	if err != nil {
		return err
	}
	before, err := e.committeeIn(n - 1)
	if err != nil {
		return err
	}
	signed, err := proof.OpenCheckpoint(chain[0].Note, before)
	if err != nil || signed.TreeHead != own.Seal.Head {
		return nil //nolint:nilerr // likewise
	}
	if n == len(e.ranges)-1 {
		return e.certify(own.Seal.Leaf.Epoch, signed)
	}
	return e.keepCertificate(n, own, before, signed)
}

// committeeIn returns the committee of the n-th epoch on disk.
func (e *Engine) committeeIn(n int) (proof.Committee, error) {
	if len(e.ranges[n].record.Seal) == 0 {
		return e.config.Network.Cosigners, nil
	}
	certificate, err := e.ranges[n].record.certificate()
	if err != nil {
		return proof.Committee{}, err
	}
	return *certificate.Next, nil
}

// keptPins is how many of the latest epochs have their certificates kept even if the committee did not change, so that newcomers can
// begin there whose invitation names one of them.
const keptPins = 4_096

// CertificatesSince is Certificates for somebody who trusts the seal of an epoch: with its certificate and what comes after it. The
// error wraps ErrNotFound if that is not kept.
func (e *Engine) CertificatesSince(epoch uint64) (proof.Chain, error) {
	chain, err := e.Certificates()
	if err != nil || epoch == 0 {
		return chain, err
	}
	b, err := e.storage.Get(numberKey(prefixPin, epoch))
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, fmt.Errorf("certificate of epoch %d: %w here", epoch, ErrNotFound)
	}
	pinned, err := proof.DecodeChain(b)
	if err != nil {
		return nil, fmt.Errorf("%w: certificate of epoch %d: %w", ErrStorage, epoch, err)
	}
	for _, c := range chain {
		if c.Seal.Leaf.Epoch > epoch {
			pinned = append(pinned, c)
		}
	}
	return pinned, nil
}

// certifyEarly keeps the certificate of the seal that has just opened the epoch, if a quorum had signed it before this node came there.
func (e *Engine) certifyEarly() error {
	s := &e.signing.sealing
	if s.collector == nil {
		return nil
	}
	signed, ok := s.collector.Latest()
	if !ok {
		return nil
	}
	return e.certify(e.network.Epoch-1, signed)
}

// Snapshot is what an epoch began with, in a form that others can check.
type Snapshot struct {
	Seal  proof.Seal
	Chain proof.Chain   // from the network's first committee, or where this node's knowledge begins, to Seal
	State *ledger.State // that Seal names
}

// Pin names the newest end of an epoch that a quorum has signed and that this node remembers; zero if there is none.
func (e *Engine) Pin() (proof.Pin, error) {
	for epoch := e.network.Epoch - 1; epoch > 0 && epoch+pinsLookedAt > e.network.Epoch; epoch-- {
		b, err := e.storage.Get(numberKey(prefixPin, epoch))
		if err != nil {
			return proof.Pin{}, err
		}
		if b == nil {
			continue
		}
		chain, err := proof.DecodeChain(b)
		if err != nil || len(chain) != 1 {
			return proof.Pin{}, fmt.Errorf("%w: certificate of epoch %d: %w", ErrStorage, epoch, err)
		}
		return chain[0].Seal.Pin(), nil
	}
	return proof.Pin{}, nil
}

// pinsLookedAt is among how many of the latest epochs a certified end is looked for.
const pinsLookedAt = 16

// ErrNoSnapshot says that there is nothing yet that others could begin with: the network is in its first epoch, or the committee has not
// yet signed how the last one ended.
var ErrNoSnapshot = errors.New("no certified end of an epoch yet")

// Snapshot returns what the current epoch began with. The error is ErrNoSnapshot or wraps ErrStorage.
func (e *Engine) Snapshot() (*Snapshot, error) {
	if e.epoch.seal == nil || !e.signing.sealing.certified {
		return nil, ErrNoSnapshot
	}
	chain, err := e.Certificates()
	if err != nil {
		return nil, err
	}
	return &Snapshot{Seal: *e.epoch.seal, Chain: chain, State: e.epoch.state}, nil
}

// Certificates returns the certificates of the seals at which the committee changed, as far as this node knows them, and of the seal that
// opened the current epoch, once it is certified.
func (e *Engine) Certificates() (proof.Chain, error) {
	var chain proof.Chain
	var failed error
	err := e.storage.Scan([]byte{prefixCertificate}, nil, func(_, value []byte) bool {
		var link proof.Chain
		if link, failed = proof.DecodeChain(value); failed == nil {
			chain = append(chain, link...)
		}
		return failed == nil
	})
	if err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, fmt.Errorf("%w: a certificate: %w", ErrStorage, failed)
	}
	if e.epoch.seal == nil || !e.signing.sealing.certified {
		return chain, nil
	}
	newest, err := e.ranges[len(e.ranges)-1].record.certificate()
	if err != nil {
		return nil, err
	}
	if n := len(chain); n > 0 && chain[n-1].Seal.Leaf == newest.Seal.Leaf {
		return chain, nil
	}
	if len(chain) > 0 || e.network.Cosigners.Hash() == e.config.Network.Cosigners.Hash() {
		newest.Next = nil // the same as the committee before
	}
	return append(chain, *newest), nil
}
