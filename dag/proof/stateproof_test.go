package proof

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
)

// holder returns the account of a number.
func holder(n int) dag.Account { return dag.AccountOf(dag.NewSigner(seed("holder", n)).Key()) }

// newState returns a state with the accounts of the numbers from 0 up.
func newState(tb testing.TB, accounts int) *ledger.State {
	tb.Helper()
	var all []ledger.GenesisAccount
	for n := range accounts {
		all = append(all, ledger.GenesisAccount{Account: holder(n), Balance: uint64(1000 + n)})
	}
	state, err := ledger.Genesis(all)
	if err != nil {
		tb.Fatal(err)
	}
	return state
}

// stateScene is a state whose root is in a closing leaf and in a seal leaf, both under a checkpoint of the epoch after.
type stateScene struct {
	*epochs
	state         *ledger.State
	closing, seal []byte // leaves
	at            uint64 // index of the closing leaf; the seal leaf follows it
	signed        SignedCheckpoint
}

func newStateScene(tb testing.TB) *stateScene {
	tb.Helper()
	s := &stateScene{epochs: newEpochs(tb, []int{0, 1, 2, 3}, []int{1, 2, 3, 4}), state: newState(tb, 20)}
	closing := ClosingLeaf{Leader: dag.ID{9}, Number: 77, Time: fixtureTime + 9, State: s.state.Root(), Committee: s.committees[1].Hash()}
	s.closing, s.at = closing.Encode(), s.history.add(tb, closing.Hash())
	s.seal = s.epochs.seal(tb, SealLeaf{Epoch: 2, Number: 78, Time: fixtureTime + 10, State: s.state.Root(), Committee: s.committees[1].Hash()}).Leaf.Encode()
	for n := range uint64(5) {
		s.history.add(tb, numbered(n))
	}
	head := s.history.head(tb)
	var err error
	if s.signed, err = signCheckpoint(s.committees[1], head, cosign(tb, s.committees[1], s.signers[1], head, 0, 1, 3)); err != nil {
		tb.Fatal(err)
	}
	return s
}

// prove returns the proof of an account for those who know the first committee.
func (s *stateScene) prove(tb testing.TB, leaf []byte, index uint64, account int) *StateProof {
	tb.Helper()
	p, err := NewStateProof(s.state, ledger.AccountKey(holder(account)), leaf, index, &s.history.store, s.signed)
	if err != nil {
		tb.Fatal(err)
	}
	if p, err = p.WithChain(s.chain); err != nil {
		tb.Fatal(err)
	}
	return p
}

func encodeState(tb testing.TB, p *StateProof) []byte {
	tb.Helper()
	b, err := p.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestStateProofOfPresentAndAbsent(t *testing.T) {
	s := newStateScene(t)
	for _, c := range []struct {
		leaf    []byte
		index   uint64
		account int
		number  uint64
		time    uint64
	}{
		{s.closing, s.at, 3, 77, fixtureTime + 9},
		{s.closing, s.at, 99, 77, fixtureTime + 9},
		{s.seal, s.at + 1, 3, 78, fixtureTime + 10},
		{s.seal, s.at + 1, 99, 78, fixtureTime + 10},
	} {
		p, err := ParseStateProof(encodeState(t, s.prove(t, c.leaf, c.index, c.account)))
		if err != nil {
			t.Fatal(err)
		}
		key := ledger.AccountKey(holder(c.account))
		want, present := s.state.Get(key)
		r, err := p.Verify(s.committees[0], key)
		if err != nil {
			t.Fatal(err)
		}
		if r.Present != present || !bytes.Equal(r.Value, want) || (r.Value != nil) != present || r.Number != c.number || r.Time != c.time ||
			r.Checkpoint.Size != s.signed.Size {
			t.Errorf("account %d: %+v", c.account, r)
		}
	}
}

func TestStateProofRefuses(t *testing.T) {
	present, absent := ledger.AccountKey(holder(3)), ledger.AccountKey(holder(99))
	for _, c := range []struct {
		name   string
		change func(*testing.T, *stateScene, *StateProof)
		key    []byte
		want   error
	}{
		{"another key", func(*testing.T, *stateScene, *StateProof) {}, absent, merklemap.ErrProof},
		{"another value", func(_ *testing.T, _ *stateScene, p *StateProof) { p.Entry.Value = []byte("much") }, present, merklemap.ErrProof},
		{"a present entry as absent", func(_ *testing.T, _ *stateScene, p *StateProof) {
			p.Entry.Present, p.Entry.Value = false, nil
		}, present, merklemap.ErrProof},
		{"an absent entry with a value", func(_ *testing.T, _ *stateScene, p *StateProof) { p.Entry.Present = false }, present, ErrMalformed},
		{"an absent entry as present", func(_ *testing.T, _ *stateScene, p *StateProof) { p.Entry.Value = nil }, absent, merklemap.ErrProof},
		{"a broken way", func(_ *testing.T, _ *stateScene, p *StateProof) { p.Entry.Way = p.Entry.Way[1:] }, present, ErrMalformed},
		{"no way", func(_ *testing.T, _ *stateScene, p *StateProof) { p.Entry.Way = nil }, present, merklemap.ErrProof},
		{"another leaf", func(_ *testing.T, s *stateScene, p *StateProof) { p.Leaf.Bytes = s.seal }, present, ErrInclusion},
		{"no leaf of a state", func(_ *testing.T, _ *stateScene, p *StateProof) { p.Leaf.Bytes = EventLeaf{}.Encode() }, present, ErrMalformed},
		{"another place", func(_ *testing.T, _ *stateScene, p *StateProof) { p.Leaf.Index++ }, present, ErrInclusion},
		{"another path", func(_ *testing.T, _ *stateScene, p *StateProof) { p.Leaf.Path[0][0]++ }, present, ErrInclusion},
		{"no chain", func(_ *testing.T, _ *stateScene, p *StateProof) { p.Chain = nil }, present, ErrUnknownSigner},
		{"another committee", func(_ *testing.T, s *stateScene, _ *StateProof) { s.committees[0] = s.committees[1] }, present, ErrChain},
		{"no committee", func(_ *testing.T, s *stateScene, _ *StateProof) { s.committees[0].Members = nil }, present, ErrCommittee},
		{"the checkpoint of the seal", func(_ *testing.T, s *stateScene, p *StateProof) { p.Checkpoint = string(s.chain[0].Note) }, present, ErrChain},
		{"no checkpoint", func(_ *testing.T, _ *stateScene, p *StateProof) { p.Checkpoint = "" }, present, ErrMalformed},
	} {
		s := newStateScene(t)
		p := s.prove(t, s.closing, s.at, 3)
		c.change(t, s, p)
		if r, err := p.Verify(s.committees[0], c.key); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v, want %v", c.name, r, err, c.want)
		}
	}
}

