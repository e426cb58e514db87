package record

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// world is a small network in lockstep: every 10 ms each engine gets what the others have sent it, and a wake. One of them is
// recorded.
type world struct {
	t       testing.TB
	network engine.Network
	now     uint64
	nodes   []*machine
	random  *rand.Rand
}

type machine struct {
	self    engine.Self
	source  *rand.PCG
	disk    *memstore.Memory
	engine  *engine.Engine
	step    func(now uint64, in engine.Input, out *engine.Effects) error
	inbox   []func() engine.Input // made for each receiver by itself
	full    bool                  // the disk takes no blobs
	replies []engine.Reply
	device  *dag.MemorySigner
	seq     uint64
}

// PutBlob implements engine.Storage for a disk that may be full.
type fickleDisk struct {
	*memstore.Memory
	machine *machine
}

// PutBlob implements engine.Storage.
func (d fickleDisk) PutBlob(digest [32]byte, content []byte) error {
	if d.machine.full {
		return fmt.Errorf("no room for %d bytes", len(content))
	}
	return d.Memory.PutBlob(digest, content)
}

const recorded = 1 // the number of the node that is recorded

func seedOf(kind byte, n int) (s [32]byte) { s[0], s[1] = kind, byte(n); return s }

func policy() engine.Policy {
	p := engine.DefaultPolicy
	p.BatchCount, p.BatchWindow, p.BatchTopic = 5, 200, "lot/test"
	return p
}

func newWorld(t testing.TB, members int) *world {
	return newWorldWith(t, members, governance.DefaultParameters())
}

