package dag_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// pair is two graphs that exchange messages as two nodes do, with all that goes between them encoded and decoded.
type pair struct {
	t        fataler
	graphs   [2]*dag.Graph
	loss     float64 // share of messages that are lost
	random   *rand.Rand
	now      uint64
	messages int
	events   int // that were carried
}

func newPair(t fataler) *pair {
	return &pair{t: t, graphs: [2]*dag.Graph{newGraph(), newGraph()}, random: seeded(1)}
}

// carry encodes a message, checks its limits, and returns what the other side reads; nil if it is lost.
func (p *pair) carry(m dag.Message) dag.Message {
	p.messages++
	data, err := m.Encode()
	if err != nil || len(data) > dag.MaxMessageSize {
		p.t.Fatalf("a message of %d bytes, %v", len(data), err)
	}
	read, err := dag.DecodeMessage(data)
	if err != nil {
		p.t.Fatal(err)
	}
	if p.random.Float64() < p.loss {
		return nil
	}
	return read
}

// deliver adds what an inform carries to a graph.
func (p *pair) deliver(to *dag.Graph, inform *dag.Inform) {
	size := 0
	for n, block := range inform.Blocks {
		if size >= dag.MaxInformBytes {
			p.t.Fatalf("event %d comes after %d bytes", n, size)
		}
		size += len(block)
		v, err := dag.Restore(block)
		if err != nil {
			p.t.Fatal(err)
		}
		if _, err := to.Add(v, "peer", p.now); err != nil && !errors.Is(err, dag.ErrKnown) {
			p.t.Fatal(err)
		}
	}
	p.events += len(inform.Blocks)
}

// ask sends a request and takes the answer; nil if either is lost.
func (p *pair) ask(asker, asked *dag.Graph, m *dag.Missing) *dag.Inform {
	request, ok := p.carry(m).(*dag.Missing)
	if !ok {
		return nil
	}
	inform, ok := p.carry(asked.Answer(request)).(*dag.Inform)
	if !ok {
		return nil
	}
	p.deliver(asker, inform)
	return inform
}

// catchUp lets one graph hear the other's offer and ask for all that it lacks, first by heads, then by ids.
func (p *pair) catchUp(asker, asked *dag.Graph) {
	offer, ok := p.carry(dag.NewOffer(1, asked.Digest())).(*dag.Offer)
	if !ok {
		return
	}
	own, theirs := asker.Digest(), offer.Content()
	for todo := own.Differs(&theirs); todo != 0; {
		request := asker.Request(todo)
		if request.Mask == 0 || request.Mask&^todo != 0 {
			p.t.Fatalf("mask %x asked for of %x", request.Mask, todo)
		}
		if !p.pass(asker, asked, request) {
			return
		}
		todo &^= request.Mask
	}
	for lost := 0; asker.Waiting() > 0 && lost < 20; {
		p.now += 100_000
		for _, ask := range asker.Wanted(p.now, 0, 1, dag.MaxWantedIDs) {
			m := &dag.Missing{}
			for _, id := range ask.IDs {
				m.IDs = append(m.IDs, id[:])
			}
			if inform := p.ask(asker, asked, m); inform == nil || len(inform.Blocks) == 0 {
				lost++
			}
		}
	}
}

// pass follows a request through to the end and reports whether nothing was lost.
func (p *pair) pass(asker, asked *dag.Graph, request *dag.Missing) bool {
	for mask := request.Mask; ; {
		inform := p.ask(asker, asked, request)
		if inform == nil {
			return false
		}
		if inform.Next == 0 {
			return true
		}
		if inform.Next <= request.From {
			p.t.Fatalf("the answer to a request from %d goes on at %d", request.From, inform.Next)
		}
		request = asker.Request(mask)
		request.From = inform.Next
	}
}

// converge lets both catch up in turn and fails unless they hold the same within a number of rounds.
func (p *pair) converge(rounds int) {
	p.t.Helper()
	for range rounds {
		p.catchUp(p.graphs[0], p.graphs[1])
		p.catchUp(p.graphs[1], p.graphs[0])
		if p.graphs[0].Digest() == p.graphs[1].Digest() {
			return
		}
	}
	p.t.Fatalf("%d and %d events after %d rounds, %d messages", p.graphs[0].Len(), p.graphs[1].Len(), rounds, p.messages)
}

// part adds a random part of the events to a graph: of those whose parents are here, with probability p.
func part(t fataler, g *dag.Graph, random *rand.Rand, events []dag.Verified, p float64) {
	here := map[dag.ID]bool{root(0): true, root(1): true}
	for _, v := range events {
		if rests(v.Event, here) && random.Float64() < p {
			mustAdd(t, g, v)
			here[v.ID()] = true
		}
	}
}

func TestExchangeMakesGraphsEqual(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPair(rt)
		p.random = seeded(rapid.Uint64().Draw(rt, "seed"))
		p.loss = rapid.SampledFrom([]float64{0, 0, 0.2}).Draw(rt, "loss")
		events := randomEvents(rt, p.random, dagShape{
			events: rapid.IntRange(1, 300).Draw(rt, "events"), keys: rapid.IntRange(3, 30).Draw(rt, "keys"), forkers: rapid.IntRange(0, 3).Draw(rt, "forkers"),
		})
		for _, g := range p.graphs {
			part(rt, g, p.random, events, rapid.SampledFrom([]float64{0, 0.9, 0.99, 1}).Draw(rt, "share"))
		}
		rounds := 3
		if p.loss > 0 {
			rounds = 40
		}
		p.converge(rounds)
		var all []dag.Verified
		for n := range p.graphs[0].Len() {
			all = append(all, dag.Verified{Event: p.graphs[0].Arena().Event(p.graphs[0].At(n))})
		}
		if p.graphs[0].Len() < 100 {
			newTwin(all, nil).check(rt, p.graphs[1])
		}
	})
}

