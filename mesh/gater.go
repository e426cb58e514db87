package mesh

import (
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// gater keeps everybody out who is not a member: no dial to a stranger, and an inbound stranger is cut off as soon as
// the handshake has shown who it is, before it can open a stream. A pre-shared key would do so a step earlier, but works
// on TCP and WebSocket only. Where Config.Strangers lets some in, membersHost keeps them to the protocols that are theirs.
type gater struct {
	admit     func(peer string) bool
	static    map[peer.ID]bool
	strangers *strangers
	refused   counter
}

var _ connmgr.ConnectionGater = (*gater)(nil)

// admits tells whether the peer may be spoken to.
func (g *gater) admits(id peer.ID) bool { return g.static[id] || g.admit(id.String()) }

// InterceptPeerDial implements connmgr.ConnectionGater.
func (g *gater) InterceptPeerDial(id peer.ID) bool { return g.admits(id) }

// InterceptAddrDial implements connmgr.ConnectionGater; which address it is does not matter.
func (g *gater) InterceptAddrDial(peer.ID, ma.Multiaddr) bool { return true }

// InterceptAccept implements connmgr.ConnectionGater. It cannot know yet who it is; the resource manager bounds how many may be in this state.
func (g *gater) InterceptAccept(network.ConnMultiaddrs) bool { return true }

// InterceptSecured implements connmgr.ConnectionGater: the handshake has shown who it is.
func (g *gater) InterceptSecured(direction network.Direction, id peer.ID, _ network.ConnMultiaddrs) bool {
	if g.admits(id) || direction == network.DirInbound && g.strangers.limit > 0 {
		return true
	}
	g.refused.Add(1)
	return false
}

// InterceptUpgraded implements connmgr.ConnectionGater. A stranger for whom there is no place is told so here: only now is there a
// connection to say it on.
func (g *gater) InterceptUpgraded(conn network.Conn) (bool, control.DisconnectReason) {
	if g.admits(conn.RemotePeer()) || g.strangers.enter(conn) {
		return true, 0
	}
	g.refused.Add(1)
	return false, 0
}
