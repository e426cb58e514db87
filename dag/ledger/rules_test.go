package ledger

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

// named is a module of any name and kinds that does nothing.
type named struct {
	NoDeadlines
	name  string
	kinds []string
}

func (n named) Name() string                   { return n.name }
func (n named) Kinds() []string                { return n.kinds }
func (n named) Apply(*Tx, *dag.Event) *Refusal { return nil }

func TestNewRules(t *testing.T) {
	for name, tc := range map[string]struct {
		modules []Module
		ok      bool
	}{
		"none":               {nil, true},
		"all of this folder": {[]Module{Anchors{}, Devices{}}, true},
		"same name":          {[]Module{named{name: "a"}, named{name: "a"}}, false},
		"same kind":          {[]Module{named{name: "a", kinds: []string{"k"}}, named{name: "b", kinds: []string{"k"}}}, false},
		"kind twice":         {[]Module{named{name: "a", kinds: []string{"k", "k"}}}, false},
		"kind of accounts":   {[]Module{named{name: "a", kinds: []string{KindTransfer}}}, false},
		"no name":            {[]Module{named{}}, false},
		"slash in name":      {[]Module{named{name: "a/b"}}, false},
		"long name":          {[]Module{named{name: strings.Repeat("a", maxModuleName+1)}}, false},
		"reserved name":      {[]Module{named{name: "account"}}, false},
		"witness kind":       {[]Module{named{name: "a", kinds: []string{""}}}, false},
	} {
		_, err := NewRules(tc.modules...)
		if (err == nil) != tc.ok || (err != nil && !errors.Is(err, ErrModules)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReservedNames wants every prefix of the ledger's own entries out of the modules' reach.
func TestReservedNames(t *testing.T) {
	for _, prefix := range []string{headKey, accountPrefix, recentPrefix, keysPrefix, frozenPrefix, depositPrefix, deadlinePrefix, pausedPrefix} {
		owner, _, _ := strings.Cut(prefix, "/")
		if checkName(owner) == nil {
			t.Errorf("a module may be called %q", owner)
		}
	}
}

func TestUnknownKind(t *testing.T) {
	c := newChain(t, 1)
	c.apply(c.event(0, born(0), "nonsense", nil), StatusUnknownKind)
}

func TestWitness(t *testing.T) {
	c := newChain(t, 1)
	before := c.state
	c.apply(c.event(7, born(0), "", nil), StatusApplied)
	if c.state != before {
		t.Error("a witness event changed the state")
	}
}

func TestAuthorisation(t *testing.T) {
	s, err := Genesis([]GenesisAccount{
		{Account: born(0), Balance: 10},                                  // its own key
		{Account: born(1), Balance: 10, Keys: []dag.Key{key(3), key(2)}}, // replaced
		{Account: dag.Account{5}, Balance: 10, Keys: []dag.Key{key(2)}},  // born with no key
	})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := NewRules(Anchors{})
	if err != nil {
		t.Fatal(err)
	}
	c := &chain{issuer: &issuer{t: t}, rules: rules, state: s}
	for _, tc := range []struct {
		key     int
		account dag.Account
		want    Status
	}{
		{0, born(0), StatusApplied},
		{1, born(0), StatusNotAuthorised},
		{1, born(1), StatusNotAuthorised},
		{2, born(1), StatusApplied},
		{3, born(1), StatusApplied},
		{2, dag.Account{5}, StatusApplied},
		{5, dag.Account{5}, StatusNotAuthorised},
		{6, born(6), StatusApplied}, // never heard of, but it proves itself
		{6, dag.Account{}, StatusNotAuthorised},
	} {
		c.apply(c.event(tc.key, tc.account, KindAnchor, c.body(testAnchor())), tc.want)
		if s.MayAct(key(tc.key), tc.account) != (tc.want == StatusApplied) {
			t.Errorf("MayAct of key %d for %s differs from the receipt", tc.key, tc.account)
		}
	}
	if keys := s.Keys(born(1)); len(keys) != 2 || keys[0].Compare(keys[1]) >= 0 || len(s.Keys(born(0))) != 0 {
		t.Errorf("keys %v", keys)
	}
}

// TestDuplicateFreezes has a key repeat a seq, by a payload or a witness event: it may then act for no account.
func TestDuplicateFreezes(t *testing.T) {
	for _, kind := range []string{KindTransfer, ""} {
		c := newChain(t, 2)
		c.apply(c.pay(0, KindTransfer, Transfer{To: born(1), Amount: 1, Sequence: 1}), StatusApplied)
		var body []byte
		if kind != "" {
			body = c.body(Transfer{To: born(1), Amount: 1, Sequence: 2})
		}
		again := c.event(0, born(0), kind, body)
		next, receipt := c.rules.Apply(c.state, again, true)
		if receipt.Status != StatusDuplicateSeq || receipt.Reason == "" {
			t.Fatalf("receipt %+v", receipt)
		}
		c.state = next
		if evidence, ok := c.state.Frozen(key(0)); !ok || evidence != again.ID() {
			t.Errorf("frozen %v by %s, want %s", ok, evidence, again.ID())
		}
		if c.balance(born(1)) != 1001 {
			t.Errorf("the duplicate moved balance")
		}
		r := c.apply(c.pay(0, KindTransfer, Transfer{To: born(1), Amount: 1, Sequence: 2}), StatusKeyFrozen)
		if r.BeatenBy != again.ID() {
			t.Errorf("beaten by %s", r.BeatenBy)
		}
		if third, _ := c.rules.Apply(c.state, c.event(0, born(0), "", nil), true); third != c.state {
			t.Error("the first evidence was replaced")
		}
		c.apply(c.pay(1, KindTransfer, Transfer{To: born(0), Amount: 1, Sequence: 1}), StatusApplied)
		checkState(t, c.state)
	}
}

func TestRefusedModuleLeavesNothing(t *testing.T) {
	c := newChain(t, 1, escrow{})
	root := c.state.Root()
	c.apply(c.event(0, born(0), "escrow.fail", []byte{1}), StatusNotFound)
	if c.state.Root() != root || c.state.Due() != 0 {
		t.Error("a refused event left something behind")
	}
}

func TestSetKeysReplaces(t *testing.T) {
	c := newChain(t, 1, escrow{})
	other := key(8)
	c.apply(c.event(0, born(0), "escrow.keys", other[:]), StatusApplied)
	c.apply(c.pay(0, KindTransfer, Transfer{To: born(1), Amount: 1, Sequence: 1}), StatusNotAuthorised)
	c.apply(c.event(8, born(0), KindTransfer, c.body(Transfer{To: born(1), Amount: 1, Sequence: 1})), StatusApplied)
	checkState(t, c.state)
}

func TestEntryBounds(t *testing.T) {
	c := newChain(t, 1, escrow{})
	large := func(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{1}, n) }
	c.apply(c.event(0, born(0), "escrow.large", large(MaxValueLength)), StatusApplied)
	c.apply(c.event(0, born(0), "escrow.large", large(MaxValueLength+1)), StatusLimitReached)
	tx, long := c.state.begin("escrow"), make([]byte, MaxKeyLength+1)
	for name, r := range map[string]*Refusal{
		"put":      tx.Put(long, nil),
		"deposit":  tx.Deposit(long, born(0), 1),
		"deadline": tx.SetDeadline(long, Deadline{Time: 1}),
		"keys":     tx.SetKeys(born(0), make([]dag.Key, MaxKeys+1)),
		"no keys":  tx.SetKeys(born(0), nil),
	} {
		if r == nil || r.Status() != StatusLimitReached {
			t.Errorf("%s: %v", name, r)
		}
	}
	if tx.state().Root() != c.state.Root() {
		t.Error("a refused operation changed something")
	}
}

func TestStatusText(t *testing.T) {
	for s := Status(1); s.IsValid(); s++ {
		var again Status
		text, err := s.MarshalText()
		if err != nil || again.UnmarshalText(text) != nil || again != s {
			t.Errorf("%d is %q, which reads as %d", s, text, again)
		}
	}
	for _, text := range []string{"", "status-0", "Applied"} {
		if s, err := ParseStatus(text); err == nil {
			t.Errorf("%q reads as %d", text, s)
		}
	}
	if Status(0).IsValid() || Status(len(statusNames)).IsValid() || Status(255).String() != "status-255" {
		t.Error("a code without a meaning passes for a status")
	}
}
