package proof

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func TestChainLeadsToTheNewestCommittee(t *testing.T) {
	e := changing(t)
	newest := e.chain[len(e.chain)-1].Seal
	for from := range uint64(len(e.chain) + 1) {
		part, err := e.chain.Since(from, e.committees[0])
		if err != nil {
			t.Fatal(err)
		}
		var seal Seal
		var committee Committee
		if from == 0 {
			seal, committee, err = part.Verify(fixtureNetwork, e.committees[0])
		} else {
			pinned := e.chain[from-1].Seal
			seal, committee, err = part.VerifyFrom(pinned.Pin(), fixtureNetwork)
		}
		if err != nil || !reflect.DeepEqual(seal, newest) || !reflect.DeepEqual(committee, e.committees[6]) {
			t.Errorf("from %d: %v, %v, %v", from, seal, committee, err)
		}
	}
	short, err := e.chain.Since(0, e.committees[0])
	if err != nil {
		t.Fatal(err)
	}
	var sealed []uint64
	for _, c := range short {
		sealed = append(sealed, c.Seal.Leaf.Epoch)
	}
	if !slices.Equal(sealed, []uint64{2, 3, 5, 6}) {
		t.Errorf("the changes and the newest seal are of epochs %v", sealed)
	}
	if _, err := e.chain.Since(7, e.committees[0]); !errors.Is(err, ErrPin) {
		t.Errorf("since an epoch that is not sealed: %v", err)
	}
}

// TestChainInRandomHistories lets committees change at random, and comes to the newest from every seal.
func TestChainInRandomHistories(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var committees [][]int
		for range rapid.IntRange(2, 5).Draw(r, "epochs") {
			if n := len(committees); n > 0 && rapid.Bool().Draw(r, "stays") {
				committees = append(committees, committees[n-1])
				continue
			}
			committees = append(committees, rapid.SliceOfNDistinct(rapid.IntRange(0, 8), 4, 6, rapid.ID).Draw(r, "members"))
		}
		e := newEpochs(t, committees...)
		from := rapid.Uint64Range(0, uint64(len(e.chain))).Draw(r, "from")
		part, err := e.chain.Since(from, e.committees[0])
		if err != nil {
			r.Fatal(err)
		}
		b, err := part.Encode()
		if err != nil {
			r.Fatal(err)
		}
		back, err := DecodeChain(b)
		if err != nil || !reflect.DeepEqual(back, part) {
			r.Fatalf("comes back as %v, %v", back, err)
		}
		pin := Pin{}
		verify := func() (Seal, Committee, error) { return back.Verify(fixtureNetwork, e.committees[0]) }
		if from > 0 {
			pin = e.chain[from-1].Seal.Pin()
			verify = func() (Seal, Committee, error) { return back.VerifyFrom(pin, fixtureNetwork) }
		}
		seal, committee, err := verify()
		if err != nil || !reflect.DeepEqual(committee, e.committees[len(committees)-1]) {
			r.Fatalf("from %d: %v, %v", from, committee, err)
		}
		log, err := seal.Log()
		if err != nil || !reflect.DeepEqual(log.Edge(), e.history.log.Edge()) {
			r.Fatalf("the log does not go on: %v", err)
		}
	})
}

// certify makes a certificate without checking it.
func (e *epochs) certify(t *testing.T, committee int, seal Seal) Certificate {
	t.Helper()
	next := e.committees[committee+1]
	return Certificate{Seal: seal, Note: e.signSeal(t, committee, seal).Note(), Next: &next}
}

// resealed makes the certificate of epoch 3 anew, as its committee would sign it, with another leaf on another log.
func (e *epochs) resealed(t *testing.T, leaves uint64, change func(*SealLeaf)) {
	t.Helper()
	other := epochs{committees: e.committees, signers: e.signers}
	for n := range leaves {
		other.history.add(t, numbered(n))
	}
	leaf := e.chain[2].Seal.Leaf
	change(&leaf)
	e.chain[2] = other.certify(t, 2, other.seal(t, leaf))
}

