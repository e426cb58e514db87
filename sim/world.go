package sim

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/disk"
	"github.com/ledgerofthings/lot/sim/gossip"
	"github.com/ledgerofthings/lot/sim/invariant"
	"github.com/ledgerofthings/lot/sim/latency"
	"github.com/ledgerofthings/lot/sim/queue"
	"github.com/ledgerofthings/lot/sim/scenario"
	"github.com/ledgerofthings/lot/sim/topology"
)

// world is a run: all that its shards share and do not change while a window runs.
type world struct {
	scenario    *scenario.Scenario
	options     Options
	seed        uint64
	founding    *founding
	graph       topology.Graph
	latency     latency.Model
	gossip      gossip.Params
	cpu         costs
	air         air
	loads       []*loadPlan
	deadlines   invariant.Deadlines
	supplyEvery uint64       // commits between two looks at all balances
	later       map[int]bool // nodes that join when the network runs
	joins       [][]int      // by join of the scenario: its nodes
	seats       []int        // nodes that have a seat in the committee, or may get one
	attackOf    []*assault   // by node; nil for the honest
	shards      []*shard

	now         uint64
	agenda      agenda
	sequence    uint32            // counts what the world itself puts into queues
	generations map[pair]uint32   // how often a pair was connected
	chunks      map[cutKey][]byte // of snapshots that nodes fetch
	outcome     outcome
}

// pair is two nodes, the lower first.
type pair struct{ low, high uint32 }

func pairOf(a, b uint32) pair { return pair{min(a, b), max(a, b)} }

// costs is what a node's processor takes, in µs.
type costs struct{ verify, event, duplicate, message uint64 }

func costsOf(c *scenario.CPU) costs {
	of := func(d scenario.Duration) uint64 { return uint64(float64(d) * c.Slow) }
	return costs{of(c.Verify), of(c.Event), of(c.Duplicate), of(c.Message)}
}

// newWorld sets a scenario up: nodes with their engines, not yet connected.
func newWorld(s *scenario.Scenario, options Options) (*world, error) {
	w := &world{scenario: s, options: options, seed: s.Seed, cpu: costsOf(&s.CPU), generations: map[pair]uint32{}, chunks: map[cutKey][]byte{}}
	w.deadlines, _ = invariant.DeadlinesOf(s, invariant.Patience)
	w.supplyEvery = 1 + uint64(s.Network.Nodes)/16
	for _, prepare := range []func() error{w.chooseMembers, w.chooseSeats, w.found, w.layOut, w.planAttacks, w.planLoads, w.makeShards} {
		if err := prepare(); err != nil {
			return nil, err
		}
	}
	return w, w.plan()
}

func (w *world) found() (err error) {
	w.founding, err = found(w.scenario, w.later)
	return err
}

// layOut decides who is connected to whom, and how far away.
func (w *world) layOut() (err error) {
	if w.graph, err = topologyOf(w.scenario); err != nil {
		return err
	}
	joinCommittee(w.graph, w.seats)
	if w.latency, err = latencyOf(w.scenario); err != nil {
		return err
	}
	w.gossip, err = gossip.NewParams(w.scenario.Gossip)
	return err
}

// makeShards makes the shards and their nodes, side by side.
func (w *world) makeShards() error {
	count := min(max(1, w.options.Shards), w.scenario.Network.Nodes)
	for number := range count {
		w.shards = append(w.shards, w.newShard(number, count))
	}
	w.each(func(s *shard) {
		for i := range s.nodes {
			if n := &s.nodes[i]; w.later[int(n.number)] {
				n.reasons++ // it is not there yet
			} else {
				s.start(n)
			}
		}
	})
	return w.failure()
}

func (w *world) newShard(number, count int) *shard {
	s := &shard{world: w, number: number, queue: queue.New()}
	s.verified, s.notes, s.chains = map[uint64]map[dag.ID]dag.Verified{}, map[string]note{}, map[dag.Key]uint32{}
	s.messages.byID = map[dag.ID]uint32{}
	s.measured.place, s.measured.chains = map[dag.ID]int32{}, map[*dag.Arena]*[]uint32{}
	s.measured.suite = invariant.NewSuite(w.promise())
	s.outboxes, s.imported = make([]outbox, count), make([][]uint32, count)
	s.pool = disk.NewPool()
	shared, err := engine.NewShared(&w.founding.network)
	if err != nil {
		s.err = err
		return s
	}
	s.shared = shared
	if s.fresh, s.err = s.freshDisk(); s.err != nil {
		return s
	}
	total := w.scenario.Network.Nodes
	s.nodes = make([]node, 0, total/count+1)
	for i := number; i < total; i += count {
		s.nodes = append(s.nodes, s.newNode(uint32(i)))
	}
	return s
}

