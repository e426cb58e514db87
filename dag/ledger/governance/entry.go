package governance

import (
	"encoding/binary"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// moduleName owns the entries below.
const moduleName = "governance"

// Entry keys. Values are fixed records, as the ledger's own are: integers of eight bytes, most significant first, and
// identifiers of 32 bytes. Lists are dense, since a state cannot be searched by the beginnings of keys.
const (
	termsKey        = "terms"       // the epoch, then the parameters
	seatsKey        = "seats"       // event key and weight of every seat, in rising order of the keys
	agendaKey       = "agenda"      // what is open, accepted, decided; see agenda
	rosterKey       = "roster"      // number of members; with a number: the event key of the member in that place
	leavingKey      = "leaving"     // first and next number; with a number: a member without a seat that leaves
	memberPrefix    = "member/"     // + event key: a registration
	hostPrefix      = "host/"       // + host key: the event key of its member
	cosignPrefix    = "cosign/"     // + cosigning key: the event key of its member
	namePrefix      = "name/"       // + name: the event key of its member
	accountPrefix   = "account/"    // + account: the event key of its member
	invitePrefix    = "invitation/" // + invitation: the event key of who came by it
	admissionPrefix = "admissions/" // + event key of a sponsor: an epoch and how many it admitted in that one
	proposalPrefix  = "proposal/"   // + id of the proposing event: a motion
)

func entryKey(prefix string, rest ...byte) []byte { return append([]byte(prefix), rest...) }

func numbered(list string, n uint64) []byte {
	return binary.BigEndian.AppendUint64(entryKey(list+"/"), n)
}

func record(values ...uint64) []byte {
	var out []byte
	for _, v := range values {
		out = binary.BigEndian.AppendUint64(out, v)
	}
	return out
}

func integer(b []byte, i int) uint64 { return binary.BigEndian.Uint64(b[8*i:]) }

// get returns the value of one of the module's entries, if it has the length; -1 stands for any.
func get(v ledger.View, key []byte, length int) ([]byte, bool) {
	b, ok := v.Get(ledger.EntryKey(moduleName, key))
	return b, ok && (length < 0 || len(b) == length)
}

// owner returns the member that a name, key, account or invitation leads to.
func owner(v ledger.View, prefix string, id []byte) (dag.Key, bool) {
	b, ok := get(v, entryKey(prefix, id...), len(dag.Key{}))
	if !ok {
		return dag.Key{}, false
	}
	return dag.Key(b), true
}

// keyList is a record of keys one after the other.
type keyList []dag.Key

func (l keyList) record() []byte {
	out := make([]byte, 0, len(l)*len(dag.Key{}))
	for i := range l {
		out = append(out, l[i][:]...)
	}
	return out
}

func parseKeys(b []byte) keyList {
	var out keyList
	for chunk := range slices.Chunk(b, len(dag.Key{})) {
		if len(chunk) == len(dag.Key{}) {
			out = append(out, dag.Key(chunk))
		}
	}
	return out
}

// store is where the module's entries are: a ledger.Tx, or the entries of a network that is being founded.
type store interface {
	ledger.View
	Put(key, value []byte) *ledger.Refusal
	Delete(key []byte)
}

// books are the module's entries while they are changed. The first refusal of the store is kept, so that a run of changes is
// checked once, at its end; with it, nothing of the run counts.
type books struct {
	store
	fault *ledger.Refusal
}

func (b *books) put(key, value []byte) {
	b.fail(b.Put(key, value))
}

// fail keeps the first refusal.
func (b *books) fail(r *ledger.Refusal) {
	if b.fault == nil {
		b.fault = r
	}
}
