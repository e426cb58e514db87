package engine

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag/proof"
)

// A node that began at a pin trusts it for what was before, and has no certificates of that time. Those who know the genesis alone could
// not follow its proofs, nor could newcomers begin there. So it is given the certificates that it lacks once a peer has told them.

// Errors of KeepCertificates, besides those that wrap ErrStorage.
var (
	// ErrUnknownSeal says that a chain ends with an epoch of which this node has not seen the end.
	ErrUnknownSeal = errors.New("this gateway has not seen the end of that epoch")
	// ErrOtherHistory says that a chain contradicts what this node knows: a quorum of an earlier committee has signed two histories.
	ErrOtherHistory = errors.New("this gateway knows another history")
)

// KeepCertificates keeps the certificates of a chain by which the committee changed, in the place of those up to its end that are here. The
// chain must have been verified from the first committee, and must lead to the end of an epoch that is on disk here. Errors wrap
// ErrUnknownSeal, ErrOtherHistory or ErrStorage.
func (e *Engine) KeepCertificates(chain proof.Chain) error {
	if len(chain) == 0 {
		return fmt.Errorf("a chain without certificates: %w", ErrUnknownSeal)
	}
	newest := &chain[len(chain)-1]
	r, own, err := e.endedWith(&newest.Seal)
	if err != nil {
		return fmt.Errorf("certificates up to epoch %d: %w", newest.Seal.Leaf.Epoch, err)
	}
	changes := e.changes(chain)
	dropped, err := e.replaced(changes, newest.Seal.Leaf.Epoch)
	if err != nil {
		return fmt.Errorf("certificates up to epoch %d: %w", newest.Seal.Leaf.Epoch, err)
	}
	for _, epoch := range dropped {
		e.storage.Delete(numberKey(prefixCertificate, epoch))
	}
	if err := e.putChanges(changes, newest.Seal.Leaf.Epoch); err != nil {
		return err
	}
	own.Note = newest.Note // at a pin nobody could tell whether the one from there holds
	return e.renewCertificate(r, own)
}

// endedWith returns the epoch that began with a seal, and the certificate that its record has.
func (e *Engine) endedWith(seal *proof.Seal) (*epochRange, *proof.Certificate, error) {
	n := slices.IndexFunc(e.ranges, func(r epochRange) bool { return r.number == seal.Leaf.Epoch+1 && len(r.record.Seal) > 0 })
	if n < 0 {
		return nil, nil, ErrUnknownSeal
	}
	own, err := e.ranges[n].record.certificate()
	if err == nil && own.Seal.Leaf != seal.Leaf {
		err = fmt.Errorf("%w: it ended with seal %s, not %s", ErrOtherHistory, own.Seal.Leaf.Hash(), seal.Leaf.Hash())
	}
	return &e.ranges[n], own, err
}

// changes returns the certificates of a chain from the first committee at which the committee changed.
func (e *Engine) changes(chain proof.Chain) proof.Chain {
	committee := e.config.Network.Cosigners.Hash()
	return slices.DeleteFunc(slices.Clone(chain), func(c proof.Certificate) bool {
		same := c.Seal.Leaf.Committee == committee
		committee = c.Seal.Leaf.Committee
		return same
	})
}

// replaced returns the epochs up to the given one of which certificates are here as changes of the committee. It fails if one of them
// says otherwise than the changes who the committee was.
func (e *Engine) replaced(changes proof.Chain, through uint64) (epochs []uint64, err error) {
	committee, next := e.config.Network.Cosigners.Hash(), 0
	var failed error
	err = e.storage.Scan([]byte{prefixCertificate}, nil, func(key, value []byte) bool {
		epoch := keyNumber(key)
		var own proof.Chain
		if own, failed = proof.DecodeChain(value); failed != nil || epoch > through {
			return false
		}
		for ; next < len(changes) && changes[next].Seal.Leaf.Epoch <= epoch; next++ {
			committee = changes[next].Seal.Leaf.Committee
		}
		if own[0].Seal.Leaf.Committee != committee {
			failed = fmt.Errorf("%w: of the committee after epoch %d", ErrOtherHistory, epoch)
		}
		epochs = append(epochs, epoch)
		return failed == nil
	})
	if err == nil && failed != nil && !errors.Is(failed, ErrOtherHistory) {
		failed = fmt.Errorf("%w: a certificate: %w", ErrStorage, failed)
	}
	return epochs, errors.Join(err, failed)
}

// ChainFromGenesis reports whether Certificates holds for those who know the genesis alone. If not, KeepCertificates is to be given
// what is missing.
func (e *Engine) ChainFromGenesis() bool {
	chain, err := e.Certificates()
	if err == nil {
		_, err = e.fromGenesis(chain)
	}
	return err == nil
}

// provenChains are chains that hold from the first committee, by the hash of their encoding.
type provenChains map[[32]byte]*provenChain

type provenChain struct {
	committee proof.Committee // to which it leads
	note      string          // the last checkpoint that was seen to be signed by it
}

// provenMost bounds them: the chain up to now, and those of some checkpoints.
const provenMost = 4

// fromGenesis verifies a chain from the first committee, unless it held before.
func (e *Engine) fromGenesis(chain proof.Chain) (*provenChain, error) {
	encoded, err := chain.Encode()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	sum := sha256.Sum256(encoded)
	if known := e.proven[sum]; known != nil {
		return known, nil
	}
	p := &provenChain{committee: e.config.Network.Cosigners}
	if len(chain) > 0 {
		if _, p.committee, err = chain.Verify(e.network.ID, p.committee); err != nil {
			return nil, err
		}
	}
	if e.proven == nil || len(e.proven) >= provenMost {
		e.proven = provenChains{}
	}
	e.proven[sum] = p
	return p, nil
}

// holds fails unless a proof that is to be handed out holds for those who know the genesis alone. The error wraps ErrNotYet or ErrStorage.
func (e *Engine) holds(file *proof.File) error {
	p, err := e.fromGenesis(file.Chain)
	if err == nil && p.note != file.Checkpoint {
		if _, err = proof.OpenCheckpoint([]byte(file.Checkpoint), p.committee); err == nil {
			p.note = file.Checkpoint
		}
	}
	if errors.Is(err, ErrStorage) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: the certificates from before this gateway joined, or that of the newest change of the committee, are not here yet: %w", ErrNotYet, err)
	}
	return nil
}
