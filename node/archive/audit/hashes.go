package audit

import (
	"bytes"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/archive"
)

// hashes is what is known of the transparency log's hashes.
type hashes struct {
	any    bool
	last   uint64 // storage index
	faults int
}

// readHash checks a hash of the log against those below it.
func readHash(c *check, key, value []byte) error {
	index, err := number(key)
	if err == nil && (index > dag.MaxInteger || len(value) != len(proof.Hash{})) {
		err = fmt.Errorf("its number or its %d bytes are none of a hash", len(value))
	}
	if err != nil {
		c.badHash(bytes.Clone(key), 0, err.Error()).can(archive.Repair{Rebuild: true}, fix{op: putAside, key: bytes.Clone(key)})
		return nil
	}
	level, n := tlog.SplitStoredHashIndex(int64(index))
	if dense := proof.StoredCount(c.epochs.size()); c.knowsLog() && index > dense && (!c.hashes.any || index != c.hashes.last+1) {
		c.rebuild(bytes.Clone(key), level, uint64(n), "hashes before it are missing")
		return nil
	}
	c.hashes.any, c.hashes.last = true, index
	if n&1 == 1 && !c.hasGaps((uint64(n)+1)<<level) {
		if above, err := c.hash(level+1, uint64(n)/2); err != nil || above == nil {
			c.rebuild(bytes.Clone(key), level, uint64(n), "the hash above it is missing")
			return err
		}
	}
	if level == 0 {
		return nil
	}
	return c.judgeHash(level, uint64(n), proof.Hash(value))
}

// judgeHash checks an inner hash. Those below it are both there, or both gone with all that was trimmed.
func (c *check) judgeHash(level int, n uint64, h proof.Hash) error {
	left, err := c.hash(level-1, 2*n)
	if err != nil {
		return err
	}
	right, err := c.hash(level-1, 2*n+1)
	if err != nil {
		return err
	}
	key := numberKey('h', uint64(tlog.StoredHashIndex(level, int64(n))))
	switch {
	case left == nil && right == nil:
		if c.knowsLog() && n<<level >= c.epochs.size() {
			c.rebuild(key, level, n, "the hashes below it are missing")
		}
		return nil
	case left == nil || right == nil:
		if !c.hasGaps((n + 1) << level) {
			c.rebuild(key, level, n, "one of the two hashes below it is missing")
		}
		return nil
	}
	if want := tlog.NodeHash(*left, *right); want != h {
		return c.mismatch(key, level, n, h, want)
	}
	return nil
}

// badHash lists a finding about a hash.
func (c *check) badHash(key []byte, leaf uint64, what string) *Finding {
	c.hashes.faults++
	f := c.report.add(&Finding{Kind: "hash of the log", Where: where(key), What: what, Remedy: remedyRebuild})
	if leaf < c.epochs.size() {
		f.Remedy = remedyElse
	}
	return f
}

// rebuild reports a hash that the replay of the current epoch writes again, if it is one of that epoch's. An older one is beyond repair
// here, and stays: what is left may be all that proves something.
func (c *check) rebuild(key []byte, level int, n uint64, what string) {
	end := (n + 1) << level
	f := c.badHash(key, end-1, what)
	if c.knowsLog() && end > c.epochs.size() {
		f.can(archive.Repair{Rebuild: true}, fix{op: putAside, key: key})
	}
}

// knowsLog reports whether it is known where the log of the current epoch begins, so that all its hashes must be there and a replay
// writes them again. In a folder that comes from a backup there is what the backup had, until the gateway has caught up.
func (c *check) knowsLog() bool {
	return !c.restored && !c.epochs.damaged && len(c.epochs.list) > 0
}

// hasGaps reports whether hashes of the log before a size may be missing besides those of whole subtrees: a snapshot led past some of
// the log, of which there is nothing but the edge that it ends with.
func (c *check) hasGaps(end uint64) bool {
	if !c.knowsLog() {
		return true
	}
	if end > c.epochs.size() && !c.epochs.skipped() {
		return false
	}
	return len(c.jumps) > 0 || c.epochs.skipped() || c.epochs.list[0].number > 1
}

