package finality_test

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
)

// net is a network of gateways on virtual time: an event queue, random delays, and adversaries in place of some members.
type net struct {
	*world
	t        testing.TB
	rand     *rand.Rand
	now      uint64
	queue    deliveries
	sequence int
	nodes    []*gateway
	low      uint64 // delays of links in ms
	high     uint64
	issuedAt map[dag.ID]uint64 // honest payloads
	final    map[dag.ID]uint64 // when the first honest node ordered them
	witness  int               // witness events of honest members
}

// delivery is an event on its way, or a wake-up if it has none.
type delivery struct {
	at       uint64
	sequence int
	to       *gateway
	event    dag.Verified
	payload  bool // the gateway shall issue a payload
}

type deliveries []delivery

func (d deliveries) Len() int { return len(d) }
func (d deliveries) Less(a, b int) bool {
	return cmp.Or(cmp.Compare(d[a].at, d[b].at), cmp.Compare(d[a].sequence, d[b].sequence)) < 0
}
func (d deliveries) Swap(a, b int) { d[a], d[b] = d[b], d[a] }
func (d *deliveries) Push(x any)   { *d = append(*d, x.(delivery)) }
func (d *deliveries) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

// gateway is one member's node.
type gateway struct {
	net     *net
	member  int
	graph   *dag.Graph
	order   *finality.Order
	pace    *finality.Pace
	prev    dag.Index // the member's own newest event
	outside dag.Index // the newest payload of the key that it issues payloads with
	wake    uint64
	foe     adversary // nil for an honest one
	log     []finality.Commit
}

// newNet returns a network of members with the given weights and delays from low to high ms.
func newNet(t testing.TB, seed uint64, low, high uint64, weights ...uint64) *net {
	n := &net{
		world: newWorld(mustCommittee(t, weights...), [32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)}),
		t:     t, rand: rand.New(rand.NewPCG(seed, 2)), now: 1_000_000, low: low, high: high,
		issuedAt: map[dag.ID]uint64{}, final: map[dag.ID]uint64{},
	}
	for m := range weights {
		n.nodes = append(n.nodes, &gateway{
			net: n, member: m, prev: dag.NoIndex, outside: dag.NoIndex,
			graph: dag.NewGraph(n.arena, dag.DefaultLimits),
			order: finality.NewOrder(n.rules), pace: finality.NewPace(n.rules, m, 0),
		})
	}
	return n
}

func (n *net) push(d delivery) {
	n.sequence++
	d.sequence = n.sequence
	heap.Push(&n.queue, d)
}

func (n *net) delay() uint64 { return n.low + n.rand.Uint64N(n.high-n.low+1) }

// send brings an event to the gateways that only accepts, and from there on, as gossip does, to all others.
func (n *net) send(from *gateway, v dag.Verified, only func(*gateway) bool, extra uint64) {
	for _, to := range n.nodes {
		hops := uint64(0)
		if only != nil && !only(to) {
			hops = 2 * n.high
		}
		if to != from {
			n.push(delivery{at: n.now + extra + hops + n.delay(), to: to, event: v})
		}
	}
}

// payloads lets random honest gateways issue payloads, one every gap ms on average, count in all.
func (n *net) payloads(count int, gap uint64) {
	at := n.now
	for range count {
		g := n.nodes[n.rand.IntN(len(n.nodes))]
		for g.foe != nil {
			g = n.nodes[n.rand.IntN(len(n.nodes))]
		}
		at += n.rand.Uint64N(2*gap + 1)
		n.push(delivery{at: at, to: g, payload: true})
	}
}

// run lets everything happen up to a time, or until nothing is left to happen; it reports whether that is so.
func (n *net) run(until uint64) (silent bool) {
	for len(n.queue) > 0 {
		if n.queue[0].at > until {
			return false
		}
		d := heap.Pop(&n.queue).(delivery)
		n.now = d.at
		switch {
		case d.event.Event != nil:
			d.to.receive(d.event)
		case d.payload:
			d.to.issuePayload()
		case d.to.wake == d.at:
			d.to.wake = 0
		}
		d.to.act()
	}
	return true
}

func (g *gateway) receive(v dag.Verified) {
	result, err := g.graph.Add(v, "peer", g.net.now)
	if err != nil && !errors.Is(err, dag.ErrKnown) {
		g.net.t.Fatal(err)
	}
	for _, refusal := range result.Refused {
		if g.foe == nil {
			g.net.t.Fatalf("refused: %v", refusal.Err)
		}
	}
	for _, i := range result.Attached {
		g.order.Attach(i)
		g.collect()
	}
}

