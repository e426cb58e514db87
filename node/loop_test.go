package node

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

var errDisk = errors.New("the disk is gone")

// disk is a store in memory whose commits can be held up, counted and made to fail.
type disk struct {
	*memstore.Memory
	commits, appends atomic.Int64
	fail             atomic.Bool
	held             chan struct{} // if not nil, commits wait until it is closed
}

func (d *disk) Commit() error {
	if d.held != nil {
		<-d.held
	}
	if d.fail.Load() {
		d.Discard()
		return errDisk
	}
	d.commits.Add(1)
	return d.Memory.Commit()
}

func (d *disk) Append() error {
	if d.fail.Load() {
		d.Discard()
		return errDisk
	}
	d.appends.Add(1)
	return d.Memory.Commit()
}

// soleConfig is the configuration of the only member of a network.
func soleConfig(t testing.TB) engine.Config {
	t.Helper()
	signers := [3]*dag.MemorySigner{}
	for n := range signers {
		signers[n] = dag.NewSigner([32]byte{'s', byte(n)})
	}
	card, err := bootstrap.NewCard("sole", signers[0], signers[1], signers[2])
	must(t, err)
	member, err := card.Member(1, 1000)
	must(t, err)
	g, err := bootstrap.NewGenesis(bootstrap.Manifest{
		Name: "alone", Created: 1_800_000_000_000, Parameters: bootstrap.DefaultParameters(), Members: []bootstrap.Member{member},
	})
	must(t, err)
	network, err := NewNetwork(g)
	must(t, err)
	return engine.Config{Network: network, Policy: engine.DefaultPolicy, Self: engine.Self{
		Signer: signers[1], Account: member.Account, Cosigner: signers[2], Random: rand.New(rand.NewPCG(1, 2)),
		BatchKey: func(root [32]byte) [32]byte { return root },
	}}
}

// newTestLoop returns the loop of a sole member with a registered device, and what ends it, which returns what run returned.
func newTestLoop(t testing.TB, store stepStore, d device) (l *loop, end func() error) {
	t.Helper()
	e, err := engine.New(soleConfig(t), store, now())
	must(t, err)
	l = newLoop(e, store, now, func(*engine.Effects) {})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx) }()
	reply, err := l.call(t.Context(), engine.AddDevice{Name: d.name, Key: d.key(), From: 1})
	if err != nil || reply.Refusal != nil {
		t.Fatal(reply, err)
	}
	end = sync.OnceValue(func() error { stop(); return <-ended })
	t.Cleanup(func() { _ = end() })
	return l, end
}

func verified(t testing.TB, raw []byte) reading.Verified {
	t.Helper()
	r, err := reading.Parse(raw)
	must(t, err)
	v, err := reading.Verify(r)
	must(t, err)
	return v
}

func readingInput(t testing.TB, d device, seq uint64) engine.Reading {
	return engine.Reading{Reading: verified(t, d.sign(t, seq))}
}

// answers counts what the requests of a test were answered.
type answers struct {
	mu     sync.Mutex
	counts []int
	yes    int
	wait   sync.WaitGroup
}

// expect returns the function that takes the n-th answer.
func (a *answers) expect(n int) func(engine.Reply) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.counts) <= n {
		a.counts = append(a.counts, 0)
	}
	a.wait.Add(1)
	return func(r engine.Reply) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.counts[n]++
		if r.Refusal == nil {
			a.yes++
		}
		a.wait.Done()
	}
}

// check waits for all answers and fails the test unless each came once. It returns how many were no refusals.
func (a *answers) check(t *testing.T) int {
	t.Helper()
	a.wait.Wait() // a second answer makes it panic
	a.mu.Lock()
	defer a.mu.Unlock()
	for n, count := range a.counts {
		if count != 1 {
			t.Errorf("request %d got %d answers", n, count)
		}
	}
	return a.yes
}

// Requests that come while the loop is stopped under load are each answered once; what was accepted is on disk.
func TestStopUnderLoadAnswersEachOnce(t *testing.T) {
	for round := range 20 {
		d := newDevice(byte(round))
		store := &disk{Memory: memstore.New()}
		l, end := newTestLoop(t, store, d)
		var a answers
		var senders sync.WaitGroup
		refused, reached := 0, make(chan struct{})
		inputs := make([]engine.Reading, 600)
		for n := range inputs {
			inputs[n] = readingInput(t, d, uint64(n+1))
		}
		senders.Go(func() {
			for n, in := range inputs {
				answer := a.expect(n)
				reply := func(r engine.Reply) {
					if n == 25*round {
						close(reached)
					}
					answer(r)
				}
				if l.send(t.Context(), in, reply) != nil { // it was not taken, so there is no answer
					reply(engine.Reply{Refusal: &engine.Refusal{}})
					refused++
				}
			}
		})
		<-reached
		must(t, end())
		senders.Wait()
		accepted := a.check(t)
		store.Discard()
		e, err := engine.New(soleConfig(t), store, now())
		must(t, err)
		if stored, ok := e.Device(d.name); !ok || int(stored.Stored) != accepted {
			t.Fatalf("%d readings were accepted, %d are on disk", accepted, stored.Stored)
		}
		t.Logf("%d accepted, %d not taken", accepted, refused)
	}
}

