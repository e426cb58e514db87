package gossip

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// parcel is what is under way: a copy of a message, a control message, a message that will have been judged, or a heartbeat
// that is due.
type parcel struct {
	at, seq  uint64
	from, to uint32
	topic    uint8
	message  Message
	control  *Control
	judged   bool
	beat     bool
}

// queue is parcels by time, and by the order in which they were sent.
type queue []parcel

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || (q[i].at == q[j].at && q[i].seq < q[j].seq)
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(parcel)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// network is routers whose copies are lost with a probability and whose control messages arrive, in order for each pair.
type network struct {
	*rand.Rand
	params  *Params
	routers []Router
	queue   queue
	out     Outbox
	buf     []uint32
	now     uint64
	seq     uint64
	loss    float64
	judging uint64 // us between a message's arrival and its forwarding
	copies  int    // that arrived
	arrived []int
}

// newNetwork connects n nodes as a ring with chords, so that each has degree peers or one or two more.
func newNetwork(seed uint64, n, degree int, p *Params) *network {
	w := &network{Rand: rand.New(rand.NewPCG(seed, 1)), params: p, routers: make([]Router, n)}
	for i := range w.routers {
		w.routers[i] = NewRouter(p, 0)
		w.send(parcel{to: uint32(i), beat: true}, w.Uint64N(p.Heartbeat))
	}
	for i := range n {
		w.connect(uint32(i), uint32((i+1)%n))
	}
	for i := range n {
		for tries := 0; len(w.routers[i].peers) < degree && tries < 10*n; tries++ {
			if j := w.IntN(n); j != i && len(w.routers[j].peers) < degree+2 && w.routers[i].find(uint32(j)) == nil {
				w.connect(uint32(i), uint32(j))
			}
		}
	}
	return w
}

func (w *network) connect(a, b uint32) {
	w.routers[a].Connect(b, true)
	w.routers[b].Connect(a, false)
}

// delay is the same for a pair both ways, from 5 to 105 ms.
func (w *network) delay(a, b uint32) uint64 {
	d := draws(uint64(min(a, b))<<32 | uint64(max(a, b)))
	return 5_000 + uint64(d.below(100_000))
}

func (w *network) send(p parcel, delay uint64) {
	w.seq++
	p.at, p.seq = w.now+delay, w.seq
	heap.Push(&w.queue, p)
}

// spread sends copies of a message.
func (w *network) spread(topic uint8, m Message, from uint32, to []uint32) {
	for _, peer := range to {
		if w.Float64() >= w.loss {
			w.send(parcel{from: from, to: peer, topic: topic, message: m}, w.delay(from, peer))
		}
	}
}

// post sends what is in the outbox.
func (w *network) post(from uint32) {
	for _, c := range w.out.Controls {
		c.IDs = slices.Clone(c.IDs)
		w.send(parcel{from: from, to: c.To, control: &c}, w.delay(from, c.To))
	}
	w.out.Reset()
}

func (w *network) publish(from uint32, topic uint8, m Message) {
	for len(w.arrived) <= int(m) {
		w.arrived = append(w.arrived, 0)
	}
	r := &w.routers[from]
	r.Announce(topic, m, 300, Nobody, &w.out)
	w.buf = r.Publish(topic, m, w.now, w.buf[:0])
	if !r.Receive(m, w.now) {
		w.arrived[m]++
	}
	w.spread(topic, m, from, w.buf)
	w.post(from)
}

func (w *network) run(until uint64) {
	for len(w.queue) > 0 && w.queue[0].at <= until {
		p := heap.Pop(&w.queue).(parcel)
		w.now = p.at
		w.deliver(p)
	}
	w.now = until
}

func (w *network) deliver(p parcel) {
	r := &w.routers[p.to]
	switch {
	case p.beat:
		r.Heartbeat(w.now, w.Uint64(), &w.out)
		w.send(p, w.params.Heartbeat)
	case p.control != nil:
		for _, m := range r.Handle(p.from, p.control, w.now, w.Uint64(), &w.out, nil) {
			w.spread(Events, m, p.to, []uint32{p.from})
		}
	case p.judged:
		w.buf = r.Forward(p.topic, p.message, p.from, w.buf[:0])
		w.spread(p.topic, p.message, p.to, w.buf)
	default:
		w.copies++
		if !r.Receive(p.message, w.now) {
			return
		}
		w.arrived[p.message]++
		r.Announce(p.topic, p.message, 300, p.from, &w.out)
		p.judged = true
		w.send(p, w.judging)
	}
	w.post(p.to)
}

