package audit

import (
	"fmt"
	"strings"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/archive"
)

// endNotes holds what was signed against the log: the newest checkpoint, and the largest head that this gateway cosigned.
func (c *check) endNotes() error {
	for _, key := range []string{"vcheckpoint", "vcovered"} {
		if err := c.checkpoint([]byte(key)); err != nil {
			return err
		}
	}
	value, err := c.view.Get([]byte("vcosigned"))
	if err != nil || value == nil {
		return err
	}
	record, err := decode[signedRecord](value)
	if err != nil || len(record.Root) != len(proof.Hash{}) {
		return nil //nolint:nilerr // reported when it was read
	}
	return c.signed("the head that this gateway cosigned", []byte("vcosigned"), record.Size, proof.Hash(record.Root), false)
}

func (c *check) checkpoint(key []byte) error {
	value, err := c.view.Get(key)
	if err != nil || value == nil {
		return err
	}
	p, err := c.openCheckpoint(value)
	if err != nil {
		c.report.add(&Finding{Kind: "checkpoint", Where: where(key), What: err.Error(), Remedy: remedyPeers}).
			can(archive.Repair{}, fix{op: remove, key: key})
		return nil //nolint:nilerr // it is told
	}
	return c.signed("the checkpoint that a quorum signed", key, p.Size, p.Root, true)
}

// openCheckpoint reads the newest checkpoint. Its signatures are checked if it is known whose they must be.
func (c *check) openCheckpoint(value []byte) (p proof.Checkpoint, err error) {
	record, err := decode[checkpointRecord](value)
	if err != nil {
		return p, err
	}
	return openNote(c, &record)
}

func openNote(c *check, record *checkpointRecord) (p proof.Checkpoint, err error) {
	if committee := c.committee(record.Epoch); committee != nil {
		signed, err := proof.OpenCheckpoint(record.Note, *committee)
		return signed.Checkpoint, err
	}
	text, _, _ := strings.Cut(string(record.Note), "\n\n")
	if p, err = proof.ParseCheckpoint(text + "\n"); err == nil && p.Network != c.options.Network {
		err = fmt.Errorf("it belongs to network %s", p.Network)
	}
	return p, err
}

// signed compares a signed head with the log. A checkpoint comes again from peers; what this gateway signed nobody else keeps.
func (c *check) signed(what string, key []byte, size uint64, root proof.Hash, again bool) error {
	if size == 0 || size > c.logSize() || c.hashes.faults > 0 {
		return nil // the log is not as far yet, or its own faults were told
	}
	own, err := c.root(size)
	if err != nil || own != nil && *own == root {
		return err
	}
	if own == nil && (!c.knowsLog() || c.epochs.size() >= size) {
		return nil // of a former epoch, whose hashes are trimmed
	}
	f := c.report.add(&Finding{Kind: "checkpoint", Where: fmt.Sprint("of size ", size), What: what + " has another root than the log", Remedy: remedyOwn})
	if !again {
		f.forced(fix{op: putAside, key: key})
		return nil
	}
	f.Remedy = remedyPeers
	f.can(archive.Repair{}, fix{op: remove, key: key})
	return nil
}
