package catchup

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store"
)

// Killed before or after any commit, a fetch goes on from what is there and never fetches a chunk twice.
func TestKilledAtEveryStep(t *testing.T) {
	l := newLedger(t, shape{epochs: 2, accounts: 100})
	errKilled := errors.New("killed")
	for kill := 1; ; kill++ {
		over := false
		synctest.Test(t, func(t *testing.T) {
			w, d := newTown(), newDisk(l)
			w.add(t, "a", l, 2).twist = finer(3)
			w.add(t, "b", l, 2).twist = finer(3)
			steps := 0
			d.fail = func(string) error {
				if steps++; steps == kill {
					return errKilled
				}
				return nil
			}
			_, err := Fetch(t.Context(), d.options(l, w))
			if over = err == nil; over {
				d.wantInstalled(t, l, 2)
				return
			}
			if !errors.Is(err, errKilled) {
				t.Fatalf("killed at step %d: %v", kill, err)
			}
			staged := d.count("stage")
			if installed := d.calls[len(d.calls)-1] == "install" && d.engine(t).Overview().Epoch == 3; installed {
				return
			}
			r, err := Fetch(t.Context(), d.options(l, w))
			must(t, err)
			if again := d.count("stage") - staged; r.Last.Resumed+again != 8 || r.Last.Resumed < staged-1 {
				t.Fatalf("killed at step %d after %d chunks: %d are there, %d are fetched", kill, staged, r.Last.Resumed, again)
			}
			d.wantInstalled(t, l, 2)
		})
		if over {
			if kill < 20 {
				t.Errorf("it was over after %d steps", kill)
			}
			return
		}
	}
}

// Two epochs end while the state is fetched. A peer keeps the one that is being fetched, so it is finished.
func TestNewerSealsWhileFetching(t *testing.T) {
	l := newLedger(t, shape{epochs: 5, accounts: 100})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		for _, name := range []string{"a", "b"} {
			w.add(t, name, l, 2).twist = finer(5)
		}
		o := d.options(l, w)
		o.Progress = func(p Progress) {
			if p.Done == 3 {
				w.gateways["a"].advance(3)
				w.gateways["b"].advance(3)
			}
		}
		r, err := Fetch(t.Context(), o)
		must(t, err)
		if r.Seal.Leaf.Epoch != 2 || d.count("unstage") != 1 {
			t.Errorf("epoch %d, %d times unstaged", r.Seal.Leaf.Epoch, d.count("unstage"))
		}
		d.wantInstalled(t, l, 2)
	})
}

// The state goes from all peers while it is fetched: what was kept is removed, and the newer one is fetched.
func TestBeginsAnewWhereTheStateIsGone(t *testing.T) {
	l := newLedger(t, shape{epochs: 5, accounts: 100})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		g := w.add(t, "a", l, 2)
		g.twist = finer(5)
		o := d.options(l, w)
		for _, newest := range []int{3, 5} {
			o.Progress = func(p Progress) {
				if p.Done == 3 && p.Epoch < uint64(newest) {
					g.advance(newest)
					g.server.Close() // as a restart does
				}
			}
			r, err := Fetch(t.Context(), o)
			must(t, err)
			if int(r.Seal.Leaf.Epoch) != newest || d.count("unstage") < 2 || r.Last.Resumed != 0 {
				t.Errorf("%+v after %d times unstaging", r.Last, d.count("unstage"))
			}
			d.wantInstalled(t, l, newest)
			o.Beyond = 4
			g.advance(4)
			must(t, pause(t.Context(), freshFor))
		}
	})
}

// What was kept of the end of one epoch is gone on with if a peer still has it, although another has a newer one.
func TestGoesOnWithTheEpochBefore(t *testing.T) {
	l := newLedger(t, shape{epochs: 5, accounts: 100})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		w.add(t, "a", l, 2).twist = finer(3)
		stages := 0
		d.fail = func(call string) error {
			if call == "stage" {
				if stages++; stages == 4 {
					return store.ErrDiskFull
				}
			}
			return nil
		}
		if _, err := Fetch(t.Context(), d.options(l, w)); !errors.Is(err, store.ErrDiskFull) || !strings.Contains(err.Error(), "not lost") {
			t.Fatal(err)
		}
		w.add(t, "b", l, 3).twist = finer(3)
		r, err := Fetch(t.Context(), d.options(l, w))
		must(t, err)
		if r.Seal.Leaf.Epoch != 2 || r.Last.Resumed != 3 {
			t.Errorf("%+v", r)
		}
		o := d.options(l, w)
		o.Beyond = 3
		r, err = Fetch(t.Context(), o)
		must(t, err)
		if r.Seal.Leaf.Epoch != 3 || r.Last.Resumed != 0 {
			t.Errorf("%+v", r)
		}
		d.wantInstalled(t, l, 3)
	})
}

// What is on disk is not what was fetched, which only a bad disk can bring about: all is fetched again, once.
func TestIncompleteState(t *testing.T) {
	l := newLedger(t, shape{epochs: 2, accounts: 20})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		w.add(t, "a", l, 2)
		broken := 1
		d.fail = func(call string) error {
			if call == "install" && broken > 0 {
				broken--
				return fmt.Errorf("%w: its root is another", engine.ErrIncomplete)
			}
			return nil
		}
		_, err := Fetch(t.Context(), d.options(l, w))
		must(t, err)
		d.wantInstalled(t, l, 2)
		broken = 2
		again := newDisk(l)
		again.fail = d.fail
		if _, err := Fetch(t.Context(), again.options(l, w)); !errors.Is(err, engine.ErrIncomplete) {
			t.Fatal(err)
		}
	})
}
