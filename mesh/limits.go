package mesh

import (
	"errors"
	"fmt"
	"time"

	libp2p "github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
)

// maxGossipBytes bounds a gossip RPC and with it any topic's messages.
const maxGossipBytes = 1 << 20

// ownSendBytes is what may wait for a peer however much waits for others: some hundred small messages.
const ownSendBytes = 256 << 10

// Limits bound memory, connections and rates. The zero value of each field stands for the default named there, which
// suits a small board behind a home router.
type Limits struct {
	// LowWater is how many connections are looked for, and kept when there are too many. Default 24.
	LowWater int
	// HighWater is the number of connections above which those of least use are closed. Default 40.
	HighWater int
	// Memory bounds what libp2p reserves for connections and streams, in bytes. Default 64 MiB.
	Memory int64

	// MaxMessage bounds one message of Send, in bytes. Default and maximum 1 MiB.
	MaxMessage int
	// SendQueue and SendQueueBytes bound what waits for one peer. Default 512 messages, 4 MiB.
	SendQueue, SendQueueBytes int
	// SendTotalBytes bounds what waits for all peers together, not counting the first 256 KiB for each: peers that do not
	// read must not keep others from being sent to. Of it one peer gets no more than is left for the others. Default 16 MiB.
	SendTotalBytes int64
	// ReceiveBytesPerSecond is the rate at which messages of one peer are read; a quicker peer is slowed down, not
	// cut off. Default 8 MiB/s.
	ReceiveBytesPerSecond int
	// StreamIdle is when an unused message stream is closed. Default 2 min.
	StreamIdle time.Duration
	// StreamStall is when a stream whose other end takes or gives nothing in the middle of a message is reset.
	// Default 30 s.
	StreamStall time.Duration

	// GossipPerSecond and GossipBytesPerSecond are what one peer may publish or forward to us; what is beyond is
	// dropped unseen, after a burst of twice as much. Default 2,000 messages, 2 MiB.
	GossipPerSecond, GossipBytesPerSecond int
	// ValidateQueue bounds the messages that wait for validation to begin. Default 256.
	ValidateQueue int
	// ValidateConcurrency bounds how many messages of all topics are validated at once. Default 512.
	ValidateConcurrency int
}

func (l Limits) withDefaults() Limits {
	setDefault(&l.LowWater, 24)
	setDefault(&l.HighWater, max(40, l.LowWater*5/3))
	setDefault(&l.Memory, 64<<20)
	setDefault(&l.MaxMessage, 1<<20)
	setDefault(&l.SendQueue, 512)
	setDefault(&l.SendQueueBytes, 4<<20)
	setDefault(&l.SendTotalBytes, 16<<20)
	setDefault(&l.ReceiveBytesPerSecond, 8<<20)
	setDefault(&l.StreamIdle, 2*time.Minute)
	setDefault(&l.StreamStall, 30*time.Second)
	setDefault(&l.GossipPerSecond, 2000)
	setDefault(&l.GossipBytesPerSecond, 2<<20)
	setDefault(&l.ValidateQueue, 256)
	setDefault(&l.ValidateConcurrency, 512)
	return l
}

func (l Limits) validate() (faults []error) {
	if l.LowWater < 1 || l.HighWater < l.LowWater {
		faults = append(faults, fmt.Errorf("Limits: LowWater %d, HighWater %d: want 1 <= low <= high", l.LowWater, l.HighWater))
	}
	if l.Memory < 16<<20 {
		faults = append(faults, fmt.Errorf("Limits: Memory %d: libp2p does not work with less than 16 MiB", l.Memory))
	}
	if l.MaxMessage < 1 || l.MaxMessage > 1<<20 {
		faults = append(faults, fmt.Errorf("Limits: MaxMessage %d, want 1 to %d", l.MaxMessage, 1<<20))
	}
	if l.SendQueue < 1 || l.SendQueueBytes < l.MaxMessage || l.SendTotalBytes < int64(l.SendQueueBytes) {
		faults = append(faults, errors.New("Limits: want SendQueue > 0 and MaxMessage <= SendQueueBytes <= SendTotalBytes"))
	}
	if min(l.ReceiveBytesPerSecond, l.GossipPerSecond, l.GossipBytesPerSecond, l.ValidateQueue, l.ValidateConcurrency) < 1 ||
		min(l.StreamIdle, l.StreamStall) <= 0 {
		faults = append(faults, errors.New("Limits: rates, durations and validation bounds must be positive"))
	}
	return faults
}

// connections builds the connection manager, which closes what is of least use. Strangers come on top: members do not make
// room for them.
func (l Limits) connections(strangers int) (*connmgr.BasicConnMgr, error) {
	return connmgr.NewConnManager(l.LowWater, l.HighWater+strangers, connmgr.WithGracePeriod(time.Minute))
}

// resources builds the resource manager, which refuses what is beyond the hard bounds. Connections may pass HighWater
// for a while (the connection manager trims in intervals), hence the factor of two.
func (l Limits) resources(message protocol.ID, strangers int) (network.ResourceManager, error) {
	scaled := rcmgr.DefaultLimits
	libp2p.SetDefaultServiceLimits(&scaled)
	conns := rcmgr.LimitVal(2 * (l.HighWater + strangers))
	partial := rcmgr.PartialLimitConfig{
		System: rcmgr.ResourceLimits{
			Memory: rcmgr.LimitVal64(l.Memory), Conns: conns, ConnsInbound: conns, ConnsOutbound: conns, FD: 2 * conns,
			Streams: 32 * conns, StreamsInbound: 16 * conns, StreamsOutbound: 16 * conns,
		},
		Transient: rcmgr.ResourceLimits{
			Memory: rcmgr.LimitVal64(l.Memory / 4), Conns: conns / 2, ConnsInbound: conns / 4, ConnsOutbound: conns / 2, FD: conns,
		},
		PeerDefault: rcmgr.ResourceLimits{
			Memory: rcmgr.LimitVal64(l.Memory / 4), Conns: 4, ConnsInbound: 4, ConnsOutbound: 4, FD: 4,
			Streams: 128, StreamsInbound: 64, StreamsOutbound: 64,
		},
		ProtocolPeer: map[protocol.ID]rcmgr.ResourceLimits{
			message: {Streams: 6, StreamsInbound: 4, StreamsOutbound: 2, Memory: rcmgr.LimitVal64(l.Memory / 8)},
		},
	}
	limiter := rcmgr.NewFixedLimiter(partial.Build(scaled.Scale(l.Memory, 256)))
	return rcmgr.NewResourceManager(limiter, rcmgr.WithMetricsDisabled())
}
