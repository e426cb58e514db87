package engine_test

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

// world is a network of engines on a virtual clock. Links take minDelay to maxDelay ms and lose nothing unless told to.
type world struct {
	t       testing.TB
	random  *rand.Rand
	now     uint64
	queue   deliveries
	count   uint64
	nodes   []*machine
	network engine.Network
	blocked func(from, to int) bool
	min     uint64
	max     uint64

	loss, duplicates float64               // shares of messages that are lost, and that come twice
	crash            func(m *machine) bool // asked twice in every step, before and after its commit
	unsynced         int                   // how many of the last commits a crash undoes
	dirty            bool                  // connections are not what up and blocked say

	shared func(node int) *engine.Shared                         // what a node shares with others; nil for nothing
	trace  func(m *machine, in engine.Input, out engine.Effects) // told of every step
}

type delivery struct {
	at, order uint64
	to, life  int
	input     func() engine.Input
}

type deliveries []delivery

func (q deliveries) Len() int { return len(q) }
func (q deliveries) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q deliveries) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *deliveries) Push(x any)   { *q = append(*q, x.(delivery)) }
func (q *deliveries) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

func seedOf(kind byte, n int) (s [32]byte) {
	s[0], s[1], s[2] = kind, byte(n), byte(n>>8)
	return s
}

// newWorld returns a network of members, all with a seat of weight 1, and of gateways without one.
func newWorld(t testing.TB, seed uint64, members, gateways int) *world {
	t.Helper()
	return newWorldWith(t, seed, members, gateways, governance.DefaultParameters())
}

// newWorldWith is newWorld with other parameters.
func newWorldWith(t testing.TB, seed uint64, members, gateways int, p governance.Parameters) *world {
	t.Helper()
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, 1)), now: 1_700_000_000_000, min: 5, max: 30}
	w.network = foundNetwork(t, members, gateways, p)
	for n := range members + gateways {
		w.addMachine(n, n < members)
	}
	return w
}

// foundNetwork returns a network of members, all with a seat of weight 1, and of gateways without one.
func foundNetwork(t testing.TB, members, gateways int, p governance.Parameters) engine.Network {
	t.Helper()
	id := dag.NetworkID{1, 2, 3}
	var founders []engine.Founder
	for n := range members + gateways {
		founder := engine.Founder{Member: memberOf(n), Balance: 1000}
		if n < members {
			founder.Weight = 1
		}
		founders = append(founders, founder)
	}
	versions, err := engine.NewRules(id)
	if err != nil {
		t.Fatal(err)
	}
	network, err := engine.Found(id, 1_700_000_000_000, founders, p, versions)
	if err != nil {
		t.Fatal(err)
	}
	return network
}

// memberOf returns the keys of node n, as a member without a seat.
func memberOf(n int) governance.Member {
	event := dag.NewSigner(seedOf('e', n)).Key()
	return governance.Member{
		Name: fmt.Sprint("m", n), Host: dag.NewSigner(seedOf('h', n)).Key(), Event: event,
		Cosign: dag.NewSigner(seedOf('c', n)).Key(), Account: dag.AccountOf(event),
	}
}

// reconnect makes connections be what up and blocked say.
func (w *world) reconnect() {
	w.dirty = false
	for _, a := range w.nodes {
		for _, b := range w.nodes {
			if a == b || !a.up {
				continue
			}
			want := b.up && !w.cut(a.number, b.number)
			if b.peers[-1-a.number] != want || a.peers[b.number] != want {
				a.setPeer(b, want)
			}
		}
		if !a.up {
			clear(a.peers)
		}
	}
}

func (w *world) cut(a, b int) bool { return w.blocked != nil && (w.blocked(a, b) || w.blocked(b, a)) }

