package mesh

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
)

const (
	// gossipHeartbeat is how often gossip mends its mesh; a new peer waits for it, so it is half of the usual second.
	gossipHeartbeat = 500 * time.Millisecond
	// gossipSeen is how long a message is known as seen. It must outlast its forwarding by far.
	gossipSeen = time.Minute
	// largeMessage is the size from which peers tell each other not to send what they have. Below it they do not, and
	// who forwards can be seen.
	largeMessage = 16 << 10
)

// newGossip builds gossipsub without signatures and authors: what we carry is signed by itself.
func newGossip(ctx context.Context, h host.Host, c Config, t *trace, f *flow, s *scores) (*pubsub.PubSub, error) {
	own := make([]string, 0, len(c.Topics))
	for _, topic := range c.Topics {
		own = append(own, names{c.Network}.topic(topic.Name))
	}
	subscriptions := pubsub.WrapLimitSubscriptionFilter(pubsub.NewAllowlistSubscriptionFilter(own...), 2*len(own)+1)
	g, err := pubsub.NewGossipSub(ctx, h,
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(contentID),
		pubsub.WithGossipSubParams(gossipParams()),
		pubsub.WithFloodPublish(false),
		pubsub.WithMaxMessageSize(maxGossipBytes+4096),
		pubsub.WithSeenMessagesTTL(gossipSeen),
		pubsub.WithPeerOutboundQueueSize(256),
		pubsub.WithValidateQueueSize(c.Limits.ValidateQueue),
		pubsub.WithValidateThrottle(c.Limits.ValidateConcurrency),
		pubsub.WithSubscriptionFilter(subscriptions),
		pubsub.WithAppSpecificRpcInspector(f.inspect),
		pubsub.WithRawTracer(t),
		pubsub.WithPeerScore(scoreParams(own, t), scoreThresholds()),
		pubsub.WithPeerScoreInspect(s.update, time.Second),
		pubsub.WithLogger(slog.New(quietHandler{c.Logger.Handler()})),
	)
	if err != nil {
		return nil, fmt.Errorf("mesh: starting gossip: %w", err)
	}
	return g, nil
}

// gossipParams keeps a mesh of 4 peers (3 to 6) where 6 (5 to 12) are usual: a small gateway pays for every copy of a message
// with its line and its processor (with 16 hosts 2 copies of each instead of 9), and what a thinner mesh misses comes by
// IHAVE and by the exchange between peers. The history covers as much time as usual.
func gossipParams() pubsub.GossipSubParams {
	params := pubsub.DefaultGossipSubParams()
	params.HeartbeatInterval = gossipHeartbeat
	params.D, params.Dlo, params.Dhi, params.Dout, params.Dscore = 4, 3, 6, 1, 2
	params.HistoryLength = 10
	params.HistoryGossip = 6
	params.IDontWantMessageThreshold = largeMessage
	return params
}

// contentID names a message by its topic and content: without authors there is nothing else, and the cache of seen
// messages is one for all topics.
func contentID(message *pb.Message) string {
	hash := sha256.New()
	hash.Write([]byte(message.GetTopic()))
	hash.Write([]byte{0})
	hash.Write(message.GetData())
	return string(hash.Sum(nil))
}
