package audit

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/archive"
)

// rule says how the entries under a prefix are read, and what to do about one that cannot be.
type rule struct {
	prefix string
	read   func(c *check, key, value []byte) error
	fault  func(c *check, key []byte, err error)
}

// table has a line for each kind of entries, the more special before the more general.
var table = []rule{
	{"C", readCertificate, derived(remedyPeers, archive.Repair{})},
	{"E", readEpoch, derived(remedyPeers, archive.Repair{State: true})},
	{"S", readNothing, told},
	{"a", readAnchor, derived(remedyDerived, archive.Repair{})}, // endBatches writes it again
	{"b", readOpen, owned},
	{"c", readCertificate, derived(remedyPeers, archive.Repair{})},
	{"d", readDevice, owned},
	{"e", readEvent, told}, // it notes faults by itself
	{"g", readAgain, owned},
	{"h", readHash, told}, // likewise
	{"i", readSpan, derived(remedyDerived, archive.Repair{})},
	{"j", readJump, owned},
	{"k", readRequest, owned},
	{"l", readPlace, derived(remedyDerived, archive.Repair{})},
	{"m", readBatch, owned},
	{"n", readOwnLeaf, owned},
	{"o", readOwn, owned},
	{"p", readOutbox, owned},
	{"r", readReceipt, told},           // endReceipts knows what to do
	{"s", readNothing, told},           // endState reads it
	{"vcheckpoint", readNothing, told}, // endNotes reads these two
	{"vcovered", readNothing, told},
	{"vcosigned", readCosigned, owned},
	{"vnetwork", readNetwork, owned},
	{"vprune", readRecord, derived(remedyPeers, archive.Repair{})},
	{"vrepair", readRepair, derived(remedyPeers, archive.Repair{Rebuild: true, Salvaged: true, State: true, Blobs: true})},
	{"vrestored", readRestored, owned},
	{"vsealed", readSealed, derived(remedyOnce, archive.Repair{})},
	{"vslot", readSlot, owned},
	{"vstaged", readRecord, derived(remedyPeers, archive.Repair{})},
	{"w", readSalvaged, derived(remedyPeers, archive.Repair{Salvaged: true})},
	{"x", readNothing, told},
}

// told lists a fault about which nothing is known to be done.
func told(c *check, key []byte, err error) {
	c.report.add(&Finding{Kind: archive.KindOf(key).Name, Where: where(key), What: err.Error(), Remedy: remedyElse})
}

// derived removes an entry that follows from others.
func derived(remedy string, mark archive.Repair) func(*check, []byte, error) {
	return func(c *check, key []byte, err error) {
		c.report.add(&Finding{Kind: archive.KindOf(key).Name, Where: where(key), What: err.Error(), Remedy: remedy}).
			can(mark, fix{op: remove, key: key})
	}
}

// owned puts an entry aside that nobody else has, if that is forced.
func owned(c *check, key []byte, err error) {
	c.report.add(&Finding{Kind: archive.KindOf(key).Name, Where: where(key), What: err.Error(), Remedy: remedyOwn}).
		forced(fix{op: putAside, key: key})
}

// where names an entry by its key.
func where(key []byte) string {
	switch {
	case key[0] == 'v':
		return fmt.Sprintf("%q", key[1:])
	case len(key) == 9:
		n, err := number(key)
		return fmt.Sprint(n, textOf(err))
	case len(key) == 33 && (key[0] == 'r' || key[0] == 'l' || key[0] == 'o' || key[0] == 'g'):
		return dag.ID(key[1:]).String()
	case len(key) == 33 && key[0] == 'd':
		return dag.Key(key[1:]).String()
	}
	return fmt.Sprintf("%x", key[1:])
}

// textOf returns the text of an error, with a space before it; empty for none.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return " " + err.Error()
}

func readNothing(*check, []byte, []byte) error { return nil }

func readRecord(_ *check, _, value []byte) error {
	_, err := decode[map[string]any](value)
	return err
}

func readRepair(c *check, _, value []byte) error {
	mark, err := archive.DecodeRepair(value)
	if err == nil {
		c.report.Pending = &mark
	}
	return err
}

func readRestored(_ *check, _, value []byte) error {
	_, err := archive.DecodeRestored(value)
	return err
}

func readNetwork(c *check, _, value []byte) error {
	if len(value) != 32 || dag.NetworkID(value) != c.options.Network {
		return fmt.Errorf("the folder belongs to %x, the genesis makes %s", value, c.options.Network)
	}
	return nil
}

func readSlot(_ *check, _, value []byte) error {
	if len(value) != 1 || value[0] > 1 {
		return fmt.Errorf("%x is none of the two places of the state", value)
	}
	return nil
}

func readCosigned(_ *check, _, value []byte) error {
	r, err := decode[signedRecord](value)
	if err == nil && len(r.Root) != len(proof.Hash{}) {
		err = fmt.Errorf("its root has %d bytes", len(r.Root))
	}
	return err
}

func readSealed(_ *check, _, value []byte) error {
	_, err := proof.DecodeCosignature(value)
	return err
}

func readCertificate(_ *check, key, value []byte) error {
	if _, err := number(key); err != nil {
		return err
	}
	_, err := proof.DecodeChain(value)
	return err
}

func readRequest(_ *check, _, value []byte) error {
	if len(value) != len(dag.ID{}) {
		return fmt.Errorf("it names no event")
	}
	return nil
}

func readAgain(_ *check, key, value []byte) error {
	_, err := digest(key)
	return errors.Join(err, readRequest(nil, nil, value))
}

func readOwnLeaf(_ *check, key, _ []byte) error {
	_, err := number(key)
	return err
}
