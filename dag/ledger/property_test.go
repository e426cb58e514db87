package ledger

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// twin is the slow and plain ledger of transfers: Go maps and the words of the rules, nothing shared with the other.
type twin struct {
	balance map[dag.Account]uint64
	used    map[dag.Account][]dag.ID
	frozen  map[dag.Key]bool
}

func (w *twin) apply(e *dag.Event, duplicate bool) (Status, dag.ID) {
	if duplicate {
		w.frozen[e.Key()] = true
		return StatusDuplicateSeq, dag.ID{}
	}
	if e.IsWitness() {
		return StatusApplied, dag.ID{}
	}
	p, _ := DecodeTransfer(e.Body())
	from := e.Account()
	switch used := w.used[from]; {
	case w.frozen[e.Key()]:
		return StatusKeyFrozen, dag.ID{}
	case dag.AccountOf(e.Key()) != from:
		return StatusNotAuthorised, dag.ID{}
	case p.Amount == 0:
		return StatusZeroAmount, dag.ID{}
	case p.To == from:
		return StatusSelfTransfer, dag.ID{}
	case p.Sequence <= uint64(len(used)):
		return StatusSequenceTaken, used[p.Sequence-1]
	case p.Sequence > uint64(len(used))+1:
		return StatusWrongSequence, dag.ID{}
	case w.balance[from] < p.Amount:
		return StatusInsufficientBalance, dag.ID{}
	}
	w.balance[from] -= p.Amount
	w.balance[p.To] += p.Amount
	w.used[from] = append(w.used[from], e.ID())
	return StatusApplied, dag.ID{}
}

// TestTransfersAgainstTwin applies random conflicting transfers, duplicates and witness events of few accounts in commits.
// Every receipt and balance is the twin's, the supply stays, the entries that Diff names keep a copy of the state equal to
// it, and a second run gives the same roots.
func TestTransfersAgainstTwin(t *testing.T) {
	const accounts = 4
	rapid.Check(t, func(t *rapid.T) {
		c := newChain(t, accounts-1)
		w := &twin{map[dag.Account]uint64{}, map[dag.Account][]dag.ID{}, map[dag.Key]bool{}}
		for i := range accounts - 1 {
			w.balance[born(i)] = 1000
		}
		start, stored := c.state, entriesOf(c.state)
		type ordered struct {
			event     *dag.Event
			duplicate bool
			root      [32]byte
			receipt   Receipt
		}
		var order []ordered
		kept := start
		for range rapid.IntRange(1, 25).Draw(t, "events") {
			e, duplicate := drawEvent(t, c, w, accounts), rapid.IntRange(0, 19).Draw(t, "duplicate") == 0
			next, receipt := c.rules.Apply(c.state, e, duplicate)
			status, beatenBy := w.apply(e, duplicate)
			if receipt.Status != status || (status == StatusSequenceTaken && receipt.BeatenBy != beatenBy) {
				t.Fatalf("receipt %+v, want %s, beaten by %s", receipt, status, beatenBy)
			}
			if rapid.IntRange(0, 4).Draw(t, "close") == 0 {
				next = c.rules.Close(next)
				Diff(kept, next, func(key, value []byte) bool {
					if stored[string(key)] = value; value == nil {
						delete(stored, string(key))
					}
					return true
				})
				kept = next
			}
			c.state = next
			order = append(order, ordered{e, duplicate, next.Root(), receipt})
		}
		for i := range accounts {
			if c.balance(born(i)) != w.balance[born(i)] {
				t.Fatalf("account %d has %d, want %d", i, c.balance(born(i)), w.balance[born(i)])
			}
		}
		checkState(t, c.state)
		if loaded, err := loadMap(stored); err != nil || loaded.Root() != kept.Root() {
			t.Fatalf("what Diff named leads elsewhere: %v", err)
		}
		s := start
		for _, o := range order {
			var receipt Receipt
			if s, receipt = c.rules.Apply(s, o.event, o.duplicate); s.Root() != o.root || receipt != o.receipt {
				t.Fatalf("second run: root %x, receipt %+v, want %x, %+v", s.Root(), receipt, o.root, o.receipt)
			}
		}
	})
}

