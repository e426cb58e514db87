package dag

import "bytes"

// nearby is how many places before and behind the expected one a head is looked for.
const nearby = 4

// heads finds the heads of a request by their keys. Keys are looked for as requests list them, bucket by bucket; and within a
// bucket nodes list them in the order in which they came to know them, which is nearly the same everywhere. So the next one that
// is looked for is mostly the next one listed. Of a request in another order some heads may not be found, and the peer gets what
// it has.
type heads struct {
	list    []Head
	next    int
	skipped int         // heads before next that were not asked for
	byKey   map[Key]int // places in list; made once a key was not nearby
}

// find returns the head of a key, or nil if the request has none.
func (h *heads) find(key *Key) *Head {
	at, ok := h.place(key)
	if !ok {
		return nil
	}
	if at < h.next {
		h.skipped--
	} else {
		h.skipped += at - h.next
		h.next = at + 1
	}
	return &h.list[at]
}

func (h *heads) place(key *Key) (at int, ok bool) {
	if h.passed(key) {
		return 0, false
	}
	if h.next < len(h.list) && bytes.Equal(h.list[h.next].Key, key[:]) {
		return h.next, true
	}
	for at := max(0, h.next-nearby); at < min(len(h.list), h.next+nearby); at++ {
		if bytes.Equal(h.list[at].Key, key[:]) {
			return at, true
		}
	}
	if h.byKey == nil {
		h.index()
	}
	at, ok = h.byKey[*key]
	return at, ok
}

// passed reports whether all heads of the key's bucket have been asked for.
func (h *heads) passed(key *Key) bool {
	if h.skipped != 0 {
		return false
	}
	return h.next == len(h.list) || bucketOf(Key(h.list[h.next].Key)) != bucketOf(*key)
}

func (h *heads) index() {
	h.byKey = make(map[Key]int, len(h.list))
	for n := range h.list {
		h.byKey[Key(h.list[n].Key)] = n
	}
}
