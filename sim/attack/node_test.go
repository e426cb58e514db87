package attack_test

import (
	"math/rand/v2"
	"strconv"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
	"github.com/ledgerofthings/lot/sim/attack"
)

// node is a node of a world: honest, or in the hands of an adversary.
type node struct {
	w         *world
	number    int
	name      string
	self      engine.Self
	disk      *memstore.Memory
	engine    *engine.Engine
	adversary attack.Adversary
	wakeAt    uint64
	peers     []int
	asked     map[int]int // answers that are due, by node
	seen      map[dag.ID]bool
	tokens    map[dag.Key]*allowance
	deaf      bool // it does not pass on what it hears

	replies map[engine.Ticket]engine.Reply
	final   map[dag.ID]ledger.Receipt
	notices []engine.Notice
	said    []said // what an adversary wanted done
}

// said is the effects of one of an adversary's steps.
type said struct {
	at uint64
	attack.Effects
}

// allowance is how many events of a key a node still takes.
type allowance struct {
	tokens float64
	at     uint64
}

func (w *world) addNode(number int, member bool) {
	signer := dag.NewSigner(seedOf('e', number))
	n := &node{
		w: w, number: number, name: strconv.Itoa(number), disk: memstore.New(), asked: map[int]int{}, seen: map[dag.ID]bool{},
		tokens: map[dag.Key]*allowance{}, replies: map[engine.Ticket]engine.Reply{}, final: map[dag.ID]ledger.Receipt{},
	}
	n.self = engine.Self{
		Signer: attack.NewGate(signer), Account: dag.AccountOf(signer.Key()), Random: rand.New(rand.NewPCG(uint64(number), 3)),
		BatchKey: func(root [32]byte) [32]byte { root[0] ^= byte(number); return root },
	}
	if member {
		n.self.Cosigner = dag.NewSigner(seedOf('c', number))
	}
	w.nodes = append(w.nodes, n)
}

func (n *node) make(disk *memstore.Memory) *engine.Engine {
	policy := engine.DefaultPolicy
	policy.BatchCount, policy.BatchWindow = 10, 500
	return need(engine.New(engine.Config{Network: n.w.network, Self: n.self, Policy: policy, Shared: n.w.shared}, disk, n.w.now))(n.w.t)
}

// victim returns what an adversary is made from that has nothing to say and no end.
func (n *node) victim() attack.Victim {
	return attack.Victim{Network: &n.w.network, Self: n.self, Engine: n.engine, Random: rand.New(rand.NewPCG(uint64(n.number), 7)), Peers: n.peerUps(), Twin: n.twin}
}

// twin returns a second engine of the node.
func (n *node) twin() (*engine.Engine, error) {
	return n.make(n.disk.Clone()), nil
}

// connect connects the node with others.
func (n *node) connect(others []*node) {
	for _, o := range others {
		if o != n && !n.w.cut(n.number, o.number) {
			n.peers = append(n.peers, o.number)
			n.step(engine.PeerUp{Peer: o.name, Member: o.self.Signer.Key()})
		}
	}
}

func (n *node) peerUps() (list []engine.PeerUp) {
	for _, p := range n.peers {
		list = append(list, engine.PeerUp{Peer: n.w.nodes[p].name, Member: n.w.nodes[p].self.Signer.Key()})
	}
	return list
}

// step runs one input and carries out what is wanted.
func (n *node) step(in engine.Input) {
	var out attack.Effects
	var err error
	if n.adversary != nil {
		err = n.adversary.Step(n.w.now, in, &out)
		n.said = append(n.said, said{n.w.now, out})
	} else {
		err = n.engine.Step(n.w.now, in, &out.Effects)
	}
	if err != nil {
		n.w.t.Fatalf("node %d: step %T: %v", n.number, in, err)
	}
	if err := n.disk.Commit(); err != nil {
		n.w.t.Fatal(err)
	}
	n.wakeAt = out.WakeAt
	n.note(&out)
	n.carryOut(&out)
}

func (n *node) note(out *attack.Effects) {
	for _, r := range out.Replies {
		n.replies[r.Ticket] = r
	}
	n.notices = append(n.notices, out.Notices...)
	for _, notice := range out.Notices {
		switch notice := notice.(type) {
		case engine.Final:
			n.final[notice.Event.ID()] = notice.Receipt
		case engine.Skipped:
			n.w.t.Errorf("node %d skipped: %v", n.number, notice.Err)
		}
	}
}

func (n *node) carryOut(out *attack.Effects) {
	for _, b := range out.Broadcasts {
		n.seen[dag.HashBlock(b.Data)] = true
		n.pass(b.Topic, b.Data, -1)
	}
	for _, x := range out.Whispers {
		for _, peer := range x.Peers {
			n.w.send(n.number, n.w.peerNumber(peer), func(to *node) { to.gossip(n.number, x.Topic, x.Data) })
		}
	}
	for _, s := range out.Sends {
		to := n.w.peerNumber(s.Peer)
		if s.Asks {
			n.asked[to]++
		}
		data := need(s.Message.Encode())(n.w.t)
		n.w.send(n.number, to, func(to *node) { to.exchange(n.number, data) })
	}
	for _, s := range out.Submissions {
		to := n.number
		if s.Peer != "" {
			to = n.w.peerNumber(s.Peer)
		}
		n.w.nodes[to].ingest(s.Raw)
	}
}