// drawEvent draws a transfer that is often valid, and often conflicts with one before.
func drawEvent(t *rapid.T, c *chain, w *twin, accounts int) *dag.Event {
	by := rapid.IntRange(0, accounts-1).Draw(t, "by")
	account := born(by)
	if rapid.IntRange(0, 9).Draw(t, "stranger") == 0 {
		account = born((by + 1) % accounts)
	}
	if rapid.IntRange(0, 9).Draw(t, "witness") == 0 {
		return c.event(by, account, "", nil)
	}
	next := len(w.used[account]) + 1
	return c.event(by, account, KindTransfer, c.body(Transfer{
		To:       born(rapid.IntRange(0, accounts-1).Draw(t, "to")),
		Amount:   rapid.Uint64Range(0, 700).Draw(t, "amount"),
		Sequence: uint64(max(1, next+rapid.SampledFrom([]int{0, 0, 0, -1, -2, 1}).Draw(t, "sequence"))),
	}))
}

// TestSupplyThroughDeposits runs a module that locks, pays out and lets deadlines pass, with commits at random times.
func TestSupplyThroughDeposits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChain(t, 3, escrow{})
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			by, id := rapid.IntRange(0, 2).Draw(t, "by"), byte(rapid.IntRange(0, 3).Draw(t, "id"))
			var e *dag.Event
			switch rapid.IntRange(0, 5).Draw(t, "action") {
			case 4:
				c.state = c.rules.Seal(c.state)
				continue
			case 5:
				kind := rapid.SampledFrom([]string{"escrow.pause", "escrow.release"}).Draw(t, "kind")
				e = c.event(by, born(by), kind, []byte(rapid.SampledFrom([]string{"anchor", "device", "transfer"}).Draw(t, "module")))
			case 0:
				c.open(c.state.Time() + rapid.Uint64Range(0, 3000).Draw(t, "pause"))
				checkDue(t, c.state)
				continue
			case 1:
				e = c.event(by, born(by), "escrow.cancel", []byte{id})
			default:
				e = c.event(by, born(by), "escrow.lock", lock(id, rapid.Uint64Range(0, 600).Draw(t, "amount"),
					rapid.Uint64Range(0, 5000).Draw(t, "window"), rapid.Uint64Range(0, 3).Draw(t, "checkpoints"), born(by+1)))
			}
			c.state, _ = c.rules.Apply(c.state, e, false)
			checkDue(t, c.state)
			checkState(t, c.state)
		}
	})
}

// checkDue compares Due with a walk over all deadline entries.
func checkDue(t fataler, s *State) {
	t.Helper()
	var earliest uint64
	for key, value := range s.Entries() {
		if string(key[:len("deadline")]) != "deadline" {
			continue
		}
		if at := max(parsePending(value).Time, s.Time()); earliest == 0 || at < earliest {
			earliest = at
		}
	}
	if s.Due() != earliest {
		t.Fatalf("due %d, want %d", s.Due(), earliest)
	}
}

// TestIndependentEventsCommute applies events of different accounts, none of which touches another's, in random orders.
func TestIndependentEventsCommute(t *testing.T) {
	const accounts = 6
	rapid.Check(t, func(t *rapid.T) {
		c := newChain(t, accounts, Anchors{}, Devices{})
		events := map[dag.ID]*dag.Event{}
		add := func(e *dag.Event) { events[e.ID()] = e }
		for i := range accounts {
			add(c.pay(i, KindTransfer, Transfer{To: born((i + 1) % accounts), Amount: uint64(i + 1), Sequence: 1}))
			add(c.pay(i, KindAnchor, testAnchor()))
			add(c.pay(i, KindDeviceBind, DeviceBind{key(100 + i), 1}))
		}
		ids := slices.SortedFunc(maps.Keys(events), dag.ID.Compare)
		run := func(ids []dag.ID) [32]byte {
			s := c.state
			for _, id := range ids {
				var r Receipt
				if s, r = c.rules.Apply(s, events[id], false); r.Status != StatusApplied {
					t.Fatalf("%+v", r)
				}
			}
			return c.rules.Close(s).Root()
		}
		if a, b := run(ids), run(rapid.Permutation(ids).Draw(t, "order")); a != b {
			t.Fatalf("roots %x and %x", a, b)
		}
	})
}
