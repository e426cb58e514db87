package node

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// event makes an event of a key's chain that approves the roots. Change may alter it before it is signed.
func event(t testing.TB, network dag.NetworkID, signer *dag.MemorySigner, seq uint64, change func(*dag.Fields)) *dag.Event {
	t.Helper()
	f := dag.Fields{
		Network: network, Key: signer.Key(), Account: dag.AccountOf(signer.Key()), Seq: seq, Time: now(), Epoch: 1, Round: 1,
		Approves: []dag.ID{dag.FirstOrigin(network).Root(0), dag.FirstOrigin(network).Root(1)},
	}
	if seq > 1 {
		f.Prev = dag.HashBlock([]byte{byte(seq)})
	}
	if change != nil {
		change(&f)
	}
	v, err := f.Sign(signer)
	must(t, err)
	return v.Event
}

// forge returns the event with another signature.
func forge(t testing.TB, e *dag.Event) *dag.Event {
	t.Helper()
	block := append([]byte(nil), e.Block()...)
	signature := e.Signature()
	at := lastIndex(block, signature[:])
	block[at+40] ^= 1
	forged, err := dag.Decode(block)
	must(t, err)
	return forged
}

func lastIndex(block, part []byte) int {
	for n := len(block) - len(part); n >= 0; n-- {
		if string(block[n:n+len(part)]) == string(part) {
			return n
		}
	}
	return -1
}

// Whatever stands beside it in a batch, an event passes exactly if its own signature holds.
func TestVerifyAllTellsBadFromGood(t *testing.T) {
	network, signer := dag.NetworkID{1}, dag.NewSigner([32]byte{1})
	good := event(t, network, signer, 1, nil)
	bad := forge(t, good)
	rapid.Check(t, func(r *rapid.T) {
		holds := rapid.SliceOfN(rapid.Bool(), 1, batchMost).Draw(r, "holds")
		events := make([]*dag.Event, len(holds))
		for i := range holds {
			if events[i] = bad; holds[i] {
				events[i] = good
			}
		}
		for i, v := range verifyAll(events) {
			if (v.Event != nil) != holds[i] {
				r.Fatalf("event %d of %v: %v", i, holds, v.Event != nil)
			}
		}
	})
}

// What waits while a worker is busy is checked together; each caller gets the answer for its own event.
func TestVerifierAnswersEachCaller(t *testing.T) {
	network := dag.NetworkID{1}
	v := newVerifier()
	ctx, stop := context.WithCancel(t.Context())
	var workers, callers sync.WaitGroup
	for n := range 3 * batchMost {
		e := event(t, network, dag.NewSigner([32]byte{byte(n), 1}), 1, nil)
		holds := n%7 != 0
		if !holds {
			e = forge(t, e)
		}
		callers.Go(func() {
			verified, ok, err := v.verify(t.Context(), e)
			if err != nil || ok != holds || ok && verified.ID() != e.ID() {
				t.Errorf("event %d: %v, %v; want %v", n, ok, err, holds)
			}
		})
	}
	for range 2 {
		workers.Go(func() { v.run(ctx) })
	}
	callers.Wait()
	stop()
	workers.Wait()
	gone, end := context.WithCancel(t.Context())
	end()
	for range cap(v.queue) + 1 { // also once the queue is full
		if _, _, err := v.verify(gone, event(t, network, dag.NewSigner([32]byte{1}), 1, nil)); err == nil {
			t.Fatal("an answer without a worker")
		}
	}
}

// BenchmarkVerifier checks events that come from many callers at once.
func BenchmarkVerifier(b *testing.B) {
	v := newVerifier()
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	for range 2 {
		go v.run(ctx)
	}
	e := event(b, dag.NetworkID{1}, dag.NewSigner([32]byte{1}), 1, nil)
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, ok, err := v.verify(ctx, e); !ok {
				b.Error(err)
			}
		}
	})
	elapsed := b.Elapsed()
	events := make([]*dag.Event, batchMost)
	for i := range events {
		events[i] = e
	}
	b.ReportMetric(float64(b.N)/elapsed.Seconds(), "events/s")
	began, rounds := time.Now(), 0
	for ; time.Since(began) < 200*time.Millisecond; rounds++ {
		if _, err := dag.VerifyBatch(events, rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
	bare := float64(rounds*batchMost) / time.Since(began).Seconds()
	b.ReportMetric(float64(b.N)/elapsed.Seconds()/bare, "of-bare-verification")
}