// newWorldWith is newWorld with other parameters.
func newWorldWith(t testing.TB, members int, p governance.Parameters) *world {
	w := &world{t: t, now: 1_700_000_000_000, random: rand.New(rand.NewPCG(7, 7))}
	id := dag.NetworkID{4, 2}
	var founders []engine.Founder
	for i := range members {
		m := &machine{disk: memstore.New(), source: rand.NewPCG(uint64(i), 1), device: dag.NewSigner(seedOf('d', i))}
		signer, cosigner := dag.NewSigner(seedOf('e', i)), dag.NewSigner(seedOf('c', i))
		m.self = engine.Self{
			Signer: signer, Account: dag.AccountOf(signer.Key()), Cosigner: cosigner,
			BatchKey: func(root [32]byte) [32]byte { root[0] ^= byte(i + 1); return root },
		}
		founders = append(founders, engine.Founder{Balance: 1000, Member: governance.Member{
			Name: fmt.Sprint("m", i), Host: dag.NewSigner(seedOf('h', i)).Key(), Event: signer.Key(), Cosign: cosigner.Key(),
			Account: m.self.Account, Weight: 1,
		}})
		w.nodes = append(w.nodes, m)
	}
	versions, err := engine.NewRules(id)
	w.must(err)
	p.MaxEventRate = 100
	w.network, err = engine.Found(id, 0, founders, p, versions)
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// start makes all engines that are not there, the recorded one by a recorder that writes to record if that is not nil.
func (w *world) start(record *bytes.Buffer, limit int64) *Recorder {
	var r *Recorder
	for i, m := range w.nodes {
		if m.engine != nil {
			continue
		}
		config := engine.Config{Network: w.network, Self: m.self, Policy: policy()}
		disk := fickleDisk{m.disk, m}
		if i == recorded && record != nil {
			var err error
			r, err = New(record, Options{Program: "test", Genesis: []byte("genesis"), Limit: limit}, config, m.source, disk, w.now)
			w.must(err)
			m.engine, m.step = r.Engine(), r.Step
			continue
		}
		config.Self.Random = rand.New(m.source)
		e, err := engine.New(config, disk, w.now)
		w.must(err)
		m.engine, m.step = e, e.Step
	}
	w.connect()
	return r
}

// connect tells everyone of everyone.
func (w *world) connect() {
	for i, m := range w.nodes {
		for j, other := range w.nodes {
			if i != j {
				key := other.self.Signer.Key()
				m.post(func() engine.Input { return engine.PeerUp{Peer: strconv.Itoa(j), Member: key} })
			}
		}
	}
}

func (m *machine) post(in func() engine.Input) { m.inbox = append(m.inbox, in) }

// do steps a machine and posts what it sends.
func (w *world) do(i int, in engine.Input) {
	m := w.nodes[i]
	var out engine.Effects
	w.must(m.step(w.now, in, &out))
	w.must(m.disk.Commit())
	m.replies = append(m.replies, out.Replies...)
	for _, b := range out.Broadcasts {
		for j, other := range w.nodes {
			if j != i {
				other.post(func() engine.Input { return w.gossip(i, j, b) })
			}
		}
	}
	for _, s := range out.Sends {
		to, err := strconv.Atoi(s.Peer)
		w.must(err)
		w.nodes[to].post(func() engine.Input { return w.message(i, to, s.Message) })
	}
}

// gossip returns a broadcast as its receiver's engine gets it; nil for what it cannot judge.
func (w *world) gossip(from, to int, b engine.Broadcast) engine.Input {
	if b.Topic == engine.TopicCheckpoints {
		c, err := proof.DecodeCosignature(b.Data)
		w.must(err)
		signers := w.nodes[to].engine.Signers()
		v, err := signers.Verify(c)
		if err != nil {
			return nil // of an epoch that the node is not in
		}
		return engine.Cosigned{Cosignature: v}
	}
	return engine.Gossip{From: strconv.Itoa(from), Events: w.verify([][]byte{b.Data})}
}

func (w *world) message(from, to int, m dag.Message) engine.Input {
	data, err := m.Encode()
	w.must(err)
	in := engine.Sync{From: strconv.Itoa(from)}
	in.Message, err = dag.DecodeMessage(data)
	w.must(err)
	switch m := in.Message.(type) {
	case *dag.Inform:
		in.Events = w.verify(m.Blocks)
	case *dag.Offer:
		signers := w.nodes[to].engine.Signers()
		if checkpoint, err := signers.Open(m.Note); err == nil {
			in.Checkpoint = &checkpoint
		}
	}
	return in
}

func (w *world) verify(blocks [][]byte) []dag.Verified {
	events, err := verify(blocks)
	w.must(err)
	return events
}

// run lets some time pass.
func (w *world) run(ms int) {
	for range ms / 10 {
		w.now += 10
		for i, m := range w.nodes {
			box := m.inbox
			m.inbox = nil
			for _, in := range box {
				if in := in(); in != nil {
					w.do(i, in)
				}
			}
			w.do(i, engine.Wake{})
		}
	}
}

// read sends a reading of a machine's device to it.
func (w *world) read(i int) {
	m := w.nodes[i]
	m.seq++
	raw, err := reading.Sign(m.device, reading.Message{Time: w.now, Seq: m.seq, Sensor: "temperature", Value: 20.5, Unit: "Cel"})
	w.must(err)
	r, err := reading.Parse(raw)
	w.must(err)
	v, err := reading.Verify(r)
	w.must(err)
	w.do(i, engine.Reading{Ticket: engine.Ticket(m.seq), Reading: v})
}

// pay transfers from one machine to another.
func (w *world) pay(from, to int, amount uint64) {
	w.do(from, engine.Transfer{Ticket: 1, To: w.nodes[to].self.Account, Amount: amount, Memo: "for the air", IdempotencyKey: fmt.Sprint(w.now)})
}

// live lets a busy time pass: devices, readings, payments, a full disk, refusals, a peer that goes and comes.
func (w *world) live() {
	w.run(200)
	for i, m := range w.nodes {
		w.do(i, engine.AddDevice{Ticket: 9, Name: fmt.Sprint("sensor-", i), Key: m.device.Key()})
	}
	for round := range 12 {
		w.run(100)
		for i := range w.nodes {
			w.read(i)
			if w.random.IntN(3) == 0 {
				w.pay(i, w.random.IntN(len(w.nodes)), 1+w.random.Uint64N(30))
			}
		}
		switch round {
		case 4:
			w.nodes[recorded].full = true
		case 6:
			w.nodes[recorded].full = false
			w.do(recorded, engine.Disk{})
		case 7:
			w.do(recorded, engine.PeerDown{Peer: "0"})
			w.do(recorded, engine.PeerUp{Peer: "0", Member: w.nodes[0].self.Signer.Key()})
		case 8:
			w.do(recorded, engine.RemoveDevice{Ticket: 3, Device: "nobody"})
		}
	}
	w.do(recorded, engine.Flush{Ticket: 4})
	w.run(1500)
}

// restart takes the recorded machine's engine down.
func (w *world) restart() {
	m := w.nodes[recorded]
	m.engine, m.step, m.inbox = nil, nil, nil
	m.disk.Crash()
}

// setup is what a replay of this world's record needs.
func (w *world) setup() Setup {
	return Setup{
		Network: func(*Header) (engine.Network, error) { return w.network, nil },
		Storage: memstore.New(),
	}
}
