package mesh

import (
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// PeerInfo describes a peer that is ready.
type PeerInfo struct {
	// ID is the peer's id.
	ID string
	// Address is the far end of the connection; Addresses are those it says it can be reached at.
	Address   string
	Addresses []string
	// Inbound tells who dialed: true if the peer did.
	Inbound bool
	// Transport is "quic" or "tcp".
	Transport string
	// Static tells whether the peer is configured, and so never given up.
	Static bool
	// UserAgent is what the peer says it runs.
	UserAgent string
	// Since is when it became ready.
	Since time.Time
	// Latency is the smoothed round-trip time, or 0 until it was measured.
	Latency time.Duration
	// BytesIn and BytesOut were exchanged since Start.
	BytesIn, BytesOut int64
	// Score is gossip's opinion, refreshed every second: below 0 it is kept out of the mesh, below -100 it is told
	// nothing, below -300 nothing of it is read.
	Score float64
	// Topics are those for which we and the peer are in each other's gossip mesh, sorted.
	Topics []string
}

// Peers lists the peers that are ready, in a stable order.
func (m *Mesh) Peers() []PeerInfo {
	ids, since := m.watch.list()
	infos := make([]PeerInfo, 0, len(ids))
	for _, id := range ids {
		conns := m.host.Network().ConnsToPeer(id)
		if len(conns) > 0 {
			infos = append(infos, m.describe(id, conns[0], since[id]))
		}
	}
	return infos
}

func (m *Mesh) describe(id peer.ID, conn network.Conn, since time.Time) PeerInfo {
	book := m.host.Peerstore()
	traffic := m.bandwidth.GetBandwidthForPeer(id)
	info := PeerInfo{
		ID:        id.String(),
		Address:   conn.RemoteMultiaddr().String(),
		Addresses: fullAddresses(id, book.Addrs(id)),
		Inbound:   conn.Stat().Direction == network.DirInbound,
		Transport: transportOf(conn.RemoteMultiaddr()),
		Static:    m.gate.static[id],
		Since:     since,
		Latency:   book.LatencyEWMA(id),
		BytesIn:   traffic.TotalIn,
		BytesOut:  traffic.TotalOut,
		Score:     m.scores.of(id),
		Topics:    m.trace.topicsOf(id),
	}
	if agent, err := book.Get(id, "AgentVersion"); err == nil {
		info.UserAgent, _ = agent.(string)
	}
	return info
}

func transportOf(addr ma.Multiaddr) string {
	if _, err := addr.ValueForProtocol(ma.P_QUIC_V1); err == nil {
		return "quic"
	}
	return "tcp"
}

// ID returns our own peer id.
func (m *Mesh) ID() string { return m.host.ID().String() }

// Addresses returns our own addresses, each with our peer id at its end, ready to be given to others.
func (m *Mesh) Addresses() []string { return fullAddresses(m.host.ID(), m.host.Addrs()) }

// Connect dials a peer at an address that ends in /p2p/<peer id>, and waits until it is connected.
func (m *Mesh) Connect(address string) error {
	info, err := parseAddress(address)
	if err != nil {
		return err
	}
	return m.redial.dial(info)
}

// Recheck closes the connections to peers that Config.Admit no longer admits. Strangers may finish what they came for.
func (m *Mesh) Recheck() {
	for _, conn := range m.host.Network().Conns() {
		if !m.gate.admits(conn.RemotePeer()) && !m.gate.strangers.has(conn) {
			_ = conn.CloseWithError(network.ConnGated)
		}
	}
}
