package light_test

import (
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/query"
	"github.com/ledgerofthings/lot/node/query/querytest"
)

// otherLog returns a checkpoint of another history of that size, signed by all the members of the town, and its last leaf and path.
func otherLog(t *testing.T, town *querytest.Town, size uint64) (note []byte, leaf []byte, path query.Path) {
	t.Helper()
	log, store := new(proof.Log), new(proof.MemoryStore)
	put := func(h proof.Hash) {
		added, err := log.Append(h)
		if err == nil {
			err = store.Put(added)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range size - 1 {
		put(proof.EventLeaf{Event: dag.ID{byte(n), 99}, Status: ledger.StatusApplied}.Hash())
	}
	closing := proof.ClosingLeaf{Leader: dag.ID{5}, Number: 1, Time: town.Now, Committee: town.Network.Cosigners.Hash()}
	put(closing.Hash())
	head, err := log.Head()
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := proof.ProveInclusion(store, size, size-1)
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, town, head), closing.Encode(), query.NewPath(hashes)
}

// sign has a head signed by all members.
func sign(t *testing.T, town *querytest.Town, head proof.TreeHead) []byte {
	t.Helper()
	collector, err := proof.NewCollector(town.Network.Cosigners)
	if err != nil {
		t.Fatal(err)
	}
	for n := range town.Full {
		c, err := proof.Cosign(querytest.Signer('c', n), town.Network.Cosigners, proof.TreeHead{}, head, town.Now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := collector.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	signed, _ := collector.Latest()
	return signed.Note()
}

// One gateway of four lies in every way; the light one names it, keeps what it showed, and loses nothing but time.
func TestLiars(t *testing.T) {
	other := querytest.Signer('e', 50)
	var old *query.Head
	lies := map[string]struct {
		lie func(town *querytest.Town, r *query.Request, a *query.Answer)
		why string // in the evidence; empty if the lie cannot be told from bad luck
	}{
		"balance": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.State != nil && a.State.Entries[0].Present {
				a.State.Entries[0].Value = append([]byte{1}, a.State.Entries[0].Value[1:]...)
			}
		}, "map proof does not hold"},
		"absence": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.State != nil && a.State.Entries[0].Present {
				a.State.Entries[0].Present, a.State.Entries[0].Value = false, nil
			}
		}, "map proof does not hold"},
		"other state": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.State != nil {
				s := a.State.Entries
				s[0], s[len(s)-1] = s[len(s)-1], s[0]
				s[0].Way = append([]byte{}, s[0].Way[:len(s[0].Way)/2]...)
			}
		}, "proof"},
		"old checkpoint": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Head != nil && len(a.Head.Note) > 0 && old == nil {
				old = a.Head
			}
			if a.Head != nil && r.Head.Size > 2 {
				a.Head = old
			}
		}, "begins with the one that was proven"},
		"hides checkpoints": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Head != nil {
				a.Head = &query.Head{}
			}
		}, ""},
		"hides events": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Events != nil {
				for i := range a.Events.Events {
					a.Events.Events[i] = query.Event{State: query.EventUnknown}
				}
			}
		}, ""},
		"says that it is void": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Events != nil {
				for i := range a.Events.Events {
					a.Events.Events[i] = query.Event{State: query.EventVoid}
				}
			}
		}, ""},
		"other outcome": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Events != nil && a.Events.Events[0].State == query.EventOrdered {
				a.Events.Events[0].Status = uint8(ledger.StatusSequenceTaken)
			}
		}, "not where the peer says"},
		"tips that nobody has": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Standing != nil {
				a.Standing.Tips = []dag.ID{{1}, {2}, {3}}
			}
		}, ""},
		"other seal": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Standing != nil {
				a.Standing.Seal = [32]byte{1}
			}
		}, "another seal"},
		"own event of somebody else": {func(town *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Standing != nil {
				v, err := dag.Fields{Network: town.Network.ID, Key: other.Key(), Account: dag.AccountOf(other.Key()), Seq: 1, Epoch: 1,
					Approves: []dag.ID{{1}, {2}}, Kind: "transfer"}.Sign(other)
				if err != nil {
					town.T.Fatal(err)
				}
				a.Standing.Seq, a.Standing.Head = 1, v.Block()
			}
		}, "cannot be of this gateway's own events"},
		"ticket for somebody else": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Standing != nil {
				a.Standing.Ticket = []byte{1, 2, 3}
			}
		}, "cannot be of this gateway's own events"},
		"something else": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			*a = query.Answer{Consistency: &query.Consistency{}}
		}, "something else than it was asked"},
		"forged signatures": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Head != nil && len(a.Head.Note) > 0 {
				a.Head.Note = []byte(strings.Replace(string(a.Head.Note), "\n— ", "\n— x", 1))
			}
		}, "not a member of the committee"},
		"other leaf": {func(town *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Head != nil && len(a.Head.Leaf) > 0 {
				a.Head.Leaf = proof.ClosingLeaf{Number: 1, Committee: town.Network.Cosigners.Hash()}.Encode()
			}
		}, "Merkle path"},
		"chain of nonsense": {func(_ *querytest.Town, r *query.Request, a *query.Answer) {
			if a.Head != nil {
				*a.Head = query.Head{Chain: []byte{1, 2, 3}}
			}
		}, "malformed chain"},
	}
	for name, c := range lies {
		t.Run(name, func(t *testing.T) {
			old = nil
			town := newTown(t, 5, 4, nil)
			town.Run(500)
			town.Full[0].Pay(payee, 5)
			town.Run(2_000)
			b := newBoxOf(town, 4)
			b.twist["full-2"] = func(r *query.Request, a *query.Answer) { c.lie(town, r, a) }
			b.ready(60_000)
			paid := 0
			for paid < 3 || c.why != "" && len(told[light.Liar](b)) == 0 && paid < 40 {
				b.pay(payee, 7)
				paid++
				town.Until(120_000, "the transfer is final", func() bool { return len(told[light.Final](b)) == paid })
			}
			if s := told[light.Final](b)[0].Status; s != ledger.StatusApplied {
				t.Fatalf("status %v", s)
			}
			town.Run(60_000)
			if got := b.balance(payee); got != uint64(5+7*paid) {
				t.Fatalf("the payee has %d", got)
			}
			for _, l := range told[light.Liar](b) {
				if l.Evidence.Peer != "full-2" || c.why == "" || !strings.Contains(l.Evidence.Why, c.why) {
					t.Fatalf("%s is named: %s", l.Evidence.Peer, l.Evidence.Why)
				}
			}
			if len(told[light.Liar](b)) == 0 && c.why != "" {
				t.Fatal("the liar is not named")
			}
			if len(b.machine.Evidence()) != len(told[light.Liar](b)) {
				t.Fatal("the evidence is not kept")
			}
		})
	}
}

