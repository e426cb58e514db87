package replica

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ledgerofthings/lot/node/store"
)

// ErrTooMany says that an owner has more batches than replicas are kept of.
var ErrTooMany = errors.New("too many batches for replicas")

// Owner decides where the batches of one gateway are kept. It is a state machine: not safe for concurrent use, and what it
// does follows from its arguments alone. Times are ms since the Unix epoch. After a method that is given the time the caller
// commits the Records before it sends anything.
type Owner struct {
	policy  Policy
	self    string
	records Records
	random  *rand.Rand

	batches map[Digest]*batch
	peers   map[string]*peer
	order   []*peer // by id
	known   bool    // who is a member
	turn    int     // of the peers
	online  uint64  // since when there is a connected peer; 0 if there is none

	unplaced []*batch // that may need holders
	starved  []*batch // that need holders and found none
	rested   uint64   // when the first of the starved may be offered again after a loss
	looked   uint64   // when Next was called last
	blind    []*batch // whose own copy is gone
	failed   error    // of the records
	liars    []Lie    // that were not told yet
}

// NewOwner reads what is stored. Self is the id of the gateway itself, random the source of nonces: holders must not be able
// to foresee it. Errors wrap ErrStorage.
func NewOwner(policy Policy, self string, records Records, random rand.Source) (*Owner, error) {
	o := &Owner{
		policy: policy.orDefaults(), self: self, records: records,
		random:  rand.New(random), //nolint:gosec // its source is the caller's choice
		batches: map[Digest]*batch{}, peers: map[string]*peer{},
		rested: math.MaxUint64,
	}
	err := scanRecords(records, []byte{prefixBatch}, func(key []byte, record *batchRecord) error {
		if len(key) != 1+len(Digest{}) || record.Size < 0 {
			return fmt.Errorf("%w: batch %x of %d bytes", ErrStorage, key, record.Size)
		}
		o.restore(Digest(key[1:]), record)
		return nil
	})
	return o, err
}

// restore takes in a stored batch.
func (o *Owner) restore(d Digest, record *batchRecord) {
	b := &batch{digest: d, size: record.Size, dropped: record.Dropped}
	o.batches[d] = b
	for _, h := range record.Holders {
		p := o.peer(h.Peer)
		p.member = p.member || !o.known
		b.replicas = append(b.replicas, replica{peer: p, state: h.State, since: h.Since, seen: h.Seen})
		p.take(b, len(b.replicas)-1)
		p.seen = max(p.seen, h.Seen, h.Since)
	}
	o.queue(b)
}

// peer returns the peer of an id, which it makes if it is new.
func (o *Owner) peer(id string) *peer {
	p := o.peers[id]
	if p == nil {
		p = &peer{id: id}
		o.peers[id] = p
		at, _ := slices.BinarySearchFunc(o.order, id, func(p *peer, id string) int { return cmp.Compare(p.id, id) })
		o.order = slices.Insert(o.order, at, p)
	}
	return p
}

// save stores a batch, or forgets one that was dropped and is held nowhere.
func (o *Owner) save(b *batch) {
	if b.dropped && len(b.replicas) == 0 {
		o.records.Delete(batchKey(b.digest))
		delete(o.batches, b.digest)
		return
	}
	record := batchRecord{Size: b.size, Dropped: b.dropped, Holders: make([]holderRecord, len(b.replicas))}
	for i, r := range b.replicas {
		stored := r.state
		if stored == accepted {
			stored = offered
		}
		record.Holders[i] = holderRecord{Peer: r.peer.id, State: stored, Since: r.since, Seen: r.seen}
	}
	if err := putRecord(o.records, batchKey(b.digest), &record); err != nil && o.failed == nil {
		o.failed = err
	}
}

// Add takes care of a batch of so many bytes. Adding what is there already changes nothing. Errors wrap ErrTooMany, or
// store.ErrLimit for a size that no batch has.
func (o *Owner) Add(now uint64, d Digest, size int64) error {
	b := o.batches[d]
	switch {
	case b != nil && !b.dropped:
		return nil
	case size <= 0 || size > store.MaxBlob:
		return fmt.Errorf("keep replicas of %s: %w: %d bytes", d, store.ErrLimit, size)
	case b == nil && len(o.batches) >= maxBatches:
		return fmt.Errorf("keep replicas of %s: %w: there are %d", d, ErrTooMany, len(o.batches))
	case b == nil:
		b = &batch{digest: d, size: size}
		o.batches[d] = b
	}
	b.dropped = false
	o.save(b)
	o.queue(b)
	o.settle(now)
	return nil
}

// Drop gives up a batch: its holders are told to release it.
func (o *Owner) Drop(d Digest) {
	b := o.batches[d]
	if b == nil || b.dropped {
		return
	}
	b.dropped = true
	for i := range b.replicas {
		o.demote(b, i)
	}
	o.save(b)
}

// Knows reports whether the owner takes care of a batch.
func (o *Owner) Knows(d Digest) bool {
	b := o.batches[d]
	return b != nil && !b.dropped
}

// Adopt takes a holder's word that it has a batch, which is then checked as any other.
func (o *Owner) Adopt(now uint64, id string, d Digest, size int64) error {
	if err := o.Add(now, d, size); err != nil {
		return err
	}
	b, p := o.batches[d], o.peer(id)
	switch i := b.at(p); {
	case p.liar || i >= 0 && b.replicas[i].state != former:
		return nil
	case i >= 0:
		b.replicas[i] = replica{peer: p, state: accepted, since: now}
		p.take(b, i)
	default:
		b.replicas = append(b.replicas, replica{peer: p, state: accepted, since: now})
		p.take(b, len(b.replicas)-1)
	}
	p.pollAt = now
	o.save(b)
	return nil
}

// Reads reports whether a peer may read a batch: it was offered to it.
func (o *Owner) Reads(id string, d Digest) bool {
	b, p := o.batches[d], o.peers[id]
	if b == nil || p == nil {
		return false
	}
	i := b.at(p)
	return i >= 0 && b.replicas[i].state != former
}

// Err returns what went wrong with the records, or nil; it wraps ErrStorage.
func (o *Owner) Err() error { return o.failed }
