package mesh

import (
	"net/netip"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/time/rate"
)

// strangerStay is how long a connection of a stranger lasts at most: long enough to ask a few questions over a slow line.
const strangerStay = 30 * time.Second

// strangers are the connections of peers that are not admitted. There are at most limit, one for each peer and half of them from
// one address, so that nobody alone keeps the others out; each is cut after a while, whatever it is used for. In the long run a
// quarter of limit is let in per second, because libp2p remembers every peer that it met for a while.
type strangers struct {
	limit int
	stay  time.Duration
	rate  *rate.Limiter

	mu          sync.Mutex
	connections map[network.Conn]*time.Timer
	origins     map[netip.Prefix]int
}

func newStrangers(limit int, stay time.Duration) *strangers {
	return &strangers{limit: limit, stay: stay, rate: rate.NewLimiter(rate.Limit(limit)/4, limit), connections: make(map[network.Conn]*time.Timer), origins: make(map[netip.Prefix]int)}
}

// enter takes a connection in, unless there are too many.
func (s *strangers) enter(conn network.Conn) bool {
	origin := originOf(conn.RemoteMultiaddr())
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.connections) >= s.limit || s.origins[origin] >= max(1, s.limit/2) {
		return false
	}
	for other := range s.connections {
		if other.RemotePeer() == conn.RemotePeer() {
			return false
		}
	}
	if !s.rate.Allow() {
		return false
	}
	s.origins[origin]++
	s.connections[conn] = time.AfterFunc(s.stay, func() { _ = conn.CloseWithError(network.ConnGated) })
	return true
}

// leave lets go of a connection that has ended; of one that is no stranger's it knows nothing.
func (s *strangers) leave(conn network.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	timer, known := s.connections[conn]
	if !known {
		return
	}
	timer.Stop()
	delete(s.connections, conn)
	origin := originOf(conn.RemoteMultiaddr())
	if s.origins[origin]--; s.origins[origin] == 0 {
		delete(s.origins, origin)
	}
}

func (s *strangers) has(conn network.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections[conn] != nil
}

func (s *strangers) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.connections)
}

// originOf returns where a connection comes from: the address, of IPv6 the network that one line usually has. What is no IP address
// counts as one origin.
func originOf(address ma.Multiaddr) netip.Prefix {
	ip, err := manet.ToIP(address)
	if err != nil {
		return netip.Prefix{}
	}
	parsed, _ := netip.AddrFromSlice(ip)
	parsed = parsed.Unmap()
	bits := 64
	if parsed.Is4() {
		bits = 32
	}
	prefix, _ := parsed.Prefix(bits)
	return prefix
}
