package attack_test

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
)

const (
	worldStart = 1_700_000_000_000 // ms since the Unix epoch
	worldRate  = 50                // events a second that a key may issue
	balance    = 1_000_000         // of every account at birth
)

// world is a small network of engines, everybody connected with everybody, on a virtual clock. Links take 5 to 30 ms. Gossip is
// checked and passed on by every node that takes it.
type world struct {
	t       testing.TB
	random  *rand.Rand
	now     uint64
	queue   deliveries
	count   uint64
	nodes   []*node
	network engine.Network
	shared  *engine.Shared // nil for engines that share nothing
	blocked func(from, to int) bool

	verified map[dag.ID]dag.Verified // events that were checked before
	drops    map[string]int          // what nodes did not take, by why
	payments []dag.ID                // events of the load that honest nodes issued
}

type delivery struct {
	at, order uint64
	to        int
	do        func(n *node)
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
	s[0], s[1] = kind, byte(n)
	return s
}

// newWorld returns a network of engines that share nothing; see makeWorld.
func newWorld(t testing.TB, seed uint64, members, gateways int) *world {
	return makeWorld(t, seed, members, gateways, false)
}

// makeWorld returns a network of members, each with a seat of weight 1, and of gateways without one.
func makeWorld(t testing.TB, seed uint64, members, gateways int, shared bool) *world {
	w := &world{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), now: worldStart,
		verified: map[dag.ID]dag.Verified{}, drops: map[string]int{},
	}
	w.network = foundNetwork(t, dag.NetworkID{1, byte(seed)}, members, gateways)
	if shared {
		w.shared = need(engine.NewShared(&w.network))(t)
	}
	for i := range members + gateways {
		w.addNode(i, i < members)
		w.nodes[i].engine = w.nodes[i].make(w.nodes[i].disk)
	}
	return w
}

// foundNetwork returns a network of members, each with a seat of weight 1, and of gateways without one.
func foundNetwork(t testing.TB, id dag.NetworkID, members, gateways int) engine.Network {
	t.Helper()
	var founders []engine.Founder
	for i := range members + gateways {
		key := dag.NewSigner(seedOf('e', i)).Key()
		founder := engine.Founder{Balance: balance, Member: governance.Member{
			Name: fmt.Sprint("m", i), Host: dag.NewSigner(seedOf('h', i)).Key(), Event: key, Cosign: dag.NewSigner(seedOf('c', i)).Key(),
			Account: dag.AccountOf(key),
		}}
		if i < members {
			founder.Weight = 1
		}
		founders = append(founders, founder)
	}
	p := governance.DefaultParameters()
	p.MaxEventRate = worldRate
	versions := need(engine.NewRules(id))(t)
	return need(engine.Found(id, 0, founders, p, versions))(t)
}

