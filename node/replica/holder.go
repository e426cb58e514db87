package replica

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ledgerofthings/lot/node/store"
)

// Holder decides which batches of others one gateway keeps. It is a state machine as Owner is: after every method
// the caller commits the Records before it answers, and then deletes the blobs that the method returned.
type Holder struct {
	policy  Policy
	records Records

	owners map[string]*owner
	order  []*owner // by id
	users  map[Digest]int
	known  bool  // who is a member
	bytes  int64 // charged for all pins
	unborn int64 // of these for what is not fetched yet
	count  int
	turn   int // of the owners, for fetching
	failed error
}

// owner is another gateway as a holder sees it.
type owner struct {
	id          string
	pins        map[Digest]*pin
	bytes       int64
	connected   bool
	member      bool
	missedSince uint64 // when it was first missed among the members; 0 if it was not

	wanted   []Digest // to be fetched
	fetching bool
	retryAt  uint64
	failures uint

	allowance int64  // bytes that checks may still read
	refilled  uint64 // when it was last added to
}

// pin is a batch that is kept, or will be once it is fetched.
type pin struct {
	size int64
	done bool
}

// charge returns what a blob counts for in budgets.
func charge(size int64) int64 { return max(size, minimumCharge) }

// NewHolder reads what is stored; has tells which blobs are there. What was there and is gone is forgotten, so that its owner
// hears of it. Errors wrap ErrStorage.
func NewHolder(policy Policy, records Records, has func(Digest) bool) (*Holder, error) {
	h := &Holder{policy: policy.orDefaults(), records: records, owners: map[string]*owner{}, users: map[Digest]int{}}
	var gone [][]byte
	err := scanRecords(records, []byte{prefixPin}, func(key []byte, record *pinRecord) error {
		id, d, err := parsePinKey(key)
		if err != nil || record.Size <= 0 {
			return fmt.Errorf("%w: pin %x of %d bytes: %w", ErrStorage, key, record.Size, err)
		}
		if record.Done && !has(d) {
			gone = append(gone, slices.Clone(key))
			return nil
		}
		h.enter(h.owner(id), d, &pin{size: record.Size, done: record.Done})
		return nil
	})
	for _, key := range gone {
		records.Delete(key)
	}
	return h, err
}

// owner returns the owner of an id, which it makes if it is new.
func (h *Holder) owner(id string) *owner {
	o := h.owners[id]
	if o == nil {
		o = &owner{id: id, pins: map[Digest]*pin{}, allowance: checkBurst}
		h.owners[id] = o
		at, _ := slices.BinarySearchFunc(h.order, id, func(o *owner, id string) int { return compareIDs(o.id, id) })
		h.order = slices.Insert(h.order, at, o)
	}
	return o
}

func (h *Holder) enter(o *owner, d Digest, p *pin) {
	o.pins[d] = p
	o.bytes += charge(p.size)
	h.bytes += charge(p.size)
	h.count++
	h.users[d]++
	if !p.done {
		h.unborn += charge(p.size)
		o.wanted = append(o.wanted, d)
	}
}

// drop forgets a pin, and reports whether nobody else's is the same blob.
func (h *Holder) drop(o *owner, d Digest) (last bool) {
	p := o.pins[d]
	if p == nil {
		return false
	}
	delete(o.pins, d)
	h.records.Delete(pinKey(o.id, d))
	o.bytes -= charge(p.size)
	h.bytes -= charge(p.size)
	h.count--
	if !p.done {
		h.unborn -= charge(p.size)
	}
	if h.users[d]--; h.users[d] > 0 {
		return false
	}
	delete(h.users, d)
	return true
}

func (h *Holder) save(o *owner, d Digest) {
	p := o.pins[d]
	if err := putRecord(h.records, pinKey(o.id, d), &pinRecord{Size: p.size, Done: p.done}); err != nil && h.failed == nil {
		h.failed = err
	}
}