func TestExchangeOfThousands(t *testing.T) {
	p := newPair(t)
	events := randomEvents(t, p.random, dagShape{events: 12_000, keys: 40, forkers: 4})
	mustAdd(t, p.graphs[0], events...)
	part(t, p.graphs[1], p.random, events, 0.9999)
	lacked := p.graphs[0].Len() - p.graphs[1].Len()
	p.converge(2)
	if most := 2 + lacked/500 + 20; p.messages > 4*most || p.events > 2*lacked+12_000 {
		t.Errorf("%d messages carried %d events for %d that lacked", p.messages, p.events, lacked)
	}
}

// An interrupted exchange goes on where it stopped: what came before counts.
func TestExchangeGoesOnAfterLoss(t *testing.T) {
	p := newPair(t)
	mustAdd(t, p.graphs[0], chainOf(t, 1, 0, nil, 10_000)...)
	p.loss = 0.4
	p.converge(60)
	if p.events > 20_000 {
		t.Errorf("%d events were carried for 10,000", p.events)
	}
}

// Two nodes that follow different branches of a key find their common past in few steps, however deep it lies.
func TestExchangeOfDeepFork(t *testing.T) {
	for _, depth := range []int{1, 15, 16, 17, 400, 6000} {
		p := newPair(t)
		common := chainOf(t, 1, 0, nil, 5)
		for n, g := range p.graphs {
			mustAdd(t, g, common...)
			mustAdd(t, g, chainOf(t, 1, byte(1+n), common[4].Event, depth)...)
		}
		p.converge(3)
		if g := p.graphs[0]; !g.Forked(keyNumber(1)) || g.Len() != 5+2*depth {
			t.Errorf("depth %d: %d events", depth, g.Len())
		}
		if most := 60 + depth/100; p.messages > most {
			t.Errorf("depth %d: %d messages, want at most %d", depth, p.messages, most)
		}
	}
}

// A branch that ends far below the newest event of a forked key is told as well.
func TestExchangeTellsOfABuriedBranch(t *testing.T) {
	p := newPair(t)
	common := chainOf(t, 1, 0, nil, 5)
	short, long := chainOf(t, 1, 1, common[4].Event, 30), chainOf(t, 1, 2, common[4].Event, 100)
	for _, g := range p.graphs {
		mustAdd(t, g, common...)
	}
	mustAdd(t, p.graphs[0], short...)
	for _, g := range p.graphs {
		mustAdd(t, g, long...)
	}
	p.converge(2)
	if !p.graphs[1].Forked(keyNumber(1)) {
		t.Error("the fork is not told")
	}
}

// A key with more forked events than fit a message is told to the end, and once both know most of it, a difference costs a
// part of that.
func TestExchangeOfManyForks(t *testing.T) {
	p := newPair(t)
	const forks = 6000
	for n := range forks {
		f := draft(1, nil)
		f.Body = []byte{byte(n), byte(n >> 8)}
		v := unsigned(t, f)
		mustAdd(t, p.graphs[0], v)
		if n < forks/2 {
			mustAdd(t, p.graphs[1], v)
		}
	}
	p.converge(2)
	for n := range 3 {
		f := draft(1, nil)
		f.Body = []byte{1, 2, 3, byte(n)}
		mustAdd(t, p.graphs[1], unsigned(t, f))
	}
	p.events = 0
	p.converge(2)
	if p.events > forks/2 {
		t.Errorf("%d events were carried for 3", p.events)
	}
}

// Requests keep within a message where thousands of keys have forked, each of which takes more room then.
func TestExchangeOfManyForkedKeys(t *testing.T) {
	p := newPair(t)
	const keys = 5000
	for n := range keys {
		for branch := range byte(2) {
			v := chainOf(t, n, branch, nil, 1)[0]
			mustAdd(t, p.graphs[0], v)
			if n%50 != 0 {
				mustAdd(t, p.graphs[1], v)
			}
		}
	}
	p.converge(1)
	if lacked := 2 * keys / 50; p.events > lacked+10 {
		t.Errorf("%d events were carried for %d", p.events, lacked)
	}
}

// More keys than fit a message are asked for in several.
func TestExchangeOfMoreKeysThanFit(t *testing.T) {
	p := newPair(t)
	const keys = dag.MaxHeads + 3000
	for n := range keys {
		v := next(t, n, nil)
		mustAdd(t, p.graphs[0], v)
		if n%10 != 0 {
			mustAdd(t, p.graphs[1], v)
		}
	}
	if request := p.graphs[1].Request(^uint64(0)); request.Mask == ^uint64(0) || len(request.Heads) > dag.MaxHeads {
		t.Fatalf("%d heads for mask %x", len(request.Heads), request.Mask)
	}
	p.converge(1)
	if p.events > keys/10+1 {
		t.Errorf("%d events were carried for %d", p.events, keys/10)
	}
}

// A bucket that alone has more keys than fit is asked for with what fits.
func TestExchangeOfAFullBucket(t *testing.T) {
	p := newPair(t)
	const keys = dag.MaxHeads + 500
	for n := range keys {
		f := draft(0, nil)
		f.Key = dag.Key{28: 1, 29: byte(n), 30: byte(n >> 8)} // the last byte is the same
		v := unsigned(t, f)
		mustAdd(t, p.graphs[0], v)
		if n%2 == 0 {
			mustAdd(t, p.graphs[1], v)
		}
	}
	p.converge(2)
}