// need returns a value, or fails the test.
func need[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// start connects everybody and lets the first exchange pass.
func (w *world) start() {
	for _, a := range w.nodes {
		a.connect(w.nodes)
	}
	w.run(2000)
}

// attack lets nodes leave the protocol for so many ms.
func (w *world) attack(kind string, params map[string]float64, ms uint64, nodes ...int) {
	w.t.Helper()
	k := needKind(w.t, kind)
	var others []engine.Self
	for _, n := range nodes {
		others = append(others, w.nodes[n].self)
	}
	for _, i := range nodes {
		n := w.nodes[i]
		v := n.victim()
		v.Params, v.Others, v.Until = params, others, w.now+ms
		n.adversary = need(k.Make(v))(w.t)
		n.step(engine.Wake{})
	}
}

func needKind(t testing.TB, name string) attack.Kind {
	t.Helper()
	return need(attack.Find(name))(t)
}

func (w *world) cut(a, b int) bool { return w.blocked != nil && (w.blocked(a, b) || w.blocked(b, a)) }

// send lets something happen at a node after the delay of a link.
func (w *world) send(from, to int, do func(n *node)) {
	if from == to || w.cut(from, to) {
		return
	}
	w.count++
	heap.Push(&w.queue, delivery{at: w.now + 5 + w.random.Uint64N(26), order: w.count, to: to, do: do})
}

// run lets the virtual time pass.
func (w *world) run(ms uint64) {
	end := w.now + ms
	for {
		at, asleep := w.next()
		if at > end {
			break
		}
		w.now = max(w.now, at)
		if asleep != nil {
			asleep.wakeAt = 0
			asleep.step(engine.Wake{})
			continue
		}
		d := heap.Pop(&w.queue).(delivery)
		d.do(w.nodes[d.to])
	}
	w.now = end
}

// next returns when something happens next, and the node to wake unless it is a delivery.
func (w *world) next() (at uint64, asleep *node) {
	at = ^uint64(0)
	if len(w.queue) > 0 {
		at = w.queue[0].at
	}
	for _, n := range w.nodes {
		if n.wakeAt != 0 && n.wakeAt < at {
			at, asleep = n.wakeAt, n
		}
	}
	return at, asleep
}

// load lets honest nodes pay each other for so many ms, five times a second.
func (w *world) load(ms uint64) {
	for end := w.now + ms; w.now < end; w.run(200) {
		honest := w.honest()
		from, to := honest[w.random.IntN(len(honest))], honest[w.random.IntN(len(honest))]
		if from == to {
			continue
		}
		w.count++
		ticket := engine.Ticket(w.count)
		from.step(engine.Transfer{Ticket: ticket, To: to.self.Account, Amount: 1 + w.random.Uint64N(10)})
		if r := from.replies[ticket]; r.Refusal != nil {
			w.t.Fatalf("node %d: payment refused: %v", from.number, r.Refusal)
		} else {
			w.payments = append(w.payments, r.Event)
		}
	}
}

func (w *world) honest() (list []*node) {
	for _, n := range w.nodes {
		if n.adversary == nil {
			list = append(list, n)
		}
	}
	return list
}

// settle lets the attack end, and fails the test unless all honest payments become final in the same order everywhere.
func (w *world) settle(ms uint64) {
	w.t.Helper()
	for end := w.now + ms; w.now < end && !w.allFinal(); {
		w.run(50)
	}
	if !w.allFinal() {
		for _, n := range w.nodes {
			w.t.Logf("node %d: %+v", n.number, n.engine.Overview())
		}
		w.t.Fatalf("not all of %d honest payments are final", len(w.payments))
	}
	if faults := w.disagreements(); len(faults) > 0 {
		w.t.Fatal(faults)
	}
}

func (w *world) allFinal() bool {
	for _, n := range w.honest() {
		for _, id := range w.payments {
			if _, ok := n.final[id]; !ok {
				return false
			}
		}
	}
	return true
}

// disagreements compares the orders, receipts and supplies of the honest nodes.
func (w *world) disagreements() (faults []string) {
	honest := w.honest()
	longest := slices.MaxFunc(honest, func(a, b *node) int { return len(a.orders()) - len(b.orders()) })
	reference := longest.orders()
	for _, n := range honest {
		for i, id := range n.orders() {
			if reference[i] != id {
				faults = append(faults, fmt.Sprintf("node %d orders %s at place %d, node %d orders %s", n.number, id.Short(), i, longest.number, reference[i].Short()))
				break
			}
			if a, b := n.final[id], longest.final[id]; a.Status != b.Status || a.BeatenBy != b.BeatenBy {
				faults = append(faults, fmt.Sprintf("node %d has another receipt of %s than node %d", n.number, id.Short(), longest.number))
			}
		}
		if err := ledger.CheckSupply(n.engine.State()); err != nil {
			faults = append(faults, fmt.Sprintf("node %d: %v", n.number, err))
		}
	}
	return faults
}

// peerNumber returns the number of the node with a peer id.
func (w *world) peerNumber(id string) int { return need(strconv.Atoi(id))(w.t) }
