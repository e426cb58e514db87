package catchup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slow answers late.
func slow(wait time.Duration, then twist) twist {
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

// A connection that is too slow for eight chunks at once, and for four, is fast enough for some.
func TestSlowConnection(t *testing.T) {
	l := newLedger(t, shape{epochs: 2, accounts: 300})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		var under atomic.Int64 // requests that share the connection
		shared := func(ctx context.Context, r request, honest func() (response, error)) (response, error) {
			if r.Ask == askChunk {
				defer under.Add(-1)
				if err := pause(ctx, time.Duration(under.Add(1))*25*time.Second); err != nil {
					return response{}, err
				}
			}
			return finer(4)(ctx, r, honest)
		}
		for _, name := range []string{"a", "b", "c"} {
			w.add(t, name, l, 2).twist = shared
		}
		began := time.Now()
		r, err := Fetch(t.Context(), d.options(l, w))
		must(t, err)
		if took := time.Since(began); took > 20*time.Minute || r.Last.Done != 16 {
			t.Errorf("%+v after %s", r, took)
		}
	})
}

// Of many peers the first ones never answer.
func TestSilentPeers(t *testing.T) {
	l := newLedger(t, shape{epochs: 2, accounts: 20})
	synctest.Test(t, func(t *testing.T) {
		w, d := newTown(), newDisk(l)
		silent := func(ctx context.Context, _ request, _ func() (response, error)) (response, error) {
			<-ctx.Done()
			return response{}, context.Cause(ctx)
		}
		for n := range 20 {
			w.add(t, fmt.Sprint("silent-", n), l, 2).twist = silent
		}
		_, err := Fetch(t.Context(), d.options(l, w))
		if !errors.Is(err, ErrNoCheckpoint) || !strings.Contains(err.Error(), "deadline exceeded") {
			t.Errorf("nobody answers: %v", err)
		}
		w.add(t, "z", l, 2)
		began := time.Now()
		r, err := Fetch(t.Context(), d.options(l, w))
		must(t, err)
		if took := time.Since(began); took > surveyTimeout+surveyGrace || len(r.Liars) > 0 {
			t.Errorf("%+v after %s", r, took)
		}
		d.wantInstalled(t, l, 2)
	})
}
