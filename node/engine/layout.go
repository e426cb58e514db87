package engine

import (
	"encoding/binary"

	"github.com/ledgerofthings/lot/dag"
)

// The first byte of a storage key says what the entry is. Numbers are big-endian, so that keys sort by them.
const (
	prefixEvent       = 'e' // position (8): an attached event's block, in the order of attaching over all epochs
	prefixReceipt     = 'r' // event id (32): the outcome of an ordered payload event
	prefixLogHash     = 'h' // tlog storage index (8): hashes of the transparency log
	prefixDevice      = 'd' // device key (32): registration
	prefixOpenReading = 'b' // batch (8), index (4): a reading of the open batch
	prefixBatch       = 'm' // batch (8): a closed batch
	prefixAnchor      = 'a' // batch (8): how far the anchor of a closed batch is
	prefixSpan        = 'i' // device key (32), first seq inverted (8): which batch holds a run of a device's readings
	prefixOutbox      = 'p' // number (8): a payload that waits to be issued
	prefixRequest     = 'k' // idempotency key: the event issued for it
	prefixMeta        = 'v' // name: a value there is one of
	prefixEpoch       = 'E' // epoch (8): what it began with
	prefixState       = 's' // slot (1), entry key: the state with which the current epoch began, in one of two slots
	prefixPlace       = 'l' // event id (32): position (8) of an event with a payload whose epoch is over
	prefixSalvaged    = 'w' // position (8): an event that a repair or a restore put aside
	prefixJump        = 'j' // log size (8): the newest checkpoint from before a snapshot was installed
	prefixStaged      = 'S' // bits (1), part (8): a chunk of the state that is being put together in the other slot is there
	prefixOwnLeaf     = 'n' // leaf (8): one of an own event of an epoch that was pruned
	prefixOwn         = 'o' // event id (32): block of an own payload event of an epoch that was pruned
	prefixAgain       = 'g' // event id (32): the event under which the payload of a void own event was issued again
	prefixCertificate = 'C' // epoch (8): certificate of the seal by which the committee changed
	prefixPin         = 'c' // epoch (8): certificate of any seal, of the latest epochs
)

// metaCosigned is the size and root of the largest tree that this node cosigned.
var metaCosigned = metaKey("cosigned")

// metaCheckpoint is the newest checkpoint note with a quorum.
var metaCheckpoint = metaKey("checkpoint")

// metaRestored is the mark of a data folder that comes from a backup, metaRepair that of one that was repaired.
var metaRestored, metaRepair = metaKey("restored"), metaKey("repair")

// metaSealed is this node's own signature on the last seal that it signed.
var metaSealed = metaKey("sealed")

// metaPrune is how far the deletion of an epoch has come.
var metaPrune = metaKey("prune")

// metaStaged is the seal of which a state is being put together in the slot that is not in use.
var metaStaged = metaKey("staged")

// metaSlot is which of the two places of the state is in use; 0 if there is no entry.
var metaSlot = metaKey("slot")

// metaCovered is the newest checkpoint that the own log was compared with and that it covers.
var metaCovered = metaKey("covered")

// metaNetwork is the id of the network that the entries belong to.
var metaNetwork = metaKey("network")

func metaKey(name string) []byte { return append([]byte{prefixMeta}, name...) }

func numberKey(prefix byte, n uint64) []byte { return appendNumberKey(nil, prefix, n) }

func appendNumberKey(b []byte, prefix byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b, prefix), n)
}

func digestKey(prefix byte, digest [32]byte) []byte {
	return append([]byte{prefix}, digest[:]...)
}

func openReadingKey(batch uint64, index uint32) []byte {
	return binary.BigEndian.AppendUint32(numberKey(prefixOpenReading, batch), index)
}

// spanKey sorts a device's runs from the newest to the oldest, so that the first entry not below spanKey(device, seq) is
// the run with the highest first number up to seq.
func spanKey(device dag.Key, first uint64) []byte {
	return binary.BigEndian.AppendUint64(digestKey(prefixSpan, device), ^first)
}

// keyNumber reads the number that follows the prefix byte.
func keyNumber(key []byte) uint64 { return binary.BigEndian.Uint64(key[1:9]) }

// Prefixes returns the prefixes of the storage keys that belong to a kind of what is stored: events, receipts, log, state or readings,
// the last of which stands for all that is this node's own.
func Prefixes(kind string) [][]byte {
	of := map[string]string{
		"events":   string([]byte{prefixEvent, prefixPlace, prefixSalvaged}),
		"receipts": string([]byte{prefixReceipt}),
		"log":      string([]byte{prefixLogHash, prefixOwnLeaf, prefixJump}),
		"state":    string([]byte{prefixState, prefixStaged, prefixEpoch, prefixCertificate, prefixPin, prefixMeta}),
		"readings": string([]byte{
			prefixDevice, prefixOpenReading, prefixBatch, prefixAnchor, prefixSpan, prefixOutbox, prefixRequest, prefixOwn, prefixAgain,
		}),
	}
	var out [][]byte
	for _, b := range []byte(of[kind]) {
		out = append(out, []byte{b})
	}
	return out
}
