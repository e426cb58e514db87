package ledger

import (
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

func TestOpenRefuses(t *testing.T) {
	c := newChain(t, 1)
	for name, commit := range map[string]Commit{
		"same number":     {1, 10_000},
		"skipped number":  {3, 10_000},
		"time goes back":  {2, 9_999},
		"time too large":  {2, dag.MaxInteger + 1},
		"number of start": {0, 10_000},
	} {
		if s, err := c.rules.Open(c.state, commit); !errors.Is(err, ErrCommit) || s != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCheckpoints counts the commits that enter a new second of ledger time.
func TestCheckpoints(t *testing.T) {
	c := newChain(t, 1)
	for _, step := range []struct{ time, want uint64 }{
		{10_000, 1}, {10_999, 1}, {11_000, 2}, {11_000, 2}, {15_500, 3}, {16_400, 4},
	} {
		c.open(step.time)
		if c.state.Checkpoints() != step.want || c.state.Time() != step.time {
			t.Errorf("at %d: %d checkpoints, time %d, want %d", step.time, c.state.Checkpoints(), c.state.Time(), step.want)
		}
	}
}

// TestCloseKeepsRoot wants the root from Apply, from Close and from the parts of a state to be one.
func TestCloseKeepsRoot(t *testing.T) {
	c := newChain(t, 2)
	c.apply(c.pay(0, KindTransfer, Transfer{To: born(1), Amount: 5, Sequence: 1}), StatusApplied)
	before := c.state.Root()
	c.close()
	if c.state.Root() != before {
		t.Errorf("root %x, want %x", c.state.Root(), before)
	}
	account := AccountKey(born(1))
	value, _ := c.state.Get(account)
	proof := c.state.Prove(account)
	if err := proof.Verify(before, account, value); err != nil {
		t.Error(err)
	}
	nobody := AccountKey(born(77))
	absent := c.state.Prove(nobody)
	if err := absent.VerifyAbsent(before, nobody); err != nil {
		t.Error(err)
	}
	if proof.Verify(before, account, Account{Balance: 9999}.record()) == nil {
		t.Error("another balance was proved")
	}
}

func TestDeadlineNeedsTimeAndCheckpoints(t *testing.T) {
	c := newChain(t, 1, escrow{})
	to := dag.Account{4}
	c.apply(c.event(0, born(0), "escrow.lock", lock(1, 600, 5_000, 3, to)), StatusApplied)
	if c.balance(born(0)) != 400 || c.state.Deposited("escrow", []byte{1}) != 600 || c.state.Due() != 15_000 {
		t.Fatalf("balance %d, deposit %d, due %d", c.balance(born(0)), c.state.Deposited("escrow", []byte{1}), c.state.Due())
	}
	for _, step := range []struct {
		time uint64 // of the next commit
		paid uint64
		due  uint64
	}{
		{14_999, 0, 15_000},       // neither, checkpoint 2
		{1_000_000, 0, 1_000_000}, // a long pause: the time came, checkpoint 3
		{1_000_500, 0, 1_000_500}, // no new second
		{1_001_000, 600, 0},       // checkpoint 4
	} {
		c.open(step.time)
		if c.balance(to) != step.paid || c.state.Due() != step.due {
			t.Errorf("at %d: paid %d, due %d, want %d, %d", step.time, c.balance(to), c.state.Due(), step.paid, step.due)
		}
		checkState(t, c.state)
	}
	if _, ok := c.state.Get(EntryKey("escrow", []byte{1})); ok {
		t.Error("the module's entry is still there")
	}
}

// TestWaitingBlocksNobody has one deadline wait for checkpoints that will not come soon, ahead of another that is due.
func TestWaitingBlocksNobody(t *testing.T) {
	c := newChain(t, 1, escrow{})
	c.apply(c.event(0, born(0), "escrow.lock", lock(1, 100, 1, 50, dag.Account{4})), StatusApplied)
	c.apply(c.event(0, born(0), "escrow.lock", lock(2, 10, 2, 0, dag.Account{4})), StatusApplied)
	c.open(20_000)
	if c.balance(dag.Account{4}) != 10 {
		t.Errorf("paid %d, want 10", c.balance(dag.Account{4}))
	}
}

func TestDeadlineCleared(t *testing.T) {
	for _, timeCame := range []bool{false, true} {
		c := newChain(t, 1, escrow{})
		c.apply(c.event(0, born(0), "escrow.lock", lock(1, 600, 5_000, 3, dag.Account{4})), StatusApplied)
		if timeCame {
			c.open(20_000)
		}
		c.apply(c.event(0, born(0), "escrow.cancel", []byte{1}), StatusApplied)
		if c.balance(born(0)) != 1000 || c.state.Due() != 0 {
			t.Errorf("balance %d, due %d", c.balance(born(0)), c.state.Due())
		}
		c.open(90_000)
		checkState(t, c.state)
	}
}

// TestDeadlineReplaced sets a deadline anew, before and after its time came.
func TestDeadlineReplaced(t *testing.T) {
	c := newChain(t, 1, escrow{})
	c.apply(c.event(0, born(0), "escrow.lock", lock(1, 1, 5_000, 9, dag.Account{4})), StatusApplied)
	c.open(20_000)
	c.apply(c.event(0, born(0), "escrow.lock", lock(1, 1, 1_000, 0, dag.Account{4})), StatusApplied)
	if c.state.Due() != 21_000 {
		t.Errorf("due %d", c.state.Due())
	}
	c.open(21_000)
	if c.state.Due() != 0 || c.balance(dag.Account{4}) != 2 {
		t.Errorf("due %d, paid %d", c.state.Due(), c.balance(dag.Account{4}))
	}
}

// TestRefusedExpiry wants the deadline gone and all else as it was.
func TestRefusedExpiry(t *testing.T) {
	c := newChain(t, 1, escrow{})
	c.apply(c.event(0, born(0), "escrow.lock", lock(1, 600, 1, 0, dag.Account{})), StatusApplied)
	c.open(20_000)
	if c.state.Due() != 0 || c.state.Deposited("escrow", []byte{1}) != 600 || c.balance(dag.Account{}) != 0 {
		t.Errorf("due %d, deposit %d", c.state.Due(), c.state.Deposited("escrow", []byte{1}))
	}
	checkState(t, c.state)
}

// TestDueIsBounded makes more due at once than one commit may work off.
func TestDueIsBounded(t *testing.T) {
	c := newChain(t, 0, escrow{})
	tx := c.state.begin("escrow")
	for i := range uint64(MaxDuePerCommit + 10) {
		id := record(i)
		if r := tx.Put(id, make([]byte, 32)); r != nil {
			t.Fatal(r)
		}
		if r := tx.SetDeadline(id, Deadline{Time: 11_000 + i%7}); r != nil {
			t.Fatal(r)
		}
	}
	c.state = tx.state()
	for _, left := range []int{10, 0} {
		c.open(20_000)
		if got := c.state.deadlines.byTime.Len(); got != left {
			t.Errorf("%d deadlines left, want %d", got, left)
		}
		if want := uint64(min(left, 1)) * c.state.Time(); c.state.Due() != want {
			t.Errorf("due %d with %d left, want %d", c.state.Due(), left, want)
		}
		checkState(t, c.state)
	}
}

func TestOpenWithoutTheModule(t *testing.T) {
	c := newChain(t, 1, escrow{})
	c.apply(c.event(0, born(0), "escrow.lock", lock(1, 600, 1, 0, dag.Account{4})), StatusApplied)
	older, err := NewRules()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := older.Open(c.state, Commit{Number: 2, Time: 20_000}); !errors.Is(err, ErrCommit) {
		t.Errorf("%v", err)
	}
}
