package ledger

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

func TestTransfer(t *testing.T) {
	for name, tc := range map[string]struct {
		transfer Transfer
		want     Status
	}{
		"all":              {Transfer{To: born(1), Amount: 1000, Sequence: 1, Memo: "rent"}, StatusApplied},
		"to a new account": {Transfer{To: dag.Account{9}, Amount: 1, Sequence: 1}, StatusApplied},
		"too much":         {Transfer{To: born(1), Amount: 1001, Sequence: 1}, StatusInsufficientBalance},
		"far too much":     {Transfer{To: born(1), Amount: dag.MaxInteger, Sequence: 1}, StatusInsufficientBalance},
		"nothing":          {Transfer{To: born(1), Sequence: 1}, StatusZeroAmount},
		"to itself":        {Transfer{To: born(0), Amount: 1, Sequence: 1}, StatusSelfTransfer},
		"gap":              {Transfer{To: born(1), Amount: 1, Sequence: 2}, StatusWrongSequence},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t, 2)
			before := c.balance(tc.transfer.To)
			c.apply(c.pay(0, KindTransfer, tc.transfer), tc.want)
			if tc.want == StatusApplied && c.balance(tc.transfer.To) != before+tc.transfer.Amount {
				t.Errorf("receiver has %d", c.balance(tc.transfer.To))
			}
			checkState(t, c.state)
		})
	}
}

func TestMalformedTransfer(t *testing.T) {
	c := newChain(t, 1)
	c.apply(c.event(0, born(0), KindTransfer, []byte{0xa0}), StatusMalformedPayload)
	c.apply(c.event(0, born(0), KindTransfer, nil), StatusMalformedPayload)
}

// TestDoubleSpend sends all that there is to two accounts with one account sequence, from two keys of the account.
func TestDoubleSpend(t *testing.T) {
	s, err := Genesis([]GenesisAccount{{Account: born(0), Balance: 1000, Keys: []dag.Key{key(0), key(1)}}})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := NewRules()
	if err != nil {
		t.Fatal(err)
	}
	c := &chain{issuer: &issuer{t: t}, rules: rules}
	a := c.event(0, born(0), KindTransfer, c.body(Transfer{To: dag.Account{7}, Amount: 1000, Sequence: 1}))
	b := c.event(1, born(0), KindTransfer, c.body(Transfer{To: dag.Account{8}, Amount: 1000, Sequence: 1}))
	for _, order := range [][2]*dag.Event{{a, b}, {b, a}} {
		c.state = s
		c.apply(order[0], StatusApplied)
		if r := c.apply(order[1], StatusSequenceTaken); r.BeatenBy != order[0].ID() {
			t.Errorf("beaten by %s, want %s", r.BeatenBy, order[0].ID())
		}
		checkState(t, c.state)
	}
}

// TestRemembered uses many sequences and asks for who used each: the last ones are named, and the state stays bounded.
func TestRemembered(t *testing.T) {
	c := newChain(t, 2)
	var ids []dag.ID
	most := 0
	for n := uint64(1); n <= 200; n++ {
		e := c.pay(0, KindTransfer, Transfer{To: born(1), Amount: 1, Sequence: n})
		c.apply(e, StatusApplied)
		ids = append(ids, e.ID())
		for back := range uint64(len(ids)) {
			id, ok := c.state.UsedBy(born(0), n-back)
			if ok && id != ids[n-back-1] {
				t.Fatalf("after %d, sequence %d was used by %s, want %s", n, n-back, id, ids[n-back-1])
			}
			if !ok && back < RememberedSequences {
				t.Fatalf("after %d, sequence %d is forgotten", n, n-back)
			}
		}
		most = max(most, c.state.Len())
	}
	if want := 3 + recentChunks; most != want { // head and two accounts
		t.Errorf("up to %d entries, want %d", most, want)
	}
	if r := c.apply(c.pay(0, KindTransfer, Transfer{To: born(1), Amount: 1, Sequence: 1}), StatusSequenceTaken); !r.BeatenBy.IsZero() {
		t.Errorf("sequence 1 is still remembered")
	}
	for _, n := range []uint64{0, 201, dag.MaxInteger} {
		if id, ok := c.state.UsedBy(born(0), n); ok {
			t.Errorf("sequence %d was used by %s", n, id)
		}
	}
}

// TestBranchesAreApart goes on from each of many states in two ways and wants each to remember its own event.
func TestBranchesAreApart(t *testing.T) {
	c := newChain(t, 1)
	for n := uint64(1); n <= 2*chunkLength; n++ {
		start := c.state
		var branches []*State
		var ids []dag.ID
		for to := range byte(2) {
			e := c.pay(0, KindTransfer, Transfer{To: dag.Account{to + 1}, Amount: 1, Sequence: n})
			c.state = start
			c.apply(e, StatusApplied)
			branches, ids = append(branches, c.state), append(ids, e.ID())
		}
		for i, s := range branches {
			if id, ok := s.UsedBy(born(0), n); !ok || id != ids[i] {
				t.Errorf("branch %d at %d remembers %s, want %s", i, n, id, ids[i])
			}
		}
	}
}

func FuzzDecodeTransfer(f *testing.F) {
	body, err := Transfer{To: dag.Account{1}, Amount: 2, Sequence: 3, Memo: "m"}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := DecodeTransfer(body)
		if err != nil {
			if !errors.Is(err, ErrPayload) {
				t.Fatalf("%v does not wrap ErrPayload", err)
			}
			return
		}
		if again, err := p.Encode(); err != nil || !bytes.Equal(again, body) {
			t.Fatalf("%x encodes again as %x, %v", body, again, err)
		}
	})
}
