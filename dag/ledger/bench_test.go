package ledger

import (
	"testing"
	"time"

	"github.com/ledgerofthings/lot/dag"
)

const (
	benchAccounts = 50_000
	benchCommit   = 100 // events between two commits
)

// benchState has many accounts, of which the first few hundred act through keys that are known.
func benchState(b *testing.B, signers int) (*Rules, *State) {
	b.Helper()
	var accounts []GenesisAccount
	for i := range benchAccounts {
		a := dag.Account{byte(i), byte(i >> 8), byte(i >> 16), 77}
		if i < signers {
			a = born(i)
		}
		accounts = append(accounts, GenesisAccount{Account: a, Balance: 1 << 30})
	}
	s, err := Genesis(accounts)
	if err != nil {
		b.Fatal(err)
	}
	rules, err := NewRules(Anchors{}, Devices{})
	if err != nil {
		b.Fatal(err)
	}
	return rules, s
}

// benchApply applies the events over and over, from the state before them, with a commit opened and closed around every
// benchCommit of them, and reports the cost of an event as a share of that of checking its signature.
func benchApply(b *testing.B, rules *Rules, start *State, events []*dag.Event) {
	b.ReportAllocs()
	s, i := start, 0
	for b.Loop() {
		if i%len(events) == 0 {
			s = start
		}
		if i%benchCommit == 0 {
			var err error
			if s, err = rules.Open(rules.Close(s), Commit{Number: s.Commits() + 1, Time: s.Time() + 100}); err != nil {
				b.Fatal(err)
			}
		}
		var receipt Receipt
		if s, receipt = rules.Apply(s, events[i%len(events)], false); receipt.Status != StatusApplied {
			b.Fatalf("%+v", receipt)
		}
		i++
	}
	perEvent := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(perEvent)/float64(bareVerification(b, events[0])), "verifications/op")
}

// bareVerification returns the time that one signature check takes.
func bareVerification(b *testing.B, e *dag.Event) time.Duration {
	b.Helper()
	const rounds = 3000
	start := time.Now()
	for range rounds {
		if _, err := dag.Verify(e); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start) / rounds
}

// BenchmarkApply measures transfers and anchors, the hashing of their commits included.
func BenchmarkApply(b *testing.B) {
	const signers, rounds = 200, 10
	rules, s := benchState(b, signers)
	c := &issuer{t: b}
	var transfers, anchors []*dag.Event
	for n := range rounds {
		for i := range signers {
			to := dag.Account{byte(i * 7), byte(i), 0, 77}
			transfers = append(transfers, c.pay(i, KindTransfer, Transfer{To: to, Amount: 1, Sequence: uint64(n + 1)}))
			anchors = append(anchors, c.pay(i, KindAnchor, testAnchor()))
		}
	}
	b.Run("transfer", func(b *testing.B) { benchApply(b, rules, s, transfers) })
	b.Run("anchor", func(b *testing.B) { benchApply(b, rules, s, anchors) })
}

// BenchmarkLoad rebuilds a state of 50,000 accounts.
func BenchmarkLoad(b *testing.B) {
	_, s := benchState(b, 0)
	for b.Loop() {
		if _, err := Load(s.Entries()); err != nil {
			b.Fatal(err)
		}
	}
}
