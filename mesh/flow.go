package mesh

import (
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"
)

// flow bounds what one peer can make us look at. It works before a message is hashed, and leaves the rest of a packet,
// gossip's own control, alone.
type flow struct {
	perSecond, bytesPerSecond int
	limited                   counter

	mu    sync.Mutex
	peers map[peer.ID]*flowLimit
}

type flowLimit struct{ messages, bytes *rate.Limiter }

func newFlow(l Limits) *flow {
	return &flow{perSecond: l.GossipPerSecond, bytesPerSecond: l.GossipBytesPerSecond, peers: make(map[peer.ID]*flowLimit)}
}

// inspect is called by gossip for every packet and cuts off the messages beyond the peer's rate.
func (f *flow) inspect(from peer.ID, packet *pubsub.RPC) error {
	if len(packet.Publish) == 0 {
		return nil
	}
	limit, now := f.of(from), time.Now()
	for i, message := range packet.Publish {
		if !limit.messages.AllowN(now, 1) || !limit.bytes.AllowN(now, len(message.GetData())) {
			f.limited.Add(uint64(len(packet.Publish) - i))
			packet.Publish = packet.Publish[:i]
			return nil
		}
	}
	return nil
}

func (f *flow) of(id peer.ID) *flowLimit {
	f.mu.Lock()
	defer f.mu.Unlock()
	limit := f.peers[id]
	if limit == nil {
		limit = &flowLimit{
			messages: rate.NewLimiter(rate.Limit(f.perSecond), 2*f.perSecond),
			bytes:    rate.NewLimiter(rate.Limit(f.bytesPerSecond), max(2*f.bytesPerSecond, maxGossipBytes)),
		}
		f.peers[id] = limit
	}
	return limit
}

func (f *flow) forget(id peer.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.peers, id)
}
