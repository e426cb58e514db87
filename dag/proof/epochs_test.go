package proof

import (
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// epochs is a log over several epochs with a certificate for each seal.
type epochs struct {
	committees []Committee // of epochs 1, 2 ...: one more than there are seals
	signers    [][]*dag.MemorySigner
	history    history
	chain      Chain
}

// newEpochs returns a log whose epochs have the gateways of those numbers as committees, the last of them after the newest
// seal. Of each epoch all sign but the first member.
func newEpochs(tb testing.TB, committees ...[]int) *epochs {
	tb.Helper()
	e := &epochs{}
	for i, numbers := range committees {
		c, signers := committeeOf(uint64(i+1), numbers...)
		e.committees, e.signers = append(e.committees, c), append(e.signers, signers)
	}
	for i := range len(committees) - 1 {
		for n := range uint64(3 + i) {
			e.history.add(tb, numbered(uint64(100*i)+n))
		}
		seal := e.seal(tb, SealLeaf{
			Epoch: uint64(i + 1), Leader: dag.ID{byte(i)}, Number: uint64(10 * (i + 1)), Time: fixtureTime + uint64(i), State: [32]byte{0xaa, byte(i)},
			Committee: e.committees[i+1].Hash(), Version: 1,
		})
		certificate, err := NewCertificate(seal, e.signSeal(tb, i, seal), e.committees[i], e.committees[i+1])
		if err != nil {
			tb.Fatal(err)
		}
		e.chain = append(e.chain, certificate)
	}
	return e
}

// changing are committees of 4 to 5 that change in the seals of epochs 2, 3 and 5, of 6 in all.
func changing(tb testing.TB) *epochs {
	tb.Helper()
	return newEpochs(tb, []int{0, 1, 2, 3}, []int{0, 1, 2, 3}, []int{0, 1, 2, 3, 4}, []int{1, 2, 3, 4}, []int{1, 2, 3, 4}, []int{5, 6, 7, 8}, []int{5, 6, 7, 8})
}

// seal appends a seal leaf to the log.
func (e *epochs) seal(tb testing.TB, leaf SealLeaf) Seal {
	tb.Helper()
	seal, added, err := NewSeal(&e.history.log, leaf)
	if err != nil {
		tb.Fatal(err)
	}
	if err := e.history.store.Put(added); err != nil {
		tb.Fatal(err)
	}
	e.history.leaves = append(e.history.leaves, seal.Leaf.Hash())
	return seal
}

// signSeal returns the checkpoint of a seal by all members of the committee but the first.
func (e *epochs) signSeal(tb testing.TB, committee int, seal Seal) SignedCheckpoint {
	tb.Helper()
	c := e.committees[committee]
	members := make([]int, len(c.Members)-1)
	for i := range members {
		members[i] = i + 1
	}
	signed, err := signCheckpoint(c, seal.Head, cosign(tb, c, e.signers[committee], seal.Head, members...))
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

// scene goes on with a scene in the newest epoch, which has a committee of 4.
func (e *epochs) scene(tb testing.TB, status ledger.Status) *scene {
	tb.Helper()
	last := len(e.committees) - 1
	s := &scene{status: status, committee: e.committees[last], signers: e.signers[last], history: e.history}
	s.order(tb)
	return s
}

// readingFile returns the proof of a reading in the newest epoch for those who know the committee of genesis.
func (e *epochs) readingFile(tb testing.TB) *File {
	tb.Helper()
	f, err := e.scene(tb, ledger.StatusApplied).readingFile(tb).WithChain(e.chain)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}
