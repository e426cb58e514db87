package mesh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	dht "github.com/libp2p/go-libp2p-kad-dht"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
)

// Mesh is one peer of the network. Its methods may be called from any goroutine.
type Mesh struct {
	cfg       Config
	names     names
	log       *slog.Logger
	ctx       context.Context // ends with Close
	cancel    context.CancelFunc
	gate      *gater
	bandwidth *metrics.BandwidthCounter
	host      *membersHost
	dht       *dht.IpfsDHT
	gossip    *pubsub.PubSub // nil with BootstrapOnly
	topics    map[string]*topic
	trace     *trace
	flow      *flow
	scores    *scores
	watch     *watch
	redial    *redial
	explore   *explore
	sender    *sender
	receiver  *receiver
	counts    streamCounters
	handler   Handler         // set before Start
	notify    func(PeerEvent) // set before Start

	mu         sync.Mutex
	started    bool
	mdns       io.Closer // may be nil
	remembered map[peer.ID][]string

	life   sync.Mutex // also taken while mu is held, never the other way round
	closed bool
	wg     sync.WaitGroup // nothing is added once closed
}

// New builds a mesh that neither listens nor dials until Start. Whoever gets one must Close it, started or not.
func New(cfg Config) (*Mesh, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	static, err := parseAddresses(cfg.Static)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	routeLogs(cfg.Logger)
	m := &Mesh{
		cfg: cfg, names: names{cfg.Network}, log: cfg.Logger.With("part", "mesh"),
		bandwidth:  metrics.NewBandwidthCounter(),
		gate:       &gater{admit: cfg.Admit, static: make(map[peer.ID]bool), strangers: newStrangers(cfg.Strangers, cfg.strangerStay)},
		flow:       newFlow(cfg.Limits),
		scores:     &scores{},
		handler:    func(string, []byte) {},
		remembered: make(map[peer.ID][]string),
	}
	for _, info := range static {
		m.gate.static[info.ID] = true
	}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	if err := m.build(static); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// build makes the parts that need others.
func (m *Mesh) build(static []peer.AddrInfo) (err error) {
	inner, err := newHost(m.cfg, m.gate, membersReporter{m.bandwidth, m.gate})
	if err != nil {
		return err
	}
	m.host = &membersHost{inner, m.gate}
	m.host.Network().Notify(&network.NotifyBundle{DisconnectedF: func(_ network.Network, conn network.Conn) { m.gate.strangers.leave(conn) }})
	ping.NewPingService(m.host)
	m.topics = newTopics(m)
	m.trace = &trace{self: m.host.ID(), forwarding: newForwarding(time.Now, m.cfg.forwardGrace), byWire: make(map[string]*topic)}
	for _, t := range m.topics {
		m.trace.byWire[t.wire] = t
	}
	m.sender, m.receiver = newSender(m), newReceiver(m)
	m.redial, m.explore = newRedial(m), newExplore(m)
	if m.watch, err = newWatch(m); err != nil {
		return err
	}
	if m.dht, err = newDHT(m.host, m.cfg, m.gate); err != nil {
		return err
	}
	if !m.cfg.BootstrapOnly {
		m.gossip, err = newGossip(m.ctx, m.host, m.cfg, m.trace, m.flow, m.scores)
	}
	for _, info := range static {
		m.host.ConnManager().Protect(info.ID, "static")
		m.redial.add(info, true)
	}
	return err
}

// Start listens, and from then on looks for peers and serves them. It fails with ErrAddressInUse if a port is taken; the
// mesh is then only good for Close.
func (m *Mesh) Start() error {
	m.mu.Lock()
	again := m.started
	m.started = true
	m.mu.Unlock()
	switch {
	case m.ctx.Err() != nil:
		return ErrClosed
	case again:
		return ErrStarted
	}
	if err := m.recall(m.ctx); err != nil {
		return err
	}
	m.spawn(m.watch.run)
	if !m.cfg.BootstrapOnly {
		m.host.SetStreamHandler(m.names.message(), m.receiver.accept)
	}
	if err := listen(m.host.Network(), m.cfg.Listen); err != nil {
		return err
	}
	if err := m.dht.Bootstrap(m.ctx); err != nil {
		return fmt.Errorf("mesh: starting DHT: %w", err)
	}
	service := m.startMDNS()
	m.mu.Lock()
	m.mdns = service
	m.mu.Unlock()
	m.spawn(m.redial.run)
	m.spawn(m.explore.run)
	m.spawn(m.measure)
	m.log.Info("listening", "peer", m.host.ID(), "addresses", m.Addresses())
	return nil
}

// settable reports whether what is set up before Start may be set now: ErrStarted or ErrBootstrapOnly if not. The caller
// holds mu.
func (m *Mesh) settable() error {
	switch {
	case m.started:
		return ErrStarted
	case m.cfg.BootstrapOnly:
		return ErrBootstrapOnly
	}
	return nil
}

// begin counts in a goroutine that Close waits for; false means that the mesh is closing.
func (m *Mesh) begin() bool {
	m.life.Lock()
	defer m.life.Unlock()
	if m.closed {
		return false
	}
	m.wg.Add(1)
	return true
}

// spawn runs the function in a goroutine that Close waits for.
func (m *Mesh) spawn(run func()) bool {
	if !m.begin() {
		return false
	}
	go func() {
		defer m.wg.Done()
		run()
	}()
	return true
}

// Close leaves the network: it ends all streams and connections and waits for handlers that still run. Messages that wait
// to be sent are dropped. OnPeer is not told. Closing twice is the same as once. A mesh must not be closed while Start runs.
func (m *Mesh) Close() error {
	m.life.Lock()
	again := m.closed
	m.closed = true
	m.life.Unlock()
	if again {
		return nil
	}
	m.cancel()
	var faults []error
	m.mu.Lock()
	if m.mdns != nil {
		faults = append(faults, m.mdns.Close())
	}
	m.mu.Unlock()
	if m.watch != nil {
		faults = append(faults, m.watch.events.Close())
	}
	if m.dht != nil {
		faults = append(faults, m.dht.Close())
	}
	if m.host != nil {
		faults = append(faults, m.host.Close())
	}
	m.wg.Wait()
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("mesh: closing: %w", err)
	}
	return nil
}
