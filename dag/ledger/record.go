package ledger

import "encoding/binary"

// Values of the ledger's own entries are fixed records: integers of eight bytes, most significant first, and identifiers
// of 32 bytes, one after the other.

// record returns the record of some integers.
func record(values ...uint64) []byte {
	out := make([]byte, 0, 8*len(values))
	for _, v := range values {
		out = binary.BigEndian.AppendUint64(out, v)
	}
	return out
}

// integer returns the integer at place i of a record.
func integer(b []byte, i int) uint64 { return binary.BigEndian.Uint64(b[8*i:]) }

// Entry keys start with the name of who owns them and a slash. Module names have no slash, so no two owners can meet.
const (
	headKey        = "ledger/head" // time, commits, checkpoints, supply
	accountPrefix  = "account/"    // + account: balance, sequence
	recentPrefix   = "recent/"     // + account, chunk number: ids of the events that used the chunk's account sequences
	keysPrefix     = "keys/"       // + account: the keys that may act for it, in rising order
	frozenPrefix   = "frozen/"     // + key: the event that repeated a seq
	depositPrefix  = "deposit/"    // + module, slash, id: amount
	deadlinePrefix = "deadline/"   // + module, slash, id: time, checkpoints, 1 if the time has come and else 0
	pausedPrefix   = "paused/"     // + module: the number of the commit with which it was paused
)

// reservedNames are the owners that no module may be called.
var reservedNames = []string{"ledger", "account", "recent", "keys", "frozen", "deposit", "deadline", "paused"}

// entryKey joins a prefix and what follows.
func entryKey(prefix string, rest ...[]byte) []byte {
	size := len(prefix)
	for _, part := range rest {
		size += len(part)
	}
	out := append(make([]byte, 0, size), prefix...)
	for _, part := range rest {
		out = append(out, part...)
	}
	return out
}
