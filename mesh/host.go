package mesh

import (
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"sync"

	libp2p "github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/gologshim"
	"github.com/libp2p/go-libp2p/p2p/host/peerstore/pstoremem"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
)

var logOnce sync.Once

// routeLogs gives libp2p's log to our handler. libp2p has one handler for a process and looks at it when it logs for
// the first time, so only the first call counts. Its own info level is chatter to an operator.
func routeLogs(logger *slog.Logger) {
	if logger.Handler() == slog.DiscardHandler {
		return
	}
	logOnce.Do(func() { gologshim.SetDefaultHandler(quietHandler{logger.Handler()}) })
}

// newHost builds a host that does not listen yet.
func newHost(c Config, gate *gater, bandwidth metrics.Reporter) (host.Host, error) {
	key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(c.HostKey))
	if err != nil {
		return nil, fmt.Errorf("mesh: reading host key: %w", err)
	}
	connections, err := c.Limits.connections(c.Strangers)
	if err != nil {
		return nil, fmt.Errorf("mesh: connection manager: %w", err)
	}
	resources, err := c.Limits.resources(names{c.Network}.message(), c.Strangers)
	if err != nil {
		return nil, fmt.Errorf("mesh: resource manager: %w", err)
	}
	book, err := pstoremem.NewPeerstore()
	if err != nil {
		return nil, fmt.Errorf("mesh: address book: %w", err)
	}
	options := []libp2p.Option{
		libp2p.Identity(key),
		libp2p.NoListenAddrs,
		// With port reuse a second process could listen on our port unnoticed and take half of our connections.
		libp2p.Transport(tcp.NewTCPTransport, tcp.DisableReuseport()),
		libp2p.Transport(quic.NewTransport),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer(yamux.ID, smallYamux()),
		libp2p.Peerstore(book),
		libp2p.ConnectionManager(connections),
		libp2p.ResourceManager(resources),
		libp2p.ConnectionGater(gate),
		libp2p.BandwidthReporter(bandwidth),
		libp2p.UserAgent(c.UserAgent),
		libp2p.ProtocolVersion("lot/1"),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
		libp2p.Ping(false), // membersHost has it
	}
	if c.NATMapping {
		options = append(options, libp2p.NATPortMap())
	}
	if len(c.Announce) > 0 {
		announce := multiaddrs(c.Announce)
		options = append(options, libp2p.AddrsFactory(func([]ma.Multiaddr) []ma.Multiaddr { return announce }))
	}
	h, err := libp2p.New(options...)
	if err != nil {
		return nil, fmt.Errorf("mesh: starting libp2p: %w", err)
	}
	return h, nil
}

// smallYamux lowers the window of a stream from 16 MiB to 1 MiB: a peer that is read slowly shall not fill our memory.
// At 100 ms of delay that still is 10 MiB/s.
func smallYamux() *yamux.Transport {
	small := *yamux.DefaultTransport
	small.MaxStreamWindowSize = 1 << 20
	return &small
}

// multiaddrs parses addresses that Config.validate has checked.
func multiaddrs(texts []string) []ma.Multiaddr {
	addrs := make([]ma.Multiaddr, 0, len(texts))
	for _, text := range texts {
		if addr, err := ma.NewMultiaddr(text); err == nil {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}