func (w *world) send(from, to int, input func() engine.Input) {
	if from == to || !w.nodes[to].up || w.cut(from, to) {
		return
	}
	if w.loss > 0 && w.random.Float64() < w.loss {
		return
	}
	w.count++
	at := w.now + w.min + w.random.Uint64N(w.max-w.min+1)
	heap.Push(&w.queue, delivery{at: at, order: w.count, to: to, life: w.nodes[to].life, input: input})
	if w.duplicates > 0 && w.random.Float64() < w.duplicates {
		w.count++
		heap.Push(&w.queue, delivery{at: at + w.random.Uint64N(1000), order: w.count, to: to, life: w.nodes[to].life, input: input})
	}
}

func (w *world) gossip(from, to int, b engine.Broadcast) engine.Input {
	if b.Topic == engine.TopicCheckpoints {
		c, err := proof.DecodeCosignature(b.Data)
		if err != nil {
			w.t.Fatal(err)
		}
		signers := w.nodes[to].engine.Signers()
		v, err := signers.Verify(c)
		if err != nil {
			return nil // of an epoch that the node is not in
		}
		return engine.Cosigned{Cosignature: v}
	}
	v, err := dag.Restore(b.Data)
	if err != nil {
		w.t.Fatal(err)
	}
	return engine.Gossip{From: fmt.Sprint(from), Events: []dag.Verified{v}}
}

func (w *world) message(from, to int, data []byte) engine.Input {
	message, err := dag.DecodeMessage(data)
	if err != nil {
		w.t.Fatal(err)
	}
	in := engine.Sync{From: fmt.Sprint(from), Message: message}
	switch m := message.(type) {
	case *dag.Offer:
		signers := w.nodes[to].engine.Signers()
		if signed, err := signers.Open(m.Note); err == nil {
			in.Checkpoint = &signed
		}
	case *dag.Inform:
		for _, block := range m.Blocks {
			v, err := dag.Restore(block)
			if err != nil {
				w.t.Fatal(err)
			}
			in.Events = append(in.Events, v)
		}
	}
	return in
}

// run lets the virtual time pass.
func (w *world) run(ms uint64) {
	end := w.now + ms
	for {
		for w.dirty {
			w.reconnect()
		}
		at, wake := w.next()
		if at > end {
			break
		}
		w.now = max(w.now, at)
		if wake != nil {
			wake.wakeAt = 0
			wake.step(engine.Wake{})
			continue
		}
		d := heap.Pop(&w.queue).(delivery)
		if m := w.nodes[d.to]; m.up && m.life == d.life {
			m.step(d.input())
		}
	}
	w.now = end
}

// next returns when something happens next, and the machine to wake unless it is a delivery.
func (w *world) next() (at uint64, wake *machine) {
	at = ^uint64(0)
	if len(w.queue) > 0 {
		at = w.queue[0].at
	}
	for _, m := range w.nodes {
		if m.up && m.wakeAt != 0 && m.wakeAt < at {
			at, wake = m.wakeAt, m
		}
	}
	return at, wake
}

// until lets time pass until the condition holds and fails the test if it does not within ms.
func (w *world) until(ms uint64, what string, condition func() bool) {
	w.t.Helper()
	for end := w.now + ms; w.now < end; w.run(10) {
		if condition() {
			return
		}
	}
	for _, m := range w.nodes {
		if m.up {
			w.t.Logf("node %d: %+v %+v", m.number, m.engine.Overview(), m.engine.Health(w.now))
		}
	}
	w.t.Fatalf("not within %d ms: %s", ms, what)
}

// startAll starts every machine.
func (w *world) startAll() {
	for _, m := range w.nodes {
		m.start()
	}
}

func deviceKey(n int) dag.Key { return dag.NewSigner(seedOf('d', n)).Key() }

// checkAgreement fails the test unless every order is a prefix of the longest.
func (w *world) checkAgreement() {
	w.t.Helper()
	var longest []dag.ID
	for _, m := range w.nodes {
		if m.up {
			if o := m.orders(); len(o) > len(longest) {
				longest = o
			}
		}
	}
	for _, m := range w.nodes {
		if !m.up {
			continue
		}
		for i, id := range m.orders() {
			if longest[i] != id {
				w.t.Fatalf("node %d orders %s at %d, another node %s", m.number, id, i, longest[i])
			}
		}
	}
}
