package catchup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store"
)

func TestFetch(t *testing.T) {
	l := newLedger(t, shape{epochs: 3, accounts: 500})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		for n := range 3 {
			w.add(t, fmt.Sprint("peer-", n), l, 3).twist = finer(5)
		}
		w.add(t, "behind", l, 2)
		w.add(t, "new", l, 0)
		var last Progress
		o := d.options(l, w)
		o.Progress = func(p Progress) { last = p }
		r, err := Fetch(t.Context(), o)
		if err != nil || len(r.Liars) > 0 || r.Seal.Leaf.Epoch != 3 {
			t.Fatalf("%+v, %v", r, err)
		}
		if last != r.Last || last.Done != 32 || last.Total != 32 || last.Peers != 3 || last.Resumed != 0 || last.Epoch != 3 || last.Bytes < int64(l.end(3).State.Size()) {
			t.Errorf("progress %+v", last)
		}
		for n := range 3 {
			if chunks := w.gateways[fmt.Sprint("peer-", n)].requests(askChunk); chunks < 5 {
				t.Errorf("peer %d was asked for %d chunks", n, chunks)
			}
		}
		d.wantInstalled(t, l, 3)
	})
}

func TestFetchFromAPin(t *testing.T) {
	l := newLedger(t, shape{epochs: 3, accounts: 20})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		w.add(t, "a", l, 3)
		o := d.options(l, w)
		o.Start.Pin = l.end(2).Seal.Pin()
		r, err := Fetch(t.Context(), o)
		must(t, err)
		d.wantInstalled(t, l, 3)
		if r.Seal.Leaf.Epoch != 3 {
			t.Errorf("%+v", r)
		}
		o.Start.Pin.Seal[0]++
		if r, err := Fetch(t.Context(), o); !errors.Is(err, ErrUnknownPin) || len(r.Liars) > 0 {
			t.Errorf("a pin of another history: %v", err)
		}
	})
}

func TestNobodyToFetchFrom(t *testing.T) {
	l := newLedger(t, shape{epochs: 2, accounts: 20})
	for _, c := range []struct {
		name string
		set  func(t *testing.T, w *town, o *Options)
		want error
		text string
	}{
		{"no peers", func(*testing.T, *town, *Options) {}, ErrNoPeers, "no peer"},
		{"a peer without any end", func(t *testing.T, w *town, _ *Options) { w.add(t, "a", l, 0) }, ErrNoCheckpoint, "a: it has no signed end"},
		{"a peer that is not ahead", func(t *testing.T, w *town, o *Options) { w.add(t, "a", l, 2); o.Beyond = 3 }, ErrNoCheckpoint, "no further"},
		{"a peer that is away", func(t *testing.T, w *town, _ *Options) {
			w.add(t, "a", l, 2).twist = func(context.Context, request, func() (response, error)) (response, error) { return response{}, errAway }
		}, ErrNoCheckpoint, "a: connection refused"},
		{"a liar", func(t *testing.T, w *town, _ *Options) { w.add(t, "a", newLedger(t, shape{id: 9, epochs: 2}), 2) }, ErrNoCheckpoint, "found lying: a ("},
		{"a peer that gives heads alone", func(t *testing.T, w *town, _ *Options) {
			w.add(t, "a", l, 2).twist = func(_ context.Context, r request, honest func() (response, error)) (response, error) {
				if r.Ask == askChunk {
					return response{Answer: answerGone}, nil
				}
				return honest()
			}
		}, ErrNoSource, "no peer has the rest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, d := newTown(), newDisk(l)
				o := d.options(l, w)
				c.set(t, w, &o)
				if _, err := Fetch(t.Context(), o); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
					t.Errorf("%v, want %v with %q", err, c.want, c.text)
				}
				if d.count("install") > 0 {
					t.Error("something was installed")
				}
			})
		})
	}
}

// A fork, made by members who sign twice, is never followed.
func TestFork(t *testing.T) {
	l, other := newLedger(t, shape{epochs: 2, accounts: 20}), newLedger(t, shape{epochs: 2, accounts: 21})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		w.add(t, "a", l, 2)
		w.add(t, "b", other, 2)
		_, err := Fetch(t.Context(), d.options(l, w))
		if !errors.Is(err, ErrFork) || !strings.Contains(err.Error(), "--checkpoint") || d.count("stage") > 0 {
			t.Fatalf("%v", err)
		}
		o := d.options(l, w)
		o.Start.Pin = l.end(2).Seal.Pin()
		if _, err := Fetch(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		d.wantInstalled(t, l, 2)
	})
}

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
		if _, err := Fetch(t.Context(), d.options(l, w)); !errors.Is(err, engine.ErrIncomplete) {
			t.Fatal(err)
		}
	})
}

