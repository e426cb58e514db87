package proof

import (
	"errors"
	"fmt"
	"slices"
)

// collectorWindow is how many heads of one member a Collector remembers. Honest members sign about one a second, so a
// quorum has a quarter of a minute to come together.
const collectorWindow = 16

// ErrConflict says that a member signed two roots for one size, so it took part in two versions of history.
var ErrConflict = errors.New("a member signed two different logs of one size")

// Evidence are two valid cosignatures of one member for one size with different roots. Anyone can check it with
// Cosignature.Verify.
type Evidence struct{ First, Second VerifiedCosignature }

// Collector gathers cosignatures of one epoch's committee into signed checkpoints. Its memory is bounded by the committee's size, whatever members
// sign: each fills only its own places. The same cosignatures in the same order give the same results.
type Collector struct {
	archive  *archive
	heads    [][]*VerifiedCosignature // by member, each by rising size
	evidence []*Evidence              // by member; nil where there is none
	latest   *SignedCheckpoint
	list     []*VerifiedCosignature // room for the signers of one head
}

// NewCollector returns a collector for a committee, which it validates.
func NewCollector(committee Committee) (*Collector, error) {
	if err := committee.Validate(); err != nil {
		return nil, err
	}
	committee.Members = slices.Clone(committee.Members)
	a := &archive{committee: committee, heard: make([][]*VerifiedCosignature, len(committee.Members))}
	return (&Collector{archive: a}).Fresh(), nil
}

// Fresh returns an empty collector for the same committee. What both come to hold they keep once, so that many cost little; they
// are used by one goroutine at a time.
func (c *Collector) Fresh() *Collector {
	members := len(c.archive.heard)
	return &Collector{archive: c.archive, heads: make([][]*VerifiedCosignature, members), evidence: make([]*Evidence, members)}
}

// member returns a member of the committee.
func (c *Collector) member(n int) *Member { return &c.archive.committee.Members[n] }

// Add takes a cosignature and reports whether Latest changed by it: to a larger log, or by a further signature under the
// same one. Errors wrap ErrConflict, where the signature is kept as evidence and its member is not counted any more, or
// ErrUnknownSigner for one that was checked against another committee.
func (c *Collector) Add(v VerifiedCosignature) (changed bool, err error) {
	if !c.knows(v) {
		return false, fmt.Errorf("collect cosignature: %w", ErrUnknownSigner)
	}
	c.keep(v)
	if e := c.evidence[v.Member]; e != nil {
		return false, fmt.Errorf("%w: %q, size %d", ErrConflict, c.member(v.Member).Name, e.First.Head.Size)
	}
	return c.tally(v.Head)
}

// knows reports whether v was checked against this committee.
func (c *Collector) knows(v VerifiedCosignature) bool {
	committee := &c.archive.committee
	return v.network == committee.Network && v.Epoch == committee.Epoch && v.Member < len(c.heads) && v.key == c.member(v.Member).Cosign
}

// keep puts v among its member's heads, where the smallest makes room, or finds that it contradicts one of them. A head
// that is repeated keeps its first signature. Nothing more is kept of a member against which there is evidence.
func (c *Collector) keep(v VerifiedCosignature) {
	if c.evidence[v.Member] != nil {
		return
	}
	heads := c.heads[v.Member]
	at, known := find(heads, v.Head.Size)
	switch {
	case !known:
		if heads = slices.Insert(heads, at, c.archive.hear(v)); len(heads) > collectorWindow {
			heads = slices.Delete(heads, 0, 1)
		}
		c.heads[v.Member] = heads
	case heads[at].Head.Root != v.Head.Root:
		c.evidence[v.Member] = &Evidence{First: *heads[at], Second: v}
		c.heads[v.Member] = nil
	}
}

// tally makes head the latest checkpoint if it has a quorum and is larger, or has more weight, than the one before.
func (c *Collector) tally(head TreeHead) (changed bool, err error) {
	if c.latest != nil && head != c.latest.TreeHead && head.Size <= c.latest.Size {
		return false, nil
	}
	signers, weight := c.signers(head)
	if !c.archive.committee.Quorum(weight) || c.latest != nil && head == c.latest.TreeHead && weight <= c.latest.weight {
		return false, nil
	}
	signed, err := c.archive.sign(head, signers)
	if err != nil {
		return false, err
	}
	c.latest = signed
	return true, nil
}

// signers returns the cosignatures of a head, in the committee's order, and their weight. They are valid until the next change.
func (c *Collector) signers(head TreeHead) (list []*VerifiedCosignature, weight uint64) {
	c.list = c.list[:0]
	for member, heads := range c.heads {
		if at, ok := find(heads, head.Size); ok && heads[at].Head == head {
			c.list = append(c.list, heads[at])
			weight += c.member(member).Weight
		}
	}
	return c.list, weight
}

// find returns the place of a log size in one member's heads, or where it would be.
func find(heads []*VerifiedCosignature, size uint64) (at int, ok bool) {
	for at = len(heads); at > 0 && heads[at-1].Head.Size >= size; at-- { // the newest is asked for most
	}
	return at, at < len(heads) && heads[at].Head.Size == size
}

// Latest returns the checkpoint of the largest log that has had a quorum.
func (c *Collector) Latest() (SignedCheckpoint, bool) {
	if c.latest == nil {
		return SignedCheckpoint{}, false
	}
	return *c.latest, true
}

// Resume sets what Latest returns, and takes its signatures, after a restart. It does nothing if a larger log has been
// signed already. The error wraps ErrUnknownSigner if the checkpoint was opened with another committee.
func (c *Collector) Resume(latest SignedCheckpoint) error {
	if slices.ContainsFunc(latest.cosignatures, func(v VerifiedCosignature) bool { return !c.knows(v) }) {
		return fmt.Errorf("resume from checkpoint of size %d: %w", latest.Size, ErrUnknownSigner)
	}
	if c.latest != nil && c.latest.Size >= latest.Size {
		return nil
	}
	c.latest = &latest
	for _, v := range latest.cosignatures {
		c.keep(v)
	}
	return nil
}

// Evidence returns what is held against members, at most one a member, in the committee's order.
func (c *Collector) Evidence() []Evidence {
	var all []Evidence
	for _, e := range c.evidence {
		if e != nil {
			all = append(all, *e)
		}
	}
	return all
}
