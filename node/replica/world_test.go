package replica

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ledgerofthings/lot/node/store/memstore"
)

// gateway is one box of a world.
type gateway struct {
	id            string
	policy        Policy
	owned, kept   *memstore.Memory
	batches, pins *memory
	full, lies    atomic.Bool
	seed          uint64

	driver *Driver // nil while it is off
	stop   func()
}

// world is some gateways on a virtual clock: it runs inside a bubble of synctest.
type world struct {
	t     *testing.T
	delay time.Duration

	mu       sync.Mutex
	gateways []*gateway
	asked    atomic.Int64 // requests so far
	bytes    atomic.Int64 // of requests and answers
}

func newWorld(t *testing.T, count int, policy Policy) *world {
	w := &world{t: t, delay: 20 * time.Millisecond}
	for i := range count {
		w.gateways = append(w.gateways, &gateway{
			id: fmt.Sprintf("gw-%02d", i), policy: policy, owned: memstore.New(), kept: memstore.New(),
			batches: newMemory(), pins: newMemory(), seed: uint64(i),
		})
	}
	return w
}

// all returns the ids of all gateways.
func (w *world) all() (ids []string) {
	for _, g := range w.gateways {
		ids = append(ids, g.id)
	}
	return ids
}

// start switches a gateway on and connects it to all that are on.
func (w *world) start(g *gateway) {
	w.t.Helper()
	g.owned.Crash()
	g.kept.Crash()
	g.seed += 100
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], g.seed)
	d, err := New(Config{
		Policy: g.policy, Self: g.id, Batches: g.batches, Pins: g.pins, Owned: g.owned, Kept: g.kept, Random: rand.NewChaCha8(key),
		Ask: func(ctx context.Context, peer string, request []byte, most int) ([]byte, error) {
			return w.ask(ctx, g, peer, request, most)
		},
		Room: func() (int64, error) { return map[bool]int64{false: 1 << 40}[g.full.Load()], nil },
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := d.Run(ctx); err != nil {
			w.t.Error(err)
		}
	}()
	must0(w.t, d.Members(w.all()))
	w.mu.Lock()
	g.driver, g.stop = d, func() { cancel(); <-done }
	w.mu.Unlock()
	for _, other := range w.gateways {
		if other != g && other.driver != nil {
			must0(w.t, d.Up(other.id))
			must0(w.t, other.driver.Up(g.id))
		}
	}
}

// end switches a gateway off.
func (w *world) end(g *gateway) {
	if g.driver == nil {
		return
	}
	w.mu.Lock()
	g.driver = nil
	w.mu.Unlock()
	g.stop()
	for _, other := range w.gateways {
		if other.driver != nil {
			must0(w.t, other.driver.Down(g.id))
		}
	}
}

func (w *world) endAll() {
	for _, g := range w.gateways {
		w.end(g)
	}
}

func must0(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

var errOff = errors.New("the gateway is off")

// ask carries a request and its answer.
func (w *world) ask(ctx context.Context, from *gateway, to string, request []byte, most int) ([]byte, error) {
	select {
	case <-time.After(w.delay):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w.mu.Lock()
	var driver *Driver
	var target *gateway
	for _, g := range w.gateways {
		if g.id == to {
			driver, target = g.driver, g
		}
	}
	w.mu.Unlock()
	w.asked.Add(1)
	switch {
	case driver == nil || len(request) > MaxRequest:
		return nil, errOff
	case target.lies.Load():
		return lie(request)
	}
	answer, err := driver.Serve(ctx, from.id, request)
	if len(answer) > most {
		return nil, errors.New("answer too large")
	}
	w.bytes.Add(int64(len(request) + len(answer)))
	return answer, err
}

// lie accepts everything, keeps nothing and makes proofs up.
func lie(b []byte) ([]byte, error) {
	r, err := decodeRequest(b)
	if err != nil {
		return nil, err
	}
	a := answer{Items: make([]outcome, len(r.Items))}
	for i := range a.Items {
		a.Items[i] = outcome{Status: statusOK, Proof: make([]byte, 32)}
		if r.Verb == verbHold {
			a.Items[i].Status = statusAccepted
		}
	}
	if r.Verb == verbRead {
		a.Items[0].Status = statusLost
	}
	if r.Verb == verbList {
		a.Items = nil
	}
	return encode(&a)
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// add gives a gateway new batches.
func (w *world) add(g *gateway, count, size int) {
	w.t.Helper()
	random := rand.New(rand.NewPCG(g.seed, uint64(len(g.batches.content))))
	for range count {
		content := make([]byte, 1+random.IntN(size))
		for i := range content {
			content[i] = byte(random.Uint32())
		}
		d := g.batches.put(content)
		if g.driver != nil {
			must0(w.t, g.driver.Closed(d, int64(len(content))))
		}
	}
}

// copies counts which other gateways that are on and honest have a batch.
func (w *world) copies(owner *gateway, d Digest) (n int) {
	for _, g := range w.gateways {
		if g != owner && g.driver != nil && !g.lies.Load() && g.pins.Has(d) {
			n++
		}
	}
	return n
}

// short returns how many batches of gateways that are on have fewer copies than wanted.
func (w *world) short(least int) (count int) {
	for _, g := range w.gateways {
		if g.driver == nil || g.lies.Load() {
			continue
		}
		for _, d := range g.batches.Digests() {
			if w.copies(g, d) < least {
				count++
			}
		}
	}
	return count
}

// inWorld runs a test on a virtual clock.
func inWorld(t *testing.T, count int, policy Policy, run func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, count, policy)
		for _, g := range w.gateways {
			w.start(g)
		}
		defer w.endAll()
		run(w)
	})
}
