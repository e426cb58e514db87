package mesh

import (
	"slices"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// trace hears what gossip does, counts it, and keeps the mesh as gossip has it. Gossip calls it from its own goroutines.
type trace struct {
	self        peer.ID
	forwarding  *forwarding
	byWire      map[string]*topic
	droppedRPCs counter
}

var _ pubsub.RawTracer = (*trace)(nil)

// meshSize is the number of peers that take our messages on the topic.
func (t *trace) meshSize(wire string) int {
	t.forwarding.mu.Lock()
	defer t.forwarding.mu.Unlock()
	return len(t.forwarding.mesh[wire])
}

// topicsOf names the topics in whose mesh the peer is, sorted.
func (t *trace) topicsOf(id peer.ID) []string {
	t.forwarding.mu.Lock()
	defer t.forwarding.mu.Unlock()
	var found []string
	for wire, peers := range t.forwarding.mesh {
		if _, ok := peers[id]; ok && t.byWire[wire] != nil {
			found = append(found, t.byWire[wire].config.Name)
		}
	}
	slices.Sort(found)
	return found
}

// Graft implements pubsub.RawTracer.
func (t *trace) Graft(id peer.ID, wire string) { t.forwarding.graft(id, wire) }

// Prune implements pubsub.RawTracer.
func (t *trace) Prune(id peer.ID, wire string) { t.forwarding.prune(id, wire) }

// OnClosedOutboundStream implements pubsub.RawTracer: the peer is gone from every mesh.
func (t *trace) OnClosedOutboundStream(id peer.ID) { t.forwarding.gone(id) }

// ValidateMessage implements pubsub.RawTracer: the first copy of a message.
func (t *trace) ValidateMessage(message *pubsub.Message) {
	if message.ReceivedFrom != t.self && len(message.GetData()) < largeMessage {
		t.forwarding.begin(message.ID, message.GetTopic(), message.ReceivedFrom)
	}
}

// DuplicateMessage implements pubsub.RawTracer.
func (t *trace) DuplicateMessage(message *pubsub.Message) {
	t.forwarding.copied(message.ID, message.ReceivedFrom)
	if topic := t.byWire[message.GetTopic()]; topic != nil {
		topic.counts.duplicates.Add(1)
	}
}

// DeliverMessage implements pubsub.RawTracer.
func (t *trace) DeliverMessage(message *pubsub.Message) { t.forwarding.accepted(message.ID) }

// RejectMessage implements pubsub.RawTracer.
func (t *trace) RejectMessage(message *pubsub.Message, reason string) {
	topic := t.byWire[message.GetTopic()]
	if topic != nil && (reason == pubsub.RejectValidationQueueFull || reason == pubsub.RejectValidationThrottled) {
		topic.counts.throttled.Add(1)
	}
}

// DropRPC implements pubsub.RawTracer.
func (t *trace) DropRPC(*pubsub.RPC, peer.ID) { t.droppedRPCs.Add(1) }

// OnNewOutboundStream implements pubsub.RawTracer.
func (t *trace) OnNewOutboundStream(peer.ID, protocol.ID) {}

// Join implements pubsub.RawTracer.
func (t *trace) Join(string) {}

// Leave implements pubsub.RawTracer.
func (t *trace) Leave(string) {}

// ThrottlePeer implements pubsub.RawTracer.
func (t *trace) ThrottlePeer(peer.ID) {}

// RecvRPC implements pubsub.RawTracer.
func (t *trace) RecvRPC(*pubsub.RPC) {}

// SendRPC implements pubsub.RawTracer.
func (t *trace) SendRPC(*pubsub.RPC, peer.ID) {}

// UndeliverableMessage implements pubsub.RawTracer.
func (t *trace) UndeliverableMessage(*pubsub.Message) {}