// asymmetries counts the peers that are in a mesh one way only.
func (w *network) asymmetries() (n int) {
	for i := range w.routers {
		for topic := range uint8(Topics) {
			for _, peer := range w.routers[i].Mesh(topic) {
				if !slices.Contains(w.routers[peer].Mesh(topic), uint32(i)) {
					n++
				}
			}
		}
	}
	return n
}

// After two minutes the meshes stand: below High, from Low unless there is nobody left to graft, and the same from both ends.
func TestMeshSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, nodes := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(10, 40).Draw(t, "nodes")
		p := params(t, nil)
		w := newNetwork(seed, nodes, rapid.IntRange(4, 9).Draw(t, "degree"), p)
		w.run(150 * second)
		if n := w.asymmetries(); n > 0 {
			t.Errorf("%d peers are in a mesh one way only", n)
		}
		for i := range w.routers {
			for topic := range uint8(Topics) {
				free := slices.ContainsFunc(w.routers[i].peers, func(p peer) bool { return p.graftable(topic) })
				if n := len(w.routers[i].Mesh(topic)); n >= p.High || (n < p.Low && free) {
					t.Errorf("node %d has a mesh of %d, with others to graft: %t", i, n, free)
				}
			}
		}
	})
}

// With a fifth of all copies lost, every message reaches every node: what the mesh loses comes by IHAVE and IWANT.
func TestEverybodyGetsEverythingDespiteLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newNetwork(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(15, 40).Draw(t, "nodes"), 10, params(t, nil))
		w.loss = 0.2
		w.run(10 * second)
		const messages = 50
		for m := range Message(messages) {
			w.publish(uint32(w.IntN(len(w.routers))), Events, m)
			w.run(w.now + w.Uint64N(second/10))
		}
		w.run(w.now + 10*second)
		for m, n := range w.arrived {
			if n != len(w.routers) {
				t.Errorf("message %d arrived at %d of %d nodes", m, n, len(w.routers))
			}
		}
	})
}

// A node that was away for longer than peers tell of a message does not get it from gossip, but all that comes afterwards.
func TestReconnectedNodeJoinsTheMesh(t *testing.T) {
	w := newNetwork(3, 20, 8, params(t, nil))
	w.run(10 * second)
	peers := w.routers[7].Peers(nil)
	for _, peer := range peers {
		w.routers[peer].Disconnect(7)
	}
	w.publish(0, Events, 0)
	w.run(18 * second)
	w.routers[7] = NewRouter(w.params, w.now)
	for _, peer := range peers {
		w.connect(7, peer)
	}
	w.run(20 * second)
	w.publish(0, Events, 1)
	w.run(30 * second)
	if !slices.Equal(w.arrived, []int{19, 20}) {
		t.Errorf("messages arrived at %v nodes", w.arrived)
	}
	if n := w.asymmetries(); n > 0 {
		t.Errorf("%d peers are in a mesh one way only", n)
	}
}

// IDONTWANT saves copies: while a node judges a message, its peers hear that they need not send it.
func TestIDontWantSavesCopies(t *testing.T) {
	count := func(idontwant int) int {
		w := newNetwork(5, 40, 10, params(t, func(g *scenario.Gossip) { g.IDontWant = idontwant }))
		w.judging = 50_000
		w.run(10 * second)
		for m := range Message(100) {
			w.publish(uint32(m)%40, Events, m)
			w.run(w.now + second/5)
		}
		return w.copies
	}
	with, without := count(100), count(1000)
	if with > without*9/10 || with < 100*39 {
		t.Errorf("%d copies with IDONTWANT and %d without", with, without)
	}
}

// The same seed gives the same run.
func TestRunsRepeat(t *testing.T) {
	run := func() (copies int, meshes [][]uint32) {
		w := newNetwork(11, 30, 9, params(t, nil))
		w.loss = 0.1
		for m := range Message(200) {
			w.publish(uint32(m)%30, uint8(m%Topics), m)
			w.run(w.now + second/10)
		}
		for i := range w.routers {
			meshes = append(meshes, slices.Clone(w.routers[i].Mesh(Events)))
		}
		return w.copies, meshes
	}
	firstCopies, firstMeshes := run()
	secondCopies, secondMeshes := run()
	if firstCopies != secondCopies || !slices.EqualFunc(firstMeshes, secondMeshes, slices.Equal[[]uint32]) {
		t.Errorf("%d and %d copies, meshes %v and %v", firstCopies, secondCopies, firstMeshes, secondMeshes)
	}
}