// newNode returns a node that has not been started.
func (s *shard) newNode(number uint32) node {
	n := node{number: number, disk: s.newDisk(), syncTime: uint64(s.world.scenario.Disk.Sync)}
	for _, peer := range s.world.graph[number] {
		n.links = append(n.links, link{peer: peer})
	}
	return n
}

// freshDisk returns the disk of a node that was never stopped before it did anything: it holds what the network begins with. All nodes
// begin with a copy, which costs nothing, instead of each writing it for itself.
func (s *shard) freshDisk() (*disk.Snapshot, error) {
	d := disk.New(s.pool)
	self := s.world.founding.selves[0]
	self.Random = source(s.world.seed, "disk", s.number)
	if _, err := engine.New(s.config(self), d, epochStart); err != nil {
		return nil, err
	}
	if err := d.Commit(); err != nil {
		return nil, err
	}
	return d.Snapshot(), nil
}

// newDisk returns the disk of a new node.
func (s *shard) newDisk() *disk.Disk {
	d := disk.New(s.pool)
	d.Restore(s.fresh)
	return d
}

// shardOf returns the shard that owns a node.
func (w *world) shardOf(node uint32) *shard { return w.shards[int(node)%len(w.shards)] }

// node returns a node, between windows.
func (w *world) node(number uint32) *node { return w.shardOf(number).node(number) }

// nodes visits all nodes by rising number, between windows.
func (w *world) nodes(visit func(s *shard, n *node)) {
	for number := range uint32(w.scenario.Network.Nodes) {
		s := w.shardOf(number)
		visit(s, s.node(number))
	}
}

// numberOf returns the node with a peer id.
func (w *world) numberOf(name string) (uint32, bool) {
	n, err := strconv.Atoi(name)
	return uint32(n), err == nil && n >= 0 && n < len(w.founding.selves)
}

// each lets all shards do something side by side.
func (w *world) each(do func(*shard)) {
	if len(w.shards) == 1 {
		w.shards[0].attempt(do)
		return
	}
	var group sync.WaitGroup
	for _, s := range w.shards {
		group.Go(func() { s.attempt(do) })
	}
	group.Wait()
}

// attempt does something with a shard. A panic is a fault of the program that a run is to report, with the seed that shows it.
func (s *shard) attempt(do func(*shard)) {
	defer func() {
		if fault := recover(); fault != nil {
			s.err = fmt.Errorf("%w at %.6f s: %v\n%s", ErrPanic, float64(s.now)/1e6, fault, debug.Stack())
		}
	}()
	do(s)
}

// ErrPanic says that the program broke down in the middle of a run.
var ErrPanic = errors.New("panic")

// failure returns why the run cannot go on.
func (w *world) failure() error {
	for _, s := range w.shards {
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

// run lets the world live until the end of the scenario or of the context.
func (w *world) run(ctx context.Context) error {
	until := uint64(w.scenario.Duration)
	for w.now < until {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // what was measured so far is the result
		}
		if w.agenda.until(w, w.now) {
			w.handOver() // what it let nodes send may arrive before anything else happens
			w.startFetches()
		}
		end, ok := w.window(until)
		if !ok {
			continue
		}
		w.each(func(s *shard) { s.runWindow(end) })
		if err := w.failure(); err != nil {
			return err
		}
		w.handOver()
		w.now = end
		w.startFetches()
		w.options.progress(w.now, until)
	}
	w.agenda.until(w, until)
	return w.failure()
}

// window returns when the next window ends. Nothing happens before the first item of all queues, so time jumps there;
// without an item before the next entry of the agenda it jumps to that, and there is no window.
func (w *world) window(until uint64) (end uint64, ok bool) {
	first := min(until, w.agenda.next())
	for _, s := range w.shards {
		if at, any := s.queue.Next(); any {
			first = min(first, at)
		}
	}
	w.now = max(w.now, first)
	if w.now >= min(until, w.agenda.next()) {
		return 0, false
	}
	span := w.latency.Min()
	if len(w.shards) == 1 {
		span = max(span, soleWindow)
	}
	return min(w.now+span, until, w.agenda.next()), true
}

// soleWindow is the length of a window, in µs, where there is nobody to wait for.
const soleWindow = 20_000

// handOver lets every shard take over what the others sent to its nodes.
func (w *world) handOver() {
	if len(w.shards) == 1 {
		return
	}
	w.each(func(s *shard) {
		for _, other := range w.shards {
			if other != s {
				s.importFrom(other)
			}
		}
	})
	for _, s := range w.shards {
		for to := range s.outboxes {
			s.clearOutbox(to)
		}
	}
}

// assault is the part of one node in an attack.
type assault struct {
	plan   *scenario.Attack
	kind   attack.Kind
	number int // in the list of the scenario's attacks
	others []int
}