// A peer that shows another history, signed by a quorum, is not believed: a longer one without a proof that it begins with what was
// proven makes it a liar, one of the same size shows that the committee is not to be trusted.
func TestForkedLog(t *testing.T) {
	town := newTown(t, 6, 4, nil)
	town.Run(500)
	town.Full[0].Pay(payee, 5)
	town.Run(2_000)
	b := newBox(town)
	b.ready(10_000)
	head, _ := b.machine.Head()
	lie := func(size uint64) {
		note, leaf, path := otherLog(t, town, size)
		b.twist["full-1"] = func(r *query.Request, a *query.Answer) {
			if a.Head != nil {
				*a.Head = query.Head{Note: note, Leaf: leaf, Path: path, Growth: path}
			}
		}
	}
	lie(head.Size + 5)
	town.Run(90_000)
	liars := told[light.Liar](b)
	if len(liars) != 1 || liars[0].Evidence.Peer != "full-1" || len(liars[0].Evidence.Theirs) == 0 || len(liars[0].Evidence.Ours) == 0 {
		t.Fatalf("liars: %+v", liars)
	}
	if now, _ := b.machine.Head(); now.TreeHead != head.TreeHead {
		t.Fatalf("the head is %+v", now)
	}
	if ok, why := b.machine.MayIssue(); !ok {
		t.Fatal(why)
	}
	lie(head.Size)
	b.start() // after which it asks that peer again
	town.Run(90_000)
	splits := told[light.Split](b)
	if len(splits) != 1 || splits[0].Evidence.Peer != "full-1" {
		t.Fatalf("splits: %+v", splits)
	}
	if ok, _ := b.machine.MayIssue(); ok {
		t.Fatal("it goes on issuing")
	}
	b.start()
	if ok, _ := b.machine.MayIssue(); ok || len(b.machine.Evidence()) != 2 {
		t.Fatalf("a restart forgets what was seen: %+v", b.machine.Evidence())
	}
}

// Three of four lie; the fourth is enough to read, and to be told so where it is not.
func TestNearlyAllLie(t *testing.T) {
	town := newTown(t, 7, 4, nil)
	town.Run(500)
	town.Full[0].Pay(payee, 5)
	town.Run(2_000)
	b := newBoxOf(town, 4)
	for _, peer := range []string{"full-0", "full-1", "full-3"} {
		b.twist[peer] = func(_ *query.Request, a *query.Answer) {
			if a.State != nil {
				a.State.Entries[0].Present, a.State.Entries[0].Value = true, []byte("all yours")
			}
		}
	}
	town.Run(60_000)
	for range 4 {
		b.balance(payee)
	}
	if got := b.balance(payee); got != 5 || len(told[light.Liar](b)) != 3 {
		t.Fatalf("%d, %d liars", got, len(told[light.Liar](b)))
	}
}
