package catchup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
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
			if chunks := w.gateways[fmt.Sprint("peer-", n)].requests(askChunk); chunks == 0 { // how many depends on who answers first
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