// A full queue makes senders wait; they go on when there is room, when their context ends and when the loop ends.
func TestFullQueue(t *testing.T) {
	d := newDevice(1)
	store := &disk{Memory: memstore.New()}
	l, end := newTestLoop(t, store, d)
	store.held = make(chan struct{})
	blocked := make(chan struct{})
	entered := make(chan struct{})
	must(t, l.query(t.Context(), func(*engine.Engine) {})) // the loop is idle
	go func() {
		_ = l.query(context.Background(), func(*engine.Engine) { close(entered); <-blocked })
	}()
	<-entered
	var a answers
	for n := range inputQueue {
		must(t, l.send(t.Context(), engine.Flush{}, a.expect(n)))
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.send(gone, engine.Flush{}, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("send into a full queue: %v", err)
	}
	var late sync.WaitGroup
	var taken atomic.Int64
	for n := range 8 {
		reply := a.expect(inputQueue + n)
		late.Go(func() {
			if l.send(context.Background(), engine.Flush{}, reply) == nil {
				taken.Add(1)
			} else {
				reply(engine.Reply{Refusal: &engine.Refusal{}})
			}
		})
	}
	close(blocked)
	close(store.held)
	late.Wait()
	if a.check(t) != inputQueue+8 || taken.Load() != 8 {
		t.Fatalf("%d of %d accepted, %d of the late taken", a.yes, inputQueue+8, taken.Load())
	}
	must(t, end())
	if err := l.send(context.Background(), engine.Flush{}, nil); !errors.Is(err, errStopped) {
		t.Fatalf("send after the end: %v", err)
	}
	if err := l.query(context.Background(), nil); !errors.Is(err, errStopped) {
		t.Fatalf("query after the end: %v", err)
	}
	if _, err := l.call(context.Background(), engine.Flush{}); !errors.Is(err, errStopped) {
		t.Fatalf("call after the end: %v", err)
	}
}

// When the disk fails, nobody is told that it went well, everybody is told something, and nobody waits for ever.
func TestFailingDiskAcknowledgesNothing(t *testing.T) {
	d := newDevice(1)
	store := &disk{Memory: memstore.New()}
	l, end := newTestLoop(t, store, d)
	reply, err := l.call(t.Context(), readingInput(t, d, 1))
	if err != nil || reply.Refusal != nil {
		t.Fatal(reply, err)
	}
	released := false
	must(t, l.query(t.Context(), func(*engine.Engine) {
		l.release = func(*engine.Effects) { released = true }
		store.fail.Store(true)
	}))
	var a answers
	for n := range 3000 {
		answer := a.expect(n)
		if l.send(context.Background(), readingInput(t, d, uint64(n+2)), answer) != nil {
			answer(engine.Reply{Refusal: &engine.Refusal{}})
		}
	}
	if yes := a.check(t); yes != 0 {
		t.Fatalf("%d readings were acknowledged by a disk that failed", yes)
	}
	err = end()
	if !errors.Is(err, errDisk) || !containsAll(err.Error(), "data folder", "nothing of this step was acknowledged") {
		t.Fatal("run returned", err)
	}
	if released {
		t.Fatal("effects of a step that is not on disk were let out")
	}
}

// Only turns that promise something are synced.
func TestOnlyPromisesWaitForTheDisk(t *testing.T) {
	d := newDevice(1)
	store := &disk{Memory: memstore.New()}
	l, _ := newTestLoop(t, store, d)
	settle := func() {
		for range 3 {
			must(t, l.query(t.Context(), func(*engine.Engine) {}))
		}
	}
	_, err := l.call(t.Context(), engine.Flush{})
	must(t, err)
	settle()
	before := store.commits.Load()
	handled := make(chan struct{})
	must(t, l.query(t.Context(), func(*engine.Engine) {
		l.release = func(*engine.Effects) { handled <- struct{}{} }
	}))
	must(t, l.send(t.Context(), engine.PeerDown{Peer: "nobody"}, nil))
	<-handled
	must(t, l.query(t.Context(), func(*engine.Engine) { l.release = func(*engine.Effects) {} }))
	if n := store.commits.Load(); n != before {
		t.Fatalf("a turn without promises waited for the disk: %d commits, then %d", before, n)
	}
	if _, err := l.call(t.Context(), readingInput(t, d, 1)); err != nil || store.commits.Load() == before {
		t.Fatal("a reading was acknowledged without a commit", err)
	}
}

// Time that goes back does not reach the engine.
func TestClockThatGoesBack(t *testing.T) {
	times := []uint64{5, 3, 9, 8}
	l := &loop{clock: func() uint64 { at := times[0]; times = times[1:]; return at }}
	for _, want := range []uint64{5, 5, 9, 9} {
		if got := l.now(); got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	}
}

// Every kind of request gets its ticket.
func TestEveryRequestIsAnswered(t *testing.T) {
	d := newDevice(1)
	l, _ := newTestLoop(t, &disk{Memory: memstore.New()}, d)
	for _, in := range []engine.Input{
		readingInput(t, d, 1), engine.AddDevice{}, engine.RemoveDevice{}, engine.Transfer{}, engine.Flush{}, engine.Override{},
	} {
		if _, err := l.call(t.Context(), in); err != nil {
			t.Errorf("%s: %v", fmt.Sprintf("%T", in), err)
		}
	}
}
