package catchup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
)

// chunks twists the answers to requests for chunks.
func chunks(bits uint64, change func(r request, a *response)) twist {
	return func(ctx context.Context, r request, honest func() (response, error)) (response, error) {
		a, err := finer(bits)(ctx, r, honest)
		if err == nil && r.Ask == askChunk {
			change(r, &a)
		}
		return a, err
	}
}

// heads twists the answers to requests for heads.
func heads(change func(a *response)) twist {
	return func(_ context.Context, r request, honest func() (response, error)) (response, error) {
		a, err := honest()
		if err == nil && r.Ask == askHead {
			change(&a)
		}
		return a, err
	}
}

// chain twists the certificates of a head.
func chain(t *testing.T, change func(c proof.Chain) proof.Chain) twist {
	return heads(func(a *response) {
		c, err := proof.DecodeChain(a.Chain)
		must(t, err)
		a.Chain, err = change(c).Encode()
		must(t, err)
	})
}

// resealed returns a chain whose last leaf was changed, with all that follows from the leaf made to fit it.
func resealed(t *testing.T, c proof.Chain, change func(*proof.SealLeaf)) proof.Chain {
	last := &c[len(c)-1]
	change(&last.Seal.Leaf)
	log, err := last.Seal.Log()
	must(t, err)
	last.Seal.Head, err = log.Head()
	must(t, err)
	return c
}

// lies are what peers may try, and what they are found out by.
func lies(t *testing.T, l *ledgerOf) map[string]struct {
	twist twist
	found string
} {
	other := newLedger(t, shape{id: 9, epochs: 4, accounts: 100})
	return map[string]struct {
		twist twist
		found string
	}{
		"a chunk with another byte": {chunks(4, func(_ request, a *response) { a.Chunk[len(a.Chunk)-1] ^= 1 }), "part of a map does not hold"},
		"a chunk that is cut":       {chunks(4, func(_ request, a *response) { a.Chunk = a.Chunk[:len(a.Chunk)-1] }), "part of a map does not hold"},
		"a chunk of nothing":        {chunks(4, func(_ request, a *response) { a.Chunk = nil }), "with a chain of 0 and a chunk of 0 bytes"},
		"another chunk": {chunks(4, func(r request, a *response) {
			var err error
			a.Chunk, err = snapshot.Cut(l.end(4).State, 4, int(r.Part^1))
			must(t, err)
		}), "part of a map does not hold"},
		"a chunk of an older state": {chunks(4, func(r request, a *response) {
			var err error
			a.Chunk, err = snapshot.Cut(l.end(3).State, 4, int(r.Part))
			must(t, err)
		}), "part of a map does not hold"},
		"a head for a chunk":  {chunks(4, func(_ request, a *response) { *a = response{Answer: answerHead, Chain: []byte{1}} }), `asked for a chunk it answers "head"`},
		"everything is split": {chunks(4, func(_ request, a *response) { *a = response{Answer: answerSplit} }), "its halves together are not"},
		"nonsense":            {chunks(4, func(_ request, a *response) { a.Answer = "hello" }), `"hello" answers nothing`},
		"too many bytes":      {chunks(4, func(_ request, a *response) { a.Chunk = make([]byte, MaxResponse) }), "too large"},
		"too many bits":       {heads(func(a *response) { a.Bits = snapshot.MaxBits + 1 }), "with 17 bits, at most 16"},
		"no chain":            {heads(func(a *response) { a.Chain = []byte("lot") }), "malformed chain"},
		"a split head":        {heads(func(a *response) { *a = response{Answer: answerSplit} }), `asked for a head it answers "split"`},
		"a chain of another network": {heads(func(a *response) {
			var err error
			a.Chain, err = other.end(4).Chain.Encode()
			must(t, err)
		}), "another network"},
		"a chain with a gap": {chain(t, func(c proof.Chain) proof.Chain { return slices.Delete(c, 0, 1) }), "certificate of epoch 4"},
		"an empty chain":     {chain(t, func(proof.Chain) proof.Chain { return nil }), "it has no certificates"},
		"too few signatures": {chain(t, func(c proof.Chain) proof.Chain {
			note := &c[len(c)-1].Note
			*note = (*note)[:bytes.LastIndexByte((*note)[:len(*note)-1], '\n')+1]
			return c
		}), "no quorum"},
		"another root": {chain(t, func(c proof.Chain) proof.Chain {
			return resealed(t, c, func(leaf *proof.SealLeaf) { leaf.State[3]++ })
		}), "the signed checkpoint has size"},
		"a later epoch": {chain(t, func(c proof.Chain) proof.Chain {
			return resealed(t, c, func(leaf *proof.SealLeaf) { leaf.Epoch += 9 })
		}), "the signed checkpoint has size"},
		"signatures of another end": {chain(t, func(c proof.Chain) proof.Chain {
			c[len(c)-1].Note = c[0].Note
			return c
		}), "certificate of epoch 4"},
	}
}