// mismatch finds out which of three hashes is wrong. In a former epoch the one above is, if it does not fit what is above it
// either, and is then worked out from those below.
func (c *check) mismatch(key []byte, level int, n uint64, h, want proof.Hash) error {
	const what = "it is not the hash of the two below it"
	if c.knowsLog() && (n+1)<<level > c.epochs.size() {
		c.rebuild(key, level, n, what)
		return nil
	}
	sibling, err := c.hash(level, n^1)
	if err != nil {
		return err
	}
	above, err := c.hash(level+1, n/2)
	if err != nil {
		return err
	}
	f := c.badHash(key, 0, what)
	f.Remedy = remedyElse
	if sibling != nil && above != nil && pair(n, want, *sibling) == *above && pair(n, h, *sibling) != *above {
		f.Remedy = remedyDerived
		f.can(archive.Repair{}, fix{op: write, key: key, value: want[:]})
	}
	return nil
}

// pair hashes a hash and its sibling in their order.
func pair(n uint64, h, sibling proof.Hash) proof.Hash {
	if n&1 == 1 {
		return tlog.NodeHash(sibling, h)
	}
	return tlog.NodeHash(h, sibling)
}

// logSize returns the size of the stored log.
func (c *check) logSize() uint64 {
	if !c.hashes.any {
		return 0
	}
	level, n := tlog.SplitStoredHashIndex(int64(c.hashes.last))
	return uint64(n+1) << level
}

// endHashes compares the log with the seals.
func (c *check) endHashes() error {
	size := c.logSize()
	if c.knowsLog() && c.hashes.any && proof.StoredCount(size) != c.hashes.last+1 {
		c.rebuild(numberKey('h', c.hashes.last), 0, size-1, "hashes behind it are missing")
	}
	for _, e := range c.epochs.list {
		if e.seal == nil || e.seal.Head.Size > size && c.restored {
			continue
		}
		root, err := c.root(e.seal.Head.Size)
		if err != nil {
			return err
		}
		if root == nil || *root != e.seal.Head.Root {
			c.report.add(&Finding{Kind: "hash of the log", Where: fmt.Sprint("of the first ", e.seal.Head.Size),
				What: fmt.Sprintf("they do not make the root that epoch %d was sealed with", e.number-1), Remedy: remedyDerived}).
				can(archive.Repair{}, edgeOf(e.seal)...)
		}
	}
	return nil
}

// edgeOf writes the hashes that a seal has: those by which the log goes on from there.
func edgeOf(seal *proof.Seal) (fixes []fix) {
	log, err := seal.Log()
	if err != nil {
		return nil // readSeal has checked it
	}
	edge := log.Edge()
	for level := 63; level >= 0; level-- {
		if seal.Head.Size>>level&1 == 0 {
			continue
		}
		index := tlog.StoredHashIndex(level, int64(seal.Head.Size>>level-1))
		fixes = append(fixes, fix{op: write, key: numberKey('h', uint64(index)), value: bytes.Clone(edge[0][:])})
		edge = edge[1:]
	}
	return fixes
}

// root returns the root that the stored log had at a size; nil if a hash is missing.
func (c *check) root(size uint64) (*proof.Hash, error) {
	store := hashStore{c}
	then, err := proof.OpenLog(size, &store)
	if err != nil {
		return nil, nil //nolint:nilerr // a missing hash: readHash and the caller tell
	}
	head, err := then.Head()
	return &head.Root, err
}

// hashStore is the log's hashes as package proof reads them.
type hashStore struct{ check *check }

// Hash implements proof.Store.
func (s *hashStore) Hash(index uint64) (proof.Hash, error) {
	level, n := tlog.SplitStoredHashIndex(int64(index))
	h, err := s.check.hash(level, uint64(n))
	if err != nil {
		return proof.Hash{}, err
	}
	if h == nil {
		return proof.Hash{}, fmt.Errorf("hash %d of the log is missing", index)
	}
	return *h, nil
}