// hold answers an offer. Room is how many bytes the disk can still take.
func (h *Holder) hold(from string, items []item, room int64) []outcome {
	outcomes := make([]outcome, len(items))
	o := h.owners[from]
	for i := range items {
		outcomes[i].Status = statusFull
		if o != nil && o.member {
			outcomes[i].Status = h.holdOne(o, Digest(items[i].Digest), items[i].Size, room)
		}
	}
	return outcomes
}

func (h *Holder) holdOne(o *owner, d Digest, size, room int64) status {
	p := o.pins[d]
	switch {
	case p != nil && p.size == size:
		return statusAccepted
	case p != nil || size <= 0 || size > store.MaxBlob:
		return statusInvalid
	case h.bytes+charge(size) > h.policy.Pins || h.count >= maxPins || h.unborn+charge(size) > room:
		return statusFull
	case o.bytes+charge(size) > h.policy.Quota():
		return statusQuota
	}
	h.enter(o, d, &pin{size: size})
	h.save(o, d)
	return statusAccepted
}

// release answers the end of an offer, and returns the blobs that nobody wants kept any more.
func (h *Holder) release(from string, items []item) (outcomes []outcome, unused []Digest) {
	outcomes = make([]outcome, len(items))
	for i := range items {
		outcomes[i].Status = statusOK
		if o, d := h.owners[from], Digest(items[i].Digest); o != nil && h.drop(o, d) {
			unused = append(unused, d)
		}
	}
	return outcomes, unused
}

// list answers what is held for an owner: the digests above one, at most a page.
func (h *Holder) list(from string, after Digest) ([]outcome, error) {
	var page []outcome
	prefix := pinPrefix(from)
	start := append(pinKey(from, after), 0) // the first key above
	err := h.records.Scan(prefix, start, func(key, value []byte) bool {
		var record pinRecord
		if recordDec.Unmarshal(value, &record) == nil && record.Done {
			page = append(page, outcome{Status: statusOK, Proof: slices.Clone(key[len(prefix):]), Size: record.Size})
		}
		return len(page) < maxListed
	})
	return page, err
}

// Reads reports whether an owner may read a blob: it is kept for it.
func (h *Holder) Reads(id string, d Digest) bool {
	o := h.owners[id]
	return o != nil && o.pins[d] != nil && o.pins[d].done
}

// Holds reports whether anybody's pin is that blob.
func (h *Holder) Holds(d Digest) bool { return h.users[d] > 0 }

// Lost says that a blob is gone from the disk: its owners are told when they ask.
func (h *Holder) Lost(d Digest) {
	for _, o := range h.order {
		if p := o.pins[d]; p != nil && p.done {
			h.drop(o, d)
		}
	}
}

// Up says that a peer is connected, Down that it is not.
func (h *Holder) Up(now uint64, id string) {
	if len(id) <= maxPeerID {
		o := h.owner(id)
		o.connected, o.retryAt, o.failures = true, now, 0
	}
}

// Down says that a peer is not connected any more.
func (h *Holder) Down(id string) {
	if o := h.owners[id]; o != nil {
		o.connected = false
	}
}

// Members says who is in the network.
func (h *Holder) Members(now uint64, ids []string) {
	for _, o := range h.order {
		o.member = false
	}
	for _, id := range ids {
		if len(id) <= maxPeerID {
			h.owner(id).member = true
		}
	}
	h.known = true
	for _, o := range h.order {
		switch {
		case o.member:
			o.missedSince = 0
		case o.missedSince == 0:
			o.missedSince = max(now, 1)
		}
	}
}

// Sweep drops what belongs to owners that were missed among the members for as long as the policy's patience, so that a list
// that lags behind for a while harms nobody. It returns the blobs that nobody wants kept any more.
func (h *Holder) Sweep(now uint64) (unused []Digest) {
	for _, o := range h.order {
		if !h.known || o.member || now-o.missedSince < h.policy.Patience {
			continue
		}
		for _, d := range slices.SortedFunc(maps.Keys(o.pins), compareDigests) {
			if h.drop(o, d) {
				unused = append(unused, d)
			}
		}
	}
	return unused
}

// Err returns what went wrong with the records, or nil; it wraps ErrStorage.
func (h *Holder) Err() error { return h.failed }