// Every lie is found out, and does not keep the gateway from the right state.
func TestLiesAreFoundOut(t *testing.T) {
	l := newLedger(t, shape{epochs: 4, accounts: 100})
	for name, c := range lies(t, l) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, d := newTown(), newDisk(l)
				w.add(t, "honest", l, 4).twist = slow(10*time.Millisecond, finer(4))
				w.add(t, "liar", l, 4).twist = c.twist
				r, err := Fetch(t.Context(), d.options(l, w))
				must(t, err)
				if len(r.Liars) != 1 || r.Liars[0].Peer != "liar" || !errors.Is(r.Liars[0].Lie, ErrLie) || !strings.Contains(r.Liars[0].String(), c.found) {
					t.Errorf("found out: %v, want the liar by %q", r.Liars, c.found)
				}
				d.wantInstalled(t, l, 4)
			})
			synctest.Test(t, func(t *testing.T) {
				w, d := newTown(), newDisk(l)
				for n := range 3 {
					w.add(t, fmt.Sprint("liar-", n), l, 4).twist = c.twist
				}
				if name == "everything is split" {
					return // one alone is found out at the end of the way, see TestSplitWithoutEnd
				}
				r, err := Fetch(t.Context(), d.options(l, w))
				if err == nil || len(r.Liars) != 3 || d.count("install") > 0 || d.count("stage") > 0 {
					t.Errorf("all lie: %v, %v", r.Liars, err)
				}
			})
		})
	}
}

// Peers that all say that everything must be split are found out at the latest where nothing can be split any more.
func TestSplitWithoutEnd(t *testing.T) {
	l := newLedger(t, shape{epochs: 4, accounts: 100})
	split := lies(t, l)["everything is split"].twist
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		for n := range 3 {
			w.add(t, fmt.Sprint("liar-", n), l, 4).twist = split
		}
		r, err := Fetch(t.Context(), d.options(l, w))
		asked := 0
		for _, g := range w.gateways {
			asked += g.requests(askChunk)
		}
		if err == nil || len(r.Liars) != 3 || !strings.Contains(r.Liars[0].Lie.Error(), "which nobody can bring about") || asked > 1000 {
			t.Errorf("%v after %d requests: %v", r.Liars, asked, err)
		}
	})
}

// Ten peers, six of which lie, each in another way: the state is the right one, and all six are named.
func TestSixOfTenLie(t *testing.T) {
	l := newLedger(t, shape{epochs: 4, accounts: 2000})
	all := lies(t, l)
	six := []string{"a chunk with another byte", "a chain of another network", "a chain with a gap", "too few signatures", "everything is split", "another root"}
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		for n := range 4 {
			w.add(t, fmt.Sprint("honest-", n), l, 4).twist = slow(time.Duration(20+10*n)*time.Millisecond, finer(6))
		}
		for n, lie := range six {
			w.add(t, fmt.Sprint("liar-", n), l, 4).twist = slow(time.Duration(5+10*n)*time.Millisecond, all[lie].twist)
		}
		r, err := Fetch(t.Context(), d.options(l, w))
		must(t, err)
		var named []string
		for _, liar := range r.Liars {
			named = append(named, liar.Peer)
		}
		slices.Sort(named)
		if !slices.Equal(named, []string{"liar-0", "liar-1", "liar-2", "liar-3", "liar-4", "liar-5"}) {
			t.Errorf("named are %v", r.Liars)
		}
		d.wantInstalled(t, l, 4)
	})
}

// Parts that are too large are fetched in halves, and nobody is blamed for saying so.
func TestSplitParts(t *testing.T) {
	values := make([]int, 150)
	for n := range values {
		values[n] = 60 << 10
	}
	l := newLedger(t, shape{epochs: 1, accounts: 10, values: values})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		w.add(t, "a", l, 1).twist = finer(0)
		w.add(t, "b", l, 1).twist = finer(0)
		r, err := Fetch(t.Context(), d.options(l, w))
		must(t, err)
		if len(r.Liars) > 0 || r.Last.Total < 3 || r.Last.Total > 8 || r.Last.Done != r.Last.Total {
			t.Errorf("%+v", r)
		}
		d.wantInstalled(t, l, 1)
	})
}

// A fetch that was interrupted amid halves goes on with them, whatever peers say then about how the state is cut.
func TestResumesAmongHalves(t *testing.T) {
	l := newLedger(t, shape{epochs: 1, accounts: 100})
	for _, bits := range []uint64{0, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			w, d := newTown(), newDisk(l)
			w.add(t, "a", l, 1).twist = finer(bits)
			seal, state := l.end(1).Seal, l.end(1).State
			for _, c := range []engine.Chunk{{Bits: 3, Part: 5}, {Bits: 4, Part: 9}} {
				b, err := snapshot.Cut(state, c.Bits, c.Part)
				must(t, err)
				entries, err := snapshot.Open(state.Root(), c.Bits, c.Part, b)
				must(t, err)
				must(t, d.Stage(t.Context(), seal.Leaf.Hash(), c, entries))
			}
			r, err := Fetch(t.Context(), d.options(l, w))
			must(t, err)
			if r.Last.Resumed != 2 || r.Last.Done != r.Last.Total {
				t.Errorf("%d bits: %+v", bits, r.Last)
			}
			d.wantInstalled(t, l, 1)
		})
	}
}
