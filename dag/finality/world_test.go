package finality_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

var testNetwork = dag.NetworkID{0xf1}

// unsigned is a signer that does not sign: finality never looks at a signature, and real ones would take most of the time.
type unsigned dag.Key

func (k unsigned) Key() dag.Key { return dag.Key(k) }

func (unsigned) Sign(string, dag.NetworkID, []byte) (dag.Signature, error) {
	return dag.Signature{}, nil
}

// testKey returns the key of a name. Keys sort by their names' first bytes, so that tests read well.
func testKey(name string) dag.Key {
	hash := sha256.Sum256([]byte(name))
	copy(hash[:4], name)
	return dag.Key(hash)
}

// world is an arena with rules: what exists, whoever holds it.
type world struct {
	arena *dag.Arena
	rules *finality.Rules
}

func newWorld(c *finality.Committee, seed [32]byte) *world {
	r := finality.NewRules(c, 1, seed)
	return &world{arena: dag.NewArena(dag.FirstOrigin(testNetwork), 2, r), rules: r}
}

// draft is an event to be.
type draft struct {
	key      dag.Key
	prev     dag.Index
	approves []dag.Index
	round    uint64
	time     uint64
	payload  bool
	salt     uint64 // tells two events apart that are equal in all else
	epoch    uint64 // 0 means 1
}

// verified returns the draft as an event that package dag takes for signed.
func (w *world) verified(t testing.TB, d draft) dag.Verified {
	t.Helper()
	f := dag.Fields{
		Network: testNetwork, Key: d.key, Account: dag.Account{byte(d.salt), byte(d.salt >> 8), byte(d.salt >> 16)},
		Seq: 1, Time: d.time, Epoch: max(d.epoch, 1), Round: d.round,
	}
	if d.payload {
		f.Kind, f.Body = "test", []byte{1}
	}
	if d.prev != dag.NoIndex {
		f.Seq, f.Prev = w.arena.Event(d.prev).Seq()+1, w.arena.ID(d.prev)
	}
	for _, p := range d.approves {
		f.Approves = append(f.Approves, w.arena.ID(p))
	}
	v, err := f.Sign(unsigned(d.key))
	if err != nil {
		t.Fatalf("test makes a malformed event: %v", err)
	}
	return v
}

func (w *world) add(t testing.TB, d draft) (dag.Index, error) {
	t.Helper()
	return w.arena.Intern(w.verified(t, d))
}

// parents returns what vertex i points at.
func (w *world) parents(i dag.Index) []dag.Index {
	v := w.arena.Vertex(i)
	if v.Prev == dag.NoIndex {
		return v.Approves
	}
	return append([]dag.Index{v.Prev}, v.Approves...)
}

// mustCommittee returns a committee with members named m0, m1, ... of the given weights.
func mustCommittee(t testing.TB, weights ...uint64) *finality.Committee {
	t.Helper()
	var members []finality.Member
	for n, w := range weights {
		name := fmt.Sprintf("m%02d", n)
		members = append(members, finality.Member{Name: name, Key: testKey(name), Weight: w})
	}
	c, err := finality.NewCommittee(members)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// drain takes all commits that are ready.
func drain(o *finality.Order) (commits []finality.Commit) {
	for c, ok := o.Next(); ok; c, ok = o.Next() {
		commits = append(commits, plain(c))
	}
	return commits
}

// plain returns what a commit says, for comparisons.
func plain(c *finality.Commit) finality.Commit {
	return finality.Commit{Number: c.Number, Slot: c.Slot, Leader: c.Leader, Time: c.Time, Events: c.Events}
}

// soak returns many where big counts were asked for, else few.
func soak(few, many int) int {
	if os.Getenv("LOT_SOAK") != "" {
		return many
	}
	return few
}
