package light

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
)

// Machine is a light gateway's decisions. It is used by one goroutine at a time.
type Machine struct {
	config  Config
	storage engine.Storage
	trust   trust

	peers    peers
	asks     asks
	follow   following
	evidence evidence

	own      ownChain
	self     selfView
	queue    queue
	pending  map[dag.ID]*pending
	order    []dag.ID // of pending, as they were issued
	settling uint64   // ms when to ask next what became of them
	spending spending
	split    bool // two checkpoints of one size have a quorum each
	reads    int  // of the state that are under way for others

	disk    engine.Disk
	devices devices
	batch   openBatch
	totals  engine.Totals

	counters Counters
}

// Counters count since the machine was made.
type Counters struct {
	Asked      uint64 // requests
	Failed     uint64 // of these, without an answer
	Refused    uint64 // of these, refused by the peer
	Liars      uint64
	Heads      uint64 // checkpoints taken
	Issued     uint64 // own events
	Final      uint64 // of these, proven to be ordered
	Reissued   uint64 // own events whose epoch ended without them
	Unlinked   uint64 // epochs entered without a proof that the log goes on
	Undeclared uint64 // answers that nobody waited for
}

// New returns a machine that goes on where the storage ends.
func New(config Config, storage engine.Storage) (*Machine, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	m := &Machine{config: config, storage: storage, pending: map[dag.ID]*pending{}}
	m.peers.init()
	m.asks.init()
	var err error
	if m.trust, err = loadTrust(&config, storage); err != nil {
		return nil, err
	}
	for _, load := range []func() error{m.loadEvidence, m.loadChain, m.loadDevices, m.loadBatches, m.loadQueue, m.loadPending} {
		if err := load(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Step takes one input at a time in ms since the Unix epoch and appends what is to be done to out. An error wraps
// engine.ErrStorage or engine.ErrTooOld and means that the gateway must stop.
func (m *Machine) Step(now uint64, in Input, out *Effects) error {
	if err := m.handle(now, in, out); err != nil {
		return err
	}
	return m.proceed(now, out)
}

func (m *Machine) handle(now uint64, in Input, out *Effects) error {
	switch in := in.(type) {
	case PeerUp:
		m.peers.up(in)
		m.follow.at = 0
	case PeerDown:
		m.peers.down(in.Peer)
	case Answered:
		return m.answered(now, in, out)
	case engine.Transfer:
		return m.transfer(in, out)
	case engine.Govern:
		return m.govern(in, out)
	case engine.Reading:
		return m.reading(now, in, out)
	case engine.AddDevice:
		return m.addDevice(now, in, out)
	case engine.RemoveDevice:
		return m.removeDevice(in, out)
	case engine.Flush:
		return m.flush(now, in, out)
	case engine.Disk:
		m.disk = in
	case Issue:
		return m.issueRequest(in, out)
	case Read:
		return m.readRequest(now, in, out)
	case Find:
		return m.find(now, in, out)
	case engine.Override:
		m.own.known = true
		out.reply(in.Ticket, nil, dag.ID{})
	case Wake:
	default:
		return fmt.Errorf("light gateway: unknown input %T", in)
	}
	return nil
}

// proceed does what has become due or possible, in a fixed order.
func (m *Machine) proceed(now uint64, out *Effects) error {
	m.peers.rotate(now, &m.config)
	m.followDue(now, out)
	if err := m.refreshSelf(now, out); err != nil {
		return err
	}
	if err := m.closeDue(now, out); err != nil {
		return err
	}
	m.tellDue(now, out)
	if err := m.issueDue(now, out); err != nil {
		return err
	}
	m.deliverDue(now, out)
	m.settleDue(now, out)
	return nil
}

// Head returns the newest proven checkpoint; false if there is none yet. It may be called between steps, as all queries may.
func (m *Machine) Head() (Head, bool) { return m.trust.head, m.trust.head.Size > 0 }

// Origin returns what the newest proven epoch began with.
func (m *Machine) Origin() dag.Origin { return m.trust.origin }

// Counters returns what was counted.
func (m *Machine) Counters() Counters { return m.counters }