// pass sends gossip to all peers but one.
func (n *node) pass(topic engine.Topic, data []byte, except int) {
	for _, p := range n.peers {
		if p != except {
			n.w.send(n.number, p, func(to *node) { to.gossip(n.number, topic, data) })
		}
	}
}

// gossip takes a message that holds and passes it on, and counts why it does not take others.
func (n *node) gossip(from int, topic engine.Topic, data []byte) {
	id := dag.HashBlock(data)
	if n.seen[id] {
		n.w.drops["seen"]++
		return
	}
	n.seen[id] = true
	in, why := n.judge(from, topic, data)
	if why != "" {
		n.w.drops[why]++
		return
	}
	if !n.deaf {
		n.pass(topic, data, from)
	}
	n.step(in)
}

func (n *node) judge(from int, topic engine.Topic, data []byte) (in engine.Input, why string) {
	if topic == engine.TopicCheckpoints {
		c, err := proof.DecodeCosignature(data)
		if err != nil {
			return nil, "malformed"
		}
		signers := n.engine.Signers()
		v, err := signers.Verify(c)
		if err != nil {
			return nil, "forged"
		}
		return engine.Cosigned{Cosignature: v}, ""
	}
	v, why := n.w.judgeEvent(data)
	if why == "" && !n.allows(v.Key()) {
		why = "rate"
	}
	return engine.Gossip{From: n.w.nodes[from].name, Events: []dag.Verified{v}}, why
}

// judgeEvent checks a block as a gateway's validator does.
func (w *world) judgeEvent(data []byte) (v dag.Verified, why string) {
	id := dag.HashBlock(data)
	if v, ok := w.verified[id]; ok {
		return v, ""
	}
	event, err := dag.Decode(data)
	switch {
	case err != nil:
		return v, "malformed"
	case event.Network() != w.network.ID:
		return v, "foreign"
	case w.network.Members[event.Key()].IsZero():
		return v, "stranger"
	}
	if v, err = dag.Verify(event); err != nil {
		return v, "forged"
	}
	w.verified[id] = v
	return v, ""
}

// allows charges the rate of a key, with four seconds' worth at once.
func (n *node) allows(key dag.Key) bool {
	a := n.tokens[key]
	if a == nil {
		a = &allowance{tokens: 4 * worldRate, at: n.w.now}
		n.tokens[key] = a
	}
	a.tokens = min(4*worldRate, a.tokens+float64(n.w.now-a.at)*worldRate/1000)
	a.at = n.w.now
	if a.tokens < 1 {
		return false
	}
	a.tokens--
	return true
}

// exchange takes a message of the graph exchange; of an answer only if it was asked for, and only what holds.
func (n *node) exchange(from int, data []byte) {
	message := need(dag.DecodeMessage(data))(n.w.t)
	in := engine.Sync{From: n.w.nodes[from].name, Message: message}
	switch m := message.(type) {
	case *dag.Offer:
		signers := n.engine.Signers()
		if signed, err := signers.Open(m.Note); err == nil {
			in.Checkpoint = &signed
		}
	case *dag.Inform:
		if n.asked[from] == 0 {
			n.w.drops["unasked"]++
			return
		}
		n.asked[from]--
		for _, block := range m.Blocks {
			if v, why := n.w.judgeEvent(block); why == "" {
				in.Events = append(in.Events, v)
			} else {
				n.w.drops["exchange: "+why]++
			}
		}
	}
	n.step(in)
}

// ingest takes a reading as a device hands it in.
func (n *node) ingest(raw []byte) {
	r, err := reading.Parse(raw)
	if err != nil {
		n.w.drops["reading: malformed"]++
		return
	}
	v, err := reading.Verify(r)
	if err != nil {
		n.w.drops["reading: forged"]++
		return
	}
	n.w.count++
	ticket := engine.Ticket(n.w.count)
	n.step(engine.Reading{Ticket: ticket, Reading: v})
	if refusal := n.replies[ticket].Refusal; refusal != nil {
		n.w.drops["reading: "+string(refusal.Code)]++
	}
}

// orders returns the ids of all ordered events.
func (n *node) orders() (ids []dag.ID) {
	for _, line := range n.engine.ExportCommits(0, 1<<30) {
		ids = append(ids, line.Order...)
	}
	return ids
}

// published returns the events that an adversary broadcast or whispered, and when.
func (n *node) published() (events []*dag.Event, at []uint64) {
	take := func(when uint64, topic engine.Topic, data []byte) {
		if event, err := dag.Decode(data); err == nil && topic == engine.TopicEvents {
			events, at = append(events, event), append(at, when)
		}
	}
	for _, s := range n.said {
		for _, b := range s.Broadcasts {
			take(s.at, b.Topic, b.Data)
		}
		for _, b := range s.Whispers {
			take(s.at, b.Topic, b.Data)
		}
	}
	return events, at
}

// heard counts the notices of a type.
func heard[T engine.Notice](n *node) (count int) {
	for _, notice := range n.notices {
		if _, ok := notice.(T); ok {
			count++
		}
	}
	return count
}
