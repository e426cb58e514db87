package engine_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// machine is one node: its engine, its disk and what it was seen to do.
type machine struct {
	w       *world
	number  int
	self    engine.Self
	disk    *memstore.Memory
	engine  *engine.Engine
	up      bool
	wakeAt  uint64
	life    int // counts restarts; what was sent to an earlier life is lost
	peers   map[int]bool
	notices []engine.Notice
	replies map[engine.Ticket]engine.Reply
	policy  engine.Policy
	stopped func(error)        // told why the engine stopped by itself; nil if it must not
	commits []*memstore.Memory // the disk after the last commits, oldest first, if a crash undoes some
}

func (w *world) addMachine(n int, member bool) {
	signer := dag.NewSigner(seedOf('e', n))
	m := &machine{w: w, number: n, disk: memstore.New(), peers: map[int]bool{}, replies: map[engine.Ticket]engine.Reply{}, policy: engine.DefaultPolicy}
	m.policy.BatchCount, m.policy.BatchWindow = 10, 500
	m.self = engine.Self{
		Signer: signer, Account: dag.AccountOf(signer.Key()),
		BatchKey: func(root [32]byte) [32]byte { root[0] ^= byte(n); return root },
	}
	if member {
		m.self.Cosigner = dag.NewSigner(seedOf('c', n))
	}
	w.nodes = append(w.nodes, m)
}

// start makes the machine's engine from what is on its disk and connects it to all that are up.
func (m *machine) start() {
	w := m.w
	m.self.Random = rand.New(rand.NewPCG(uint64(m.number), uint64(m.life)))
	config := engine.Config{Network: w.network, Self: m.self, Policy: m.policy}
	if w.shared != nil {
		config.Shared = w.shared(m.number)
	}
	e, err := engine.New(config, m.disk, w.now)
	if err != nil {
		w.t.Fatalf("node %d: %v", m.number, err)
	}
	m.engine, m.up, m.wakeAt = e, true, 0
	m.life++
	m.step(engine.Wake{})
	w.reconnect()
}

// stop kills the machine as a power cut does: what was not committed is gone, and so is what is on its way to it.
func (m *machine) stop() {
	m.fall()
	m.w.reconnect()
}

// fall is stop without telling the others yet.
func (m *machine) fall() {
	m.up, m.engine = false, nil
	m.life++
	m.disk.Crash()
	if len(m.commits) > 0 {
		m.disk, m.commits = m.commits[0], nil
	}
	m.w.dirty = true
}

// fails reports whether the machine crashed now.
func (m *machine) fails() bool {
	if m.w.crash == nil || !m.w.crash(m) {
		return false
	}
	m.fall()
	return true
}

// commit makes a step's writes durable, as far as the disk is.
func (m *machine) commit() {
	if err := m.disk.Commit(); err != nil {
		m.w.t.Fatal(err)
	}
	if m.w.unsynced > 0 {
		m.commits = append(m.commits, m.disk.Clone())
		m.commits = m.commits[max(0, len(m.commits)-1-m.w.unsynced):]
	}
}

func (m *machine) setPeer(b *machine, connected bool) {
	if m.peers[b.number] == connected {
		return
	}
	m.peers[b.number] = connected
	name := fmt.Sprint(b.number)
	if connected {
		m.step(engine.PeerUp{Peer: name, Member: b.self.Signer.Key()})
	} else {
		m.step(engine.PeerDown{Peer: name})
	}
}

// step runs one input, commits, and sends the effects on their way.
func (m *machine) step(in engine.Input) {
	if !m.up || in == nil {
		return
	}
	var out engine.Effects
	if err := m.engine.Step(m.w.now, in, &out); err != nil && m.stopped != nil {
		m.stopped(err)
		m.fall()
		return
	} else if err != nil {
		m.w.t.Fatalf("node %d: step %T: %v", m.number, in, err)
	}
	if m.w.trace != nil {
		m.w.trace(m, in, out)
	}
	if m.fails() {
		return
	}
	m.commit()
	if m.fails() {
		return
	}
	m.wakeAt = out.WakeAt
	m.notices = append(m.notices, out.Notices...)
	for _, r := range out.Replies {
		m.replies[r.Ticket] = r
	}
	for _, b := range out.Broadcasts {
		for to := range m.w.nodes {
			m.w.send(m.number, to, func() engine.Input { return m.w.gossip(m.number, to, b) })
		}
	}
	for _, s := range out.Sends {
		to, err := strconv.Atoi(s.Peer)
		if err != nil {
			m.w.t.Fatal(err)
		}
		data, err := s.Message.Encode()
		if err != nil {
			m.w.t.Fatal(err)
		}
		m.w.send(m.number, to, func() engine.Input { return m.w.message(m.number, to, data) })
	}
}

// read gives the machine a signed reading of the device with that number.
func (m *machine) read(device int, seq uint64, ticket engine.Ticket) {
	raw, err := reading.Sign(dag.NewSigner(seedOf('d', device)), reading.Message{
		Time: m.w.now, Seq: seq, Sensor: "temperature", Value: 20 + float64(seq%10), Unit: "Cel",
	})
	if err != nil {
		m.w.t.Fatal(err)
	}
	r, err := reading.Parse(raw)
	if err != nil {
		m.w.t.Fatal(err)
	}
	v, err := reading.Verify(r)
	if err != nil {
		m.w.t.Fatal(err)
	}
	m.step(engine.Reading{Ticket: ticket, Reading: v})
}

// orders returns the ids of all ordered events of the machine.
func (m *machine) orders() []dag.ID {
	var ids []dag.ID
	for _, line := range m.engine.ExportCommits(0, 1<<30) {
		ids = append(ids, line.Order...)
	}
	return ids
}
