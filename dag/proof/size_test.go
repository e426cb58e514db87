package proof

import (
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag/ledger"
)

// uniform is the Store of a log whose leaves are all the same but one, so that a log of any size is at hand.
type uniform struct {
	at    uint64 // index of the other leaf
	other Hash
}

// Hash implements Store.
func (u uniform) Hash(index uint64) (Hash, error) {
	level, n := tlog.SplitStoredHashIndex(int64(index))
	return u.subtree(level, uint64(n)), nil
}

func (u uniform) subtree(level int, n uint64) Hash {
	same := Hash{1}
	if u.at>>level != n {
		for range level {
			same = tlog.NodeHash(same, same)
		}
		return same
	}
	if level == 0 {
		return u.other
	}
	return tlog.NodeHash(u.subtree(level-1, 2*n), u.subtree(level-1, 2*n+1))
}

// newLargeScene returns a reading in a full batch, in a log of 2^24 leaves that a bare quorum of so many members signed.
func newLargeScene(tb testing.TB, members int) (file *File, committee Committee) {
	tb.Helper()
	const size, index, at = 1 << 24, 9_999_999, 7_777
	readings := newReadings(ledger.MaxAnchorCount)
	batch, err := NewBatch(readings)
	if err != nil {
		tb.Fatal(err)
	}
	anchor := ledger.Anchor{Root: batch.Head().Root, Count: batch.Head().Size, First: fixtureTime, Last: fixtureTime + 60_000, Topic: "greenhouse/north/bench-4"}
	body, err := anchor.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	event := newEvent(tb, fixtureNetwork, ledger.KindAnchor, body)
	store := uniform{at: index, other: EventLeaf{Event: event.ID(), Status: ledger.StatusApplied}.Hash()}
	log, err := OpenLog(size, store)
	if err != nil {
		tb.Fatal(err)
	}
	head, err := log.Head()
	if err != nil {
		tb.Fatal(err)
	}
	committee, signers := newCommittee(slices.Repeat([]uint64{1}, members)...)
	signing := make([]int, 2*members/3+1)
	for i := range signing {
		signing[i] = i
	}
	signed, err := signCheckpoint(committee, head, cosign(tb, committee, signers, head, signing...))
	if err != nil {
		tb.Fatal(err)
	}
	if file, err = NewFile(event, ledger.StatusApplied, index, store, signed); err != nil {
		tb.Fatal(err)
	}
	path, err := batch.Path(at)
	if err != nil {
		tb.Fatal(err)
	}
	if file, err = file.WithReading(readings[at], at, path); err != nil {
		tb.Fatal(err)
	}
	return file, committee
}

// TestProofsAreSmall bounds the largest proofs of readings where the log has 2^24 leaves.
func TestProofsAreSmall(t *testing.T) {
	for members, bound := range map[int]int{4: 4096, 16: 5120, 64: 9216} {
		file, committee := newLargeScene(t, members)
		whole := len(encode(t, file))
		if _, err := Verify(file, committee); err != nil {
			t.Error(err)
		}
		file.Reading = nil
		t.Logf("%d members: %d bytes with a reading of a batch of %d, %d for the event alone",
			members, whole, ledger.MaxAnchorCount, len(encode(t, file)))
		if whole > bound {
			t.Errorf("%d members: %d bytes, want at most %d", members, whole, bound)
		}
	}
}