func TestNewStateProofNeverHandsOutABrokenProof(t *testing.T) {
	s := newStateScene(t)
	key := ledger.AccountKey(holder(3))
	prove := func(state *ledger.State, leaf []byte, index uint64, store Store) error {
		_, err := NewStateProof(state, key, leaf, index, store, s.signed)
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"another state", prove(newState(t, 21), s.closing, s.at, &s.history.store), merklemap.ErrProof},
		{"another leaf", prove(s.state, s.seal, s.at, &s.history.store), ErrInclusion},
		{"no leaf", prove(s.state, nil, s.at, &s.history.store), ErrMalformed},
		{"beyond the checkpoint", prove(s.state, s.closing, s.signed.Size, &s.history.store), ErrNotCovered},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.err, c.want)
		}
	}
	if err := prove(s.state, s.closing, s.at, new(MemoryStore)); err == nil {
		t.Error("proved from an empty store")
	}
	if _, err := (&StateProof{}).WithChain(s.chain); !errors.Is(err, ErrMalformed) {
		t.Errorf("a chain for no checkpoint: %v", err)
	}
	if _, err := (&File{}).WithChain(s.chain); !errors.Is(err, ErrMalformed) {
		t.Errorf("a chain for no checkpoint: %v", err)
	}
}

func TestAnyChangedByteOfAStateProofIsRefused(t *testing.T) {
	s := newStateScene(t)
	p := s.prove(t, s.closing, s.at, 99)
	p.Chain = nil
	key := ledger.AccountKey(holder(99))
	anyChangeIsRefused(t, encodeState(t, p), []byte{0x01}, func(b []byte) error {
		p, err := ParseStateProof(b)
		if err == nil {
			_, err = p.Verify(s.committees[1], key)
		}
		return err
	})
}

// TestStateSample holds the format still.
func TestStateSample(t *testing.T) {
	s := newStateScene(t)
	path := filepath.Join("testdata", "state.json")
	got := encodeState(t, s.prove(t, s.closing, s.at, 3))
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: the format has changed:\n%s", path, got)
	}
}

func FuzzParseStateProof(f *testing.F) {
	s := newStateScene(f)
	for _, account := range []int{3, 99} {
		f.Add(encodeState(f, s.prove(f, s.closing, s.at, account)))
		f.Add(encodeState(f, s.prove(f, s.seal, s.at+1, account)))
	}
	f.Add(encodeState(f, &StateProof{Format: StateFormat}))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParseStateProof(b)
		if err != nil {
			return
		}
		if again, err := p.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q reads as %q, %v", b, again, err)
		}
		for _, account := range []int{3, 99} {
			key := ledger.AccountKey(holder(account))
			r, err := p.Verify(s.committees[0], key)
			if err != nil {
				continue
			}
			if want, present := s.state.Get(key); r.Present != present || !bytes.Equal(r.Value, want) {
				t.Errorf("%q proves what is not so of account %d", b, account)
			}
		}
	})
}
