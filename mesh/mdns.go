package mesh

import (
	"io"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
)

// HandlePeerFound takes a peer that announced itself on the local network. Anybody there can announce anything, so it is
// a candidate only if it is a member, and the handshake shows whether it is who it says.
func (r *redial) HandlePeerFound(info peer.AddrInfo) { r.add(info, false) }

// startMDNS announces us on the local network and listens for others. A machine without multicast works without it.
func (m *Mesh) startMDNS() io.Closer {
	if !m.cfg.MDNS {
		return nil
	}
	service := mdns.NewMdnsService(m.host, m.names.mdns(), m.redial)
	if err := service.Start(); err != nil {
		m.log.Warn("members on the local network are not found by themselves: multicast DNS does not start; configure their addresses", "err", err)
		_ = service.Close()
		return nil
	}
	return service
}
