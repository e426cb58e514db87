package governance

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// The roster numbers the members without gaps, so that all of them can be listed. The last one moves into the place of one
// that goes.

func rosterSize(v ledger.View) uint64 {
	b, ok := get(v, []byte(rosterKey), 8)
	if !ok {
		return 0
	}
	return integer(b, 0)
}

// roster returns the event keys of all members in their places.
func roster(v ledger.View) keyList {
	var out keyList
	for n := range rosterSize(v) {
		if b, ok := get(v, numbered(rosterKey, n), len(dag.Key{})); ok {
			out = append(out, dag.Key(b))
		}
	}
	return out
}

// Members returns all members as the state has them now, those with frozen keys included, in rising order of their event
// keys. Its cost is that of their number.
func Members(v ledger.View) []Member {
	var out []Member
	seats := readSeats(v)
	for _, event := range roster(v) {
		if m, ok := readRegistration(v, event); ok {
			out = append(out, m.member(v, seats))
		}
	}
	slices.SortFunc(out, func(a, b Member) int { return a.Event.Compare(b.Event) })
	return out
}

// enter adds a member whose name, keys and account are free.
func (b *books) enter(m registration) {
	m.place = rosterSize(b)
	b.put([]byte(rosterKey), record(m.place+1))
	b.put(numbered(rosterKey, m.place), m.event[:])
	b.put(entryKey(memberPrefix, m.event[:]...), m.record())
	for _, index := range m.indices() {
		b.put(index, m.event[:])
	}
}

// strike removes a member, but for its seat.
func (b *books) strike(m registration) {
	last := rosterSize(b) - 1
	if moved, ok := get(b, numbered(rosterKey, last), len(dag.Key{})); ok && last != m.place {
		b.put(numbered(rosterKey, m.place), moved)
		if other, ok := readRegistration(b, dag.Key(moved)); ok {
			other.place = m.place
			b.put(entryKey(memberPrefix, moved...), other.record())
		}
	}
	b.Delete(numbered(rosterKey, last))
	b.put([]byte(rosterKey), record(last))
	b.Delete(entryKey(memberPrefix, m.event[:]...))
	b.Delete(entryKey(admissionPrefix, m.event[:]...))
	for _, index := range m.indices() {
		b.Delete(index)
	}
}

// indices are the entries that lead to the member.
func (m *registration) indices() [][]byte {
	return [][]byte{
		entryKey(namePrefix, []byte(m.name)...), entryKey(hostPrefix, m.host[:]...),
		entryKey(cosignPrefix, m.cosign[:]...), entryKey(accountPrefix, m.account[:]...),
	}
}

// taken says which of a newcomer's name and keys are in use.
func taken(v ledger.View, a Application) *ledger.Refusal {
	if other, ok := owner(v, namePrefix, []byte(a.Name)); ok {
		return ledger.Refuse(ledger.StatusAlreadyExists, "the name %q is that of member %s: choose another", a.Name, other.Short())
	}
	for _, key := range []dag.Key{a.Host, a.Event, a.Cosign} {
		if name, ok := holder(v, key); ok {
			return ledger.Refuse(ledger.StatusAlreadyExists, "key %s is in use by member %q: every member needs its own, "+
				"and every purpose its own key", key.Short(), name)
		}
	}
	return nil
}

// holder returns the name of the member that has a key for any purpose.
func holder(v ledger.View, key dag.Key) (name string, ok bool) {
	if m, ok := readRegistration(v, key); ok {
		return m.name, true
	}
	for _, prefix := range []string{hostPrefix, cosignPrefix} {
		if event, ok := owner(v, prefix, key[:]); ok {
			m, _ := readRegistration(v, event)
			return m.name, true
		}
	}
	return "", false
}
