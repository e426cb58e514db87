package light

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// trust is what everything else is held against.
type trust struct {
	pin       proof.Pin       // whose certificate is still to be found; zero if a committee is known
	origin    dag.Origin      // of the epoch
	committee proof.Committee // of the epoch
	opened    []byte          // certificate of the seal that opened it, an encoded proof.Chain with the committee; nil in the first
	head      Head            // newest checkpoint; Size is 0 if there is none
}

// epoch returns the newest epoch whose committee is known, or is pinned.
func (t *trust) epoch() uint64 { return t.origin.Epoch }

// trustRecord is what storage keeps of it.
type trustRecord struct {
	Opened []byte `cbor:"opened,omitempty"`
	Epoch  uint64 `cbor:"epoch,omitempty"` // of the head, and so on
	Size   uint64 `cbor:"size,omitempty"`
	Root   []byte `cbor:"root,omitempty"`
	Note   []byte `cbor:"note,omitempty"`
	Leaf   []byte `cbor:"leaf,omitempty"`
	Weight uint64 `cbor:"weight,omitempty"`
	Signed uint64 `cbor:"signed,omitempty"`
}

// newTrust returns what a gateway begins with that has seen nothing yet.
func newTrust(c *Config) trust {
	if c.Pin.IsZero() {
		return trust{origin: dag.FirstOrigin(c.Network), committee: c.Committee}
	}
	origin := dag.Origin{Network: c.Network, Epoch: c.Pin.Epoch + 1, Seal: [32]byte(c.Pin.Seal)}
	return trust{pin: c.Pin, origin: origin}
}

// store persists it.
func (t *trust) store(s engine.Storage) error {
	h := &t.head
	return putRecord(s, keyTrust, &trustRecord{
		Opened: t.opened, Epoch: h.Epoch, Size: h.Size, Root: h.Root[:], Note: h.Note, Leaf: h.Leaf, Weight: h.Weight, Signed: h.Signed,
	})
}

// loadTrust goes on where storage ends.
func loadTrust(c *Config, s engine.Storage) (trust, error) {
	t := newTrust(c)
	var r trustRecord
	found, err := getRecord(s, keyTrust, &r)
	if err != nil || !found {
		return t, err
	}
	if len(r.Opened) > 0 {
		if err := t.resume(c.Network, r.Opened); err != nil {
			return t, fmt.Errorf("%w: the certificate of the epoch: %w", engine.ErrStorage, err)
		}
	}
	if r.Size == 0 {
		return t, nil
	}
	if t.head, err = r.head(); err != nil {
		return t, fmt.Errorf("%w: the checkpoint: %w", engine.ErrStorage, err)
	}
	return t, nil
}

// resume takes the epoch that a stored certificate opens.
func (t *trust) resume(network dag.NetworkID, encoded []byte) error {
	chain, err := proof.DecodeChain(encoded)
	if err != nil {
		return err
	}
	if len(chain) != 1 {
		return errors.New("not one certificate")
	}
	seal, committee, err := chain.VerifyFrom(chain[0].Seal.Pin(), network)
	if err != nil {
		return err
	}
	t.pin, t.committee, t.opened = proof.Pin{}, committee, encoded
	t.origin = dag.Origin{Network: network, Epoch: seal.Leaf.Epoch + 1, Seal: [32]byte(seal.Leaf.Hash())}
	return nil
}

// head rebuilds the head of a record.
func (r *trustRecord) head() (Head, error) {
	h := Head{
		TreeHead: proof.TreeHead{Size: r.Size}, Epoch: r.Epoch, Note: r.Note, Leaf: r.Leaf, Weight: r.Weight, Signed: r.Signed,
	}
	copy(h.Root[:], r.Root)
	if seal, err := proof.DecodeSealLeaf(r.Leaf); err == nil {
		h.State, h.Number, h.Time, h.Leader, h.Sealed = seal.State, seal.Number, seal.Time, seal.Leader, true
		return h, nil
	}
	closing, err := proof.DecodeClosingLeaf(r.Leaf)
	h.State, h.Number, h.Time, h.Leader = closing.State, closing.Number, closing.Time, closing.Leader
	return h, err
}

// verify goes through a chain of certificates from what is known. It returns the newest seal and the committee after it.
func (t *trust) verify(chain proof.Chain, genesis proof.Committee) (proof.Seal, proof.Committee, error) {
	if t.pin.IsZero() {
		return chain.Verify(t.origin.Network, t.committee)
	}
	if len(chain) > 0 && chain[0].Next == nil { // the committee is that of genesis, or the hash in the seal will differ
		chain = append(proof.Chain{chain[0]}, chain[1:]...)
		chain[0].Next = &genesis
	}
	return chain.VerifyFrom(t.pin, t.origin.Network)
}

// enter goes into the epoch that a verified seal opens; note is its signed checkpoint and before the committee that signed it.
func (t *trust) enter(seal *proof.Seal, note []byte, before, committee proof.Committee) error {
	opened, err := proof.Chain{{Seal: *seal, Note: note, Next: &committee}}.Encode()
	if err != nil {
		return err
	}
	t.pin, t.opened, t.committee = proof.Pin{}, opened, committee
	t.origin = dag.Origin{Network: t.origin.Network, Epoch: committee.Epoch, Seal: [32]byte(seal.Leaf.Hash())}
	t.head = sealHead(seal, note, before)
	return nil
}
