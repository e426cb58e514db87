package mesh

import (
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
)

// scoreParams weighs what peers do (gossipsub v1.1, section "Peer scoring"). In points:
//
//   - at most +20 for time in the mesh and for being first with messages;
//   - at most -40 for not forwarding what others forward, measured by forwarding and given as the application's score.
//     Gossipsub's own measure (P3) compares with a fixed rate and so punishes everybody in a silent network; it is off;
//   - -60 times the square of the rejected messages of the last minutes;
//   - -10 times the square of breaches of the protocol beyond six.
//
// The address counts for nothing: members are admitted by key, and several may be behind one home router.
func scoreParams(topics []string, t *trace) *pubsub.PeerScoreParams {
	params := &pubsub.PeerScoreParams{
		Topics:                    make(map[string]*pubsub.TopicScoreParams, len(topics)),
		TopicScoreCap:             20,
		AppSpecificScore:          t.forwarding.score,
		AppSpecificWeight:         1,
		BehaviourPenaltyWeight:    -10,
		BehaviourPenaltyThreshold: 6,
		BehaviourPenaltyDecay:     pubsub.ScoreParameterDecay(10 * time.Minute),
		DecayInterval:             time.Second,
		DecayToZero:               0.01,
		RetainScore:               30 * time.Minute,
		SeenMsgTTL:                gossipSeen,
	}
	for _, topic := range topics {
		params.Topics[topic] = topicScoreParams()
	}
	return params
}

func topicScoreParams() *pubsub.TopicScoreParams {
	return &pubsub.TopicScoreParams{
		TopicWeight:                    1,
		TimeInMeshWeight:               0.01,
		TimeInMeshQuantum:              time.Second,
		TimeInMeshCap:                  500,
		FirstMessageDeliveriesWeight:   0.5,
		FirstMessageDeliveriesDecay:    pubsub.ScoreParameterDecay(10 * time.Minute),
		FirstMessageDeliveriesCap:      20,
		InvalidMessageDeliveriesWeight: -60,
		InvalidMessageDeliveriesDecay:  pubsub.ScoreParameterDecay(10 * time.Minute),
	}
}

// scoreThresholds are placed so that a peer which only fails to forward loses its place in the mesh and still hears
// all: it may have no other link than ours, which looks the same from here.
func scoreThresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold:             -100,
		PublishThreshold:            -200,
		GraylistThreshold:           -300,
		AcceptPXThreshold:           1000, // no peer reaches it: addresses come from the DHT
		OpportunisticGraftThreshold: 1,
	}
}

// scores is the latest copy of gossip's scores.
type scores struct {
	mu     sync.Mutex
	byPeer map[peer.ID]float64
}

func (s *scores) update(latest map[peer.ID]float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byPeer = latest
}

func (s *scores) of(id peer.ID) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byPeer[id]
}