func TestChainVerifyRefuses(t *testing.T) {
	elsewhere := dag.NetworkID{1}
	for _, c := range []struct {
		name   string
		change func(*testing.T, *epochs)
		epoch  string // that the error names
		want   error
	}{
		{"nothing", func(_ *testing.T, e *epochs) { e.chain = nil }, "", ErrChain},
		{"a change that is left out", func(_ *testing.T, e *epochs) { e.chain = slices.Delete(e.chain, 1, 2) }, "epoch 3", ErrUnknownSigner},
		{"a next committee that is left out", func(_ *testing.T, e *epochs) { e.chain[1].Next = nil }, "epoch 2", ErrChain},
		{"a next committee with other weights", func(_ *testing.T, e *epochs) {
			e.chain[1].Next.Members[0].Weight = 9
		}, "epoch 2", ErrChain},
		{"a next committee that is none", func(_ *testing.T, e *epochs) { e.chain[1].Next = &Committee{Network: fixtureNetwork} }, "epoch 2", ErrCommittee},
		{"a next committee of another network", func(_ *testing.T, e *epochs) { e.chain[1].Next.Network = elsewhere }, "epoch 2", ErrOtherNetwork},
		{"the old committee as the next", func(_ *testing.T, e *epochs) { e.chain[1].Next = &e.committees[0] }, "epoch 2", ErrChain},
		{"a seal signed by the committee after it", func(t *testing.T, e *epochs) {
			e.chain[1].Note = e.signSeal(t, 2, e.chain[1].Seal).Note()
		}, "epoch 2", ErrUnknownSigner},
		{"too few signatures", func(t *testing.T, e *epochs) {
			head := e.chain[1].Seal.Head
			e.chain[1].Note = []byte(noteOf(e.committees[1], head, cosign(t, e.committees[1], e.signers[1], head, 0, 1)...))
		}, "epoch 2", ErrNoQuorum},
		{"a checkpoint of another seal", func(_ *testing.T, e *epochs) { e.chain[1].Note = e.chain[0].Note }, "epoch 2", ErrChain},
		{"a checkpoint of another network", func(t *testing.T, e *epochs) {
			abroad, head := e.committees[1], e.chain[1].Seal.Head
			abroad.Network = elsewhere
			e.chain[1].Note = []byte(noteOf(abroad, head, cosign(t, abroad, e.signers[1], head, 0, 1, 2)...))
		}, "epoch 2", ErrOtherNetwork},
		{"no checkpoint", func(_ *testing.T, e *epochs) { e.chain[1].Note = nil }, "epoch 2", ErrMalformed},
		{"another head", func(_ *testing.T, e *epochs) { e.chain[1].Seal.Head.Root[0]++ }, "epoch 2", ErrSeal},
		{"another size", func(_ *testing.T, e *epochs) { e.chain[1].Seal.Head.Size++ }, "epoch 2", ErrSeal},
		{"a wrong edge", func(_ *testing.T, e *epochs) { e.chain[1].Seal.Edge[0][0]++ }, "epoch 2", ErrSeal},
		{"a short edge", func(_ *testing.T, e *epochs) { e.chain[1].Seal.Edge = nil }, "epoch 2", ErrSeal},
		{"another leaf", func(_ *testing.T, e *epochs) { e.chain[1].Seal.Leaf.State[0]++ }, "epoch 2", ErrSeal},
		{"an impossible leaf", func(_ *testing.T, e *epochs) { e.chain[1].Seal.Leaf.Time = 1 << 60 }, "epoch 2", ErrSeal},
		{"a certificate twice", func(_ *testing.T, e *epochs) { e.chain = slices.Insert(e.chain, 1, e.chain[0]) }, "epoch 1", ErrChain},
		{"a start later than the first seal", func(_ *testing.T, e *epochs) { e.committees[0].Epoch = 2 }, "epoch 1", ErrChain},
		{"a start that is no committee", func(_ *testing.T, e *epochs) { e.committees[0].Members = nil }, "", ErrCommittee},
		{"a start in another network", func(_ *testing.T, e *epochs) { e.committees[0].Network = elsewhere }, "", ErrOtherNetwork},
		{"a shorter log", func(t *testing.T, e *epochs) { e.resealed(t, 7, func(*SealLeaf) {}) }, "epoch 3", ErrChain},
		{"a lower commit", func(t *testing.T, e *epochs) { e.resealed(t, 20, func(l *SealLeaf) { l.Number = 20 }) }, "epoch 3", ErrChain},
		{"an earlier time", func(t *testing.T, e *epochs) { e.resealed(t, 20, func(l *SealLeaf) { l.Time = 1 }) }, "epoch 3", ErrChain},
	} {
		e := changing(t)
		c.change(t, e)
		_, _, err := e.chain.Verify(fixtureNetwork, e.committees[0])
		if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.epoch) {
			t.Errorf("%s: %v, want %v of %q", c.name, err, c.want, c.epoch)
		}
	}
	e := changing(t)
	e.resealed(t, 20, func(*SealLeaf) {}) // what is refused above is nothing but the change
	if _, _, err := e.chain[:3].Verify(fixtureNetwork, e.committees[0]); err != nil {
		t.Error(err)
	}
}

func TestChainVerifyFromRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(e *epochs, p *Pin)
		want   error
	}{
		{"an epoch that is not there", func(_ *epochs, p *Pin) { p.Epoch = 4 }, ErrPin},
		{"another seal of the epoch", func(_ *epochs, p *Pin) { p.Seal[0]++ }, ErrPin},
		{"no certificates", func(e *epochs, _ *Pin) { e.chain = nil }, ErrPin},
		{"no next committee", func(e *epochs, _ *Pin) { e.chain[0].Next = nil }, ErrChain},
		{"another next committee", func(e *epochs, _ *Pin) { e.chain[0].Next = &e.committees[6] }, ErrChain},
		{"another edge", func(e *epochs, _ *Pin) { e.chain[0].Seal.Edge[0][0]++ }, ErrSeal},
		{"another head", func(e *epochs, _ *Pin) { e.chain[0].Seal.Head = TreeHead{Size: 99} }, ErrSeal},
		{"a gap behind it", func(e *epochs, _ *Pin) { e.chain = slices.Delete(e.chain, 1, 2) }, ErrNoQuorum},
	} {
		e := changing(t)
		pin := e.chain[1].Seal.Pin()
		var err error
		if e.chain, err = e.chain.Since(2, e.committees[0]); err != nil {
			t.Fatal(err)
		}
		c.change(e, &pin)
		if _, _, err := e.chain.VerifyFrom(pin, fixtureNetwork); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	e := changing(t)
	pin := e.chain[1].Seal.Pin()
	if _, _, err := e.chain.VerifyFrom(pin, dag.NetworkID{1}); !errors.Is(err, ErrOtherNetwork) {
		t.Errorf("another network: %v", err)
	}
}

func TestNewCertificateChecksWhatItHandsOut(t *testing.T) {
	e := changing(t)
	seal := e.chain[1].Seal
	if _, err := NewCertificate(seal, e.signSeal(t, 1, e.chain[0].Seal), e.committees[1], e.committees[2]); !errors.Is(err, ErrChain) {
		t.Errorf("a checkpoint of another seal: %v", err)
	}
	if _, err := NewCertificate(seal, e.signSeal(t, 1, seal), e.committees[1], e.committees[3]); !errors.Is(err, ErrChain) {
		t.Errorf("a committee that the seal does not name: %v", err)
	}
	if c := e.chain[0]; c.Next != nil {
		t.Errorf("a committee that stays is repeated: %v", c.Next)
	}
}