func TestFetchEndsWithItsContext(t *testing.T) {
	l := newLedger(t, shape{epochs: 2, accounts: 20})
	for _, ask := range []string{askHead, askChunk} {
		synctest.Test(t, func(t *testing.T) {
			w, d := newTown(), newDisk(l)
			ctx, cancel := context.WithCancelCause(t.Context())
			enough := errors.New("enough")
			w.add(t, "a", l, 2).twist = func(ctx context.Context, r request, honest func() (response, error)) (response, error) {
				if r.Ask != ask {
					return honest()
				}
				cancel(enough)
				<-ctx.Done()
				return response{}, context.Cause(ctx)
			}
			if r, err := Fetch(ctx, d.options(l, w)); !errors.Is(err, enough) || len(r.Liars) > 0 {
				t.Errorf("waiting for a %s: %v", ask, err)
			}
		})
	}
}

// slow answers late.
func slow(wait time.Duration, then func(context.Context, request, func() (response, error)) (response, error)) func(context.Context, request, func() (response, error)) (response, error) {
	return func(ctx context.Context, r request, honest func() (response, error)) (response, error) {
		if err := pause(ctx, wait); err != nil {
			return response{}, err
		}
		return then(ctx, r, honest)
	}
}

// Peers that are slow, die, or come later do not keep the others from giving what they have.
func TestSlowAndDyingPeers(t *testing.T) {
	l := newLedger(t, shape{epochs: 2, accounts: 300})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		w.add(t, "good", l, 2).twist = slow(50*time.Millisecond, finer(6))
		w.add(t, "hanging", l, 2).twist = func(ctx context.Context, r request, honest func() (response, error)) (response, error) {
			if r.Ask == askChunk {
				<-ctx.Done()
				return response{}, context.Cause(ctx)
			}
			return finer(6)(ctx, r, honest)
		}
		w.add(t, "late", l, 2).twist = slow(time.Minute, finer(6))
		w.add(t, "slow", l, 2).twist = slow(2*time.Second, finer(6))
		w.add(t, "busy", l, 2).twist = func(ctx context.Context, r request, honest func() (response, error)) (response, error) {
			if r.Ask == askChunk {
				return response{Answer: answerBusy}, nil
			}
			return finer(6)(ctx, r, honest)
		}
		dying := w.add(t, "dying", l, 2)
		dying.twist = func(ctx context.Context, r request, honest func() (response, error)) (response, error) {
			if dying.requests(askChunk) > 2 {
				return response{}, errAway
			}
			return finer(6)(ctx, r, honest)
		}
		began := time.Now()
		r, err := Fetch(t.Context(), d.options(l, w))
		must(t, err)
		if took := time.Since(began); took > 30*time.Second || len(r.Liars) > 0 || r.Last.Done != 64 {
			t.Errorf("%+v after %s", r, took)
		}
		d.wantInstalled(t, l, 2)
	})
}

// All peers go away in the middle and come back.
func TestPeersComeBack(t *testing.T) {
	l := newLedger(t, shape{epochs: 2, accounts: 100})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		w.add(t, "a", l, 2).twist = slow(10*time.Millisecond, finer(4))
		o := d.options(l, w)
		o.Progress = func(p Progress) {
			if p.Done == 5 {
				w.hide("a", true)
				time.AfterFunc(20*time.Second, func() { w.hide("a", false) })
			}
		}
		r, err := Fetch(t.Context(), o)
		must(t, err)
		if r.Last.Done != 16 || d.count("stage") != 16 {
			t.Errorf("%+v, %d chunks staged", r, d.count("stage"))
		}
	})
}

// A peer that comes while the state is fetched is asked too.
func TestNewPeersHelp(t *testing.T) {
	l := newLedger(t, shape{epochs: 2, accounts: 300})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		w.add(t, "a", l, 2).twist = slow(2*time.Second, finer(6))
		w.add(t, "b", l, 2)
		w.hide("b", true)
		o := d.options(l, w)
		o.Progress = func(p Progress) {
			if p.Done == 4 {
				w.hide("b", false)
			}
		}
		_, err := Fetch(t.Context(), o)
		must(t, err)
		if n := w.gateways["b"].requests(askChunk); n < 20 {
			t.Errorf("it was asked for %d chunks", n)
		}
	})
}

var _ = slices.Sorted[string]
var _ proof.Hash