// collect takes the commits that are ready.
func (g *gateway) collect() {
	for _, c := range drain(g.order) {
		g.log = append(g.log, c)
		for _, e := range c.Events {
			g.graph.MarkOrdered(e.Index)
			id := g.net.arena.ID(e.Index)
			if _, known := g.net.final[id]; !known && g.foe == nil {
				g.net.final[id] = g.net.now
			}
		}
	}
	g.pace.Observe(g.order)
}

func (g *gateway) issuePayload() {
	key := testKey(fmt.Sprintf("device%d", g.member))
	d := draft{key: key, prev: g.outside, time: g.net.now, payload: true, salt: g.net.rand.Uint64()}
	d.approves = g.graph.ChooseTips(2, g.outside, g.net.now, g.net.rand)
	v := g.net.verified(g.net.t, d)
	g.receive(v)
	g.outside, _ = g.graph.Find(v.ID())
	g.net.issuedAt[v.ID()] = g.net.now
	g.net.send(g, v, nil, 0)
}

// cone chooses what the gateway's next witness event approves.
func (g *gateway) cone() *finality.Prospect {
	payload, ok := g.graph.OldestUnapproved()
	if !ok {
		payload = dag.NoIndex
	}
	return g.order.PickApprovals(finality.Choice{
		Member: g.member, Prev: g.prev, Tips: g.graph.Tips(), Payload: payload, Fallback: g.graph.Newest,
	})
}

// act issues what the pace allows.
func (g *gateway) act() {
	if g.foe != nil {
		g.foe.act(g)
		return
	}
	for {
		d := g.pace.Decide(g.net.now, finality.View{
			Work: g.graph.Open() > 0, Round: g.round(), Held: g.order.HeldRound(), Cone: g.cone,
		})
		if !d.Issue {
			g.schedule(d.Wake)
			return
		}
		g.witness(d.Cone, d.Round, nil, 0)
		g.net.witness++
	}
}

// round returns the round of the gateway's newest event.
func (g *gateway) round() uint64 {
	if g.prev == dag.NoIndex {
		return 0
	}
	return g.net.rules.Round(g.prev)
}

func (g *gateway) schedule(wake uint64) {
	if wake != 0 && wake != g.wake {
		g.wake = wake
		g.net.push(delivery{at: wake, to: g})
	}
}

// witness issues an event with the given cone and round.
func (g *gateway) witness(cone *finality.Prospect, round uint64, only func(*gateway) bool, extra uint64) {
	v := g.net.verified(g.net.t, draft{
		key: g.net.rules.Committee().Member(g.member).Key, prev: g.prev, approves: cone.Approves(),
		round: round, time: g.net.now, salt: g.net.rand.Uint64(),
	})
	g.receive(v)
	i, ok := g.graph.Find(v.ID())
	if !ok {
		g.net.t.Fatalf("member %d: own event of round %d was refused", g.member, round)
	}
	g.prev = i
	g.pace.Issued(g.net.now, round)
	g.net.send(g, v, only, extra)
}

// honest returns the gateways that are no adversaries.
func (n *net) honest() []*gateway {
	return slices.DeleteFunc(slices.Clone(n.nodes), func(g *gateway) bool { return g.foe != nil })
}

// check fails unless every honest payload is ordered by all honest nodes, in one order, and returns how long that took, in ms,
// sorted.
func (n *net) check() []uint64 {
	n.t.Helper()
	n.checkAgreement()
	var took []uint64
	for id, at := range n.issuedAt {
		if _, ok := n.final[id]; !ok {
			n.t.Fatalf("payload issued at %d is not ordered at %d", at, n.now)
		}
		took = append(took, n.final[id]-at)
	}
	for _, g := range n.honest() {
		if g.graph.Open() != 0 {
			n.t.Fatalf("member %d has %d payloads that are not ordered", g.member, g.graph.Open())
		}
	}
	slices.Sort(took)
	return took
}

func (n *net) checkAgreement() {
	n.t.Helper()
	honest := n.honest()
	for _, g := range honest[1:] {
		if err := conflict(honest[0].log, g.log); err != nil {
			n.t.Fatalf("members %d and %d: %v", honest[0].member, g.member, err)
		}
	}
}

// conflict compares two orders as far as both go.
func conflict(a, b []finality.Commit) error {
	for n := range min(len(a), len(b)) {
		x, y := a[n], b[n]
		if x.Slot != y.Slot || x.Leader != y.Leader || x.Time != y.Time || !slices.Equal(x.Events, y.Events) {
			return fmt.Errorf("commit %d differs:\n%v\n%v", n+1, x, y)
		}
	}
	return nil
}
