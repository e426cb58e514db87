package archive

import "bytes"

// Part says whose an entry of the database is.
type Part int

// The parts of a data folder.
const (
	// Own is what nobody else has: it is in every backup.
	Own Part = iota
	// Ledger is what the members of the network have in common and can be fetched from them.
	Ledger
)

// Kind is a kind of entries: those whose key has one prefix.
type Kind struct {
	Prefix string
	Name   string // for people, in the singular
	Part   Part
}

// The prefixes of the keys that backup, restore and repair write by themselves or look at. The others are only copied.
const (
	// EventPrefix is that of attached events: position (8), the block.
	EventPrefix = "e"
	// ReceiptPrefix is that of outcomes: event id (32), a record.
	ReceiptPrefix = "r"
	// OwnPrefix is that of own events whose epoch was pruned: event id (32), the block.
	OwnPrefix = "o"
	// BatchPrefix is that of closed batches: number (8), a record.
	BatchPrefix = "m"
	// SalvagedPrefix is that of events that are on disk, but not in the graph: former position (8), the block. See Salvage.
	SalvagedPrefix = "w"
	// SetAsidePrefix is that of damaged entries: the former key, the former value. Nothing but people reads them.
	SetAsidePrefix = "x"
	// NetworkKey names the network that the entries belong to: its id (32).
	NetworkKey = "vnetwork"
	// RestoredKey is the key of the mark Restored.
	RestoredKey = "vrestored"
	// RepairKey is the key of the mark Repair.
	RepairKey = "vrepair"
)

// kinds lists all kinds, the more special before the more general. Integers in keys take 8 bytes, most significant first.
var kinds = []Kind{
	{EventPrefix, "event", Ledger},
	{ReceiptPrefix, "receipt", Ledger},
	{"E", "epoch record", Ledger},
	{"C", "certificate", Ledger},
	{"c", "certificate of a late seal", Ledger},
	{"s", "state entry", Ledger},
	{"S", "part of a state that is being fetched", Ledger},
	{"l", "place of an event", Ledger},
	{SalvagedPrefix, "event that waits for others", Ledger},
	{"vcheckpoint", "checkpoint", Ledger},
	{"vprune", "note on pruning", Ledger},
	{"vslot", "note on the state", Ledger},
	{"vstaged", "note on a state that is being fetched", Ledger},
	{"h", "hash of the log", Own}, // of sealed epochs only those are kept that prove own events, and nobody else keeps these
	{OwnPrefix, "own event of a former epoch", Own},
	{"j", "checkpoint from before a snapshot", Own},
	{"n", "leaf of an own event", Own},
	{"g", "note on an event that was issued again", Own},
	{"d", "device", Own},
	{"b", "reading of the open batch", Own},
	{BatchPrefix, "batch", Own},
	{"a", "anchor", Own},
	{"i", "span", Own},
	{"p", "payload of the outbox", Own},
	{"k", "idempotency key", Own},
	{SetAsidePrefix, "damaged entry", Own},
	{"v", "note", Own},
}

// Kinds returns all kinds, the more special before the more general. The caller must not change the slice.
func Kinds() []Kind { return kinds }

// KindOf returns the kind of an entry. What this program does not know counts as the gateway's own, so that no backup leaves
// out what a later version wrote.
func KindOf(key []byte) Kind {
	for _, k := range kinds {
		if bytes.HasPrefix(key, []byte(k.Prefix)) {
			return k
		}
	}
	return Kind{Name: "unknown entry", Part: Own}
}

// Known reports whether the kind is one of Kinds.
func (k Kind) Known() bool { return k.Prefix != "" }
