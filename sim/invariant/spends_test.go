package invariant

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// signer returns the n-th key pair of the tests.
func signer(n byte) *dag.MemorySigner { return dag.NewSigner([32]byte{n}) }

// event signs an event of the n-th key. The salt makes it another one.
func event(t testing.TB, n byte, salt uint64, kind string, body []byte) *dag.Event {
	t.Helper()
	key := signer(n).Key()
	fields := dag.Fields{
		Network: dag.NetworkID{1}, Key: key, Account: dag.AccountOf(key), Seq: 1, Approves: []dag.ID{id(1), id(2)},
		Time: 1_000 + salt, Epoch: 1, Kind: kind, Body: body,
	}
	if kind == "" {
		fields.Round = 1
	}
	v, err := fields.Sign(signer(n))
	if err != nil {
		t.Fatal(err)
	}
	return v.Event
}

// transfer signs a transfer of the n-th key.
func transfer(t testing.TB, n byte, salt, sequence uint64) *dag.Event {
	t.Helper()
	body, err := ledger.Transfer{To: dag.AccountOf(signer(99).Key()), Amount: 1, Sequence: sequence}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return event(t, n, salt, ledger.KindTransfer, body)
}

func TestSpendsHoldsWhereNodesAgree(t *testing.T) {
	a, b := NewSpends(), NewSpends()
	first, second, lost := transfer(t, 1, 0, 1), transfer(t, 1, 1, 2), transfer(t, 1, 2, 2)
	other := transfer(t, 2, 0, 1) // the same sequence of another account
	for node, s := range []*Spends{&a, &b, &a} {
		s.Receipt(node, 10, first, ledger.StatusApplied)
		s.Receipt(node, 11, second, ledger.StatusApplied)
		s.Receipt(node, 12, lost, ledger.StatusSequenceTaken)
		s.Receipt(node, 13, other, ledger.StatusApplied)
	}
	a.Merge(&b)
	wantFindings(t, a.Findings())
}

func TestSpendsFindsADoubleSpend(t *testing.T) {
	one, two := transfer(t, 1, 0, 7), transfer(t, 1, 1, 7)
	for name, merged := range map[string]bool{"in one shard": false, "in two": true} {
		t.Run(name, func(t *testing.T) {
			a, b := NewSpends(), NewSpends()
			at := &a
			if merged {
				at = &b
			}
			a.Receipt(3, 10, one, ledger.StatusApplied)
			at.Receipt(4, 12, two, ledger.StatusApplied)
			a.Receipt(3, 20, one, ledger.StatusApplied)
			a.Merge(&b)
			list := a.Findings()
			wantFindings(t, list, RuleSpends)
			if list[0].Node != 4 || list[0].At != 12 {
				t.Errorf("found at node %d, %d µs", list[0].Node, list[0].At)
			}
			wantDetail(t, list[0], one.ID().String(), two.ID().String(), "sequence 7", "node 3")
		})
	}
}

func TestSpendsFindsDifferentReceipts(t *testing.T) {
	s, e := NewSpends(), transfer(t, 1, 0, 1)
	s.Receipt(1, 10, e, ledger.StatusApplied)
	s.Receipt(2, 12, e, ledger.StatusInsufficientBalance)
	s.Receipt(3, 13, e, ledger.StatusInsufficientBalance)
	list := s.Findings()
	wantFindings(t, list, RuleReceipts)
	wantDetail(t, list[0], e.ID().String(), "insufficient-balance", "node 1", "applied")
}

func TestSpendsFindsAMalformedTransferThatTookEffect(t *testing.T) {
	s := NewSpends()
	s.Receipt(1, 10, event(t, 1, 0, ledger.KindTransfer, []byte{0xff}), ledger.StatusApplied)
	wantFindings(t, s.Findings(), RuleReceipts)
}

func TestSpendsDoesNotDependOnShards(t *testing.T) {
	var events []*dag.Event
	for salt := range uint64(6) {
		events = append(events, transfer(t, 1, salt, salt/2+1))
	}
	statuses := []ledger.Status{ledger.StatusApplied, ledger.StatusSequenceTaken, ledger.StatusWrongSequence}
	rapid.Check(t, func(t *rapid.T) {
		single, merged := NewSpends(), NewSpends()
		shards := []Spends{NewSpends(), NewSpends(), NewSpends()}
		for at := range uint64(rapid.IntRange(0, 40).Draw(t, "calls")) {
			node, e, status := rapid.IntRange(0, 8).Draw(t, "node"), rapid.SampledFrom(events).Draw(t, "event"), rapid.SampledFrom(statuses).Draw(t, "status")
			single.Receipt(node, at, e, status)
			shards[node%3].Receipt(node, at, e, status)
		}
		for _, n := range rapid.Permutation([]int{0, 1, 2}).Draw(t, "order") {
			merged.Merge(&shards[n])
		}
		if a, b := single.Findings(), merged.Findings(); !slices.Equal(a, b) {
			t.Fatalf("one shard finds %v, three %v", a, b)
		}
	})
}

func BenchmarkReceipt(b *testing.B) {
	s, e := NewSpends(), transfer(b, 1, 0, 1)
	b.ReportAllocs()
	for n := range b.N {
		s.Receipt(n&1023, uint64(n), e, ledger.StatusApplied)
	}
}
