package mesh

import (
	"context"
	"fmt"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
)

// Verdict is what a validator says of a message.
type Verdict uint8

const (
	// Ignore drops a message that cannot be judged, or not now, and blames nobody. Within a minute gossip does not bring it
	// again; later it is judged anew if a peer publishes it anew.
	Ignore Verdict = iota
	// Accept delivers and forwards it.
	Accept
	// Reject drops a message that is provably bad and lowers the score of the peer that forwarded it: twice within
	// ten minutes and it is told nothing more, three times and nothing of it is read.
	Reject
)

// Validator judges a message of another peer. It is called from many goroutines at once, as many as Topic.Concurrency
// allows, and may wait for others in order to check signatures in batches. The value goes to Deliver, so that a message
// is decoded once. from is the peer that forwarded it, seldom the one that wrote it.
type Validator func(ctx context.Context, from string, data []byte) (verdict Verdict, value any)

// Message is one accepted message of another peer.
type Message struct {
	// From is the peer that forwarded it.
	From string
	// Data is the message as received. It is shared with gossip's cache and must not be changed.
	Data []byte
	// Value is what the validator made of it.
	Value any
}

// Deliver takes the accepted messages of one topic, one at a time. While it does not return, messages wait in a bounded
// queue; beyond that they are dropped, counted in TopicStats.Overflowed, and come only by an exchange between peers.
type Deliver func(Message)

// topic is one of Config.Topics.
type topic struct {
	m         *Mesh
	config    Topic
	wire      string
	counts    topicCounters
	validator Validator
	deliver   Deliver
	queue     *queue[Message]
	gossip    *pubsub.Topic // nil until joined
}

func newTopics(m *Mesh) map[string]*topic {
	topics := make(map[string]*topic, len(m.cfg.Topics))
	for _, config := range m.cfg.Topics {
		topics[config.Name] = &topic{m: m, config: config, wire: m.names.topic(config.Name)}
	}
	return topics
}

// Join takes part in a topic of Config.Topics: messages of others are validated, forwarded and delivered. Own messages
// are neither validated nor delivered. It must be called before Start, once for a topic.
func (m *Mesh) Join(name string, validator Validator, deliver Deliver) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.settable(); err != nil {
		return err
	}
	t := m.topics[name]
	switch {
	case t == nil:
		return fmt.Errorf("%w: %q is not in Config.Topics", ErrUnknownTopic, name)
	case t.gossip != nil || validator == nil || deliver == nil:
		return fmt.Errorf("%w: topic %q joined twice, or without validator or receiver", ErrConfig, name)
	}
	t.validator, t.deliver = validator, deliver
	t.queue = newQueue[Message](t.config.Queue, t.config.QueueBytes, nil)
	return t.join()
}

func (t *topic) join() (err error) {
	err = t.m.gossip.RegisterTopicValidator(t.wire, t.judge, pubsub.WithValidatorConcurrency(t.config.Concurrency))
	if err != nil {
		return fmt.Errorf("mesh: registering validator of topic %q: %w", t.config.Name, err)
	}
	if t.gossip, err = t.m.gossip.Join(t.wire); err != nil {
		return fmt.Errorf("mesh: joining topic %q: %w", t.config.Name, err)
	}
	// A relay takes part in the topic like a subscription, without a second queue beside ours.
	if _, err = t.gossip.Relay(); err != nil {
		return fmt.Errorf("mesh: relaying topic %q: %w", t.config.Name, err)
	}
	t.m.spawn(t.pump)
	return nil
}

// judge adapts the validator to gossip and queues what it accepts.
func (t *topic) judge(ctx context.Context, from peer.ID, message *pubsub.Message) pubsub.ValidationResult {
	if from == t.m.host.ID() {
		return pubsub.ValidationAccept
	}
	data := message.GetData()
	if len(data) > t.config.MaxBytes {
		t.counts.rejected.Add(1)
		return pubsub.ValidationReject
	}
	verdict, value := t.validator(ctx, from.String(), data)
	switch verdict {
	case Accept:
		t.counts.accepted.Add(1)
		if !t.queue.push(Message{From: from.String(), Data: data, Value: value}, len(data)) {
			t.counts.overflowed.Add(1)
		}
		return pubsub.ValidationAccept
	case Reject:
		t.counts.rejected.Add(1)
		return pubsub.ValidationReject
	default:
		t.counts.ignored.Add(1)
		return pubsub.ValidationIgnore
	}
}

// pump delivers until the mesh closes.
func (t *topic) pump() {
	for {
		message, ok := t.queue.pop(t.m.ctx, 0)
		if !ok {
			return
		}
		t.deliver(message)
	}
}

// Publish gives a message to the peers of a topic. With ErrNoPeers nobody was there to take it: it was not published and
// may be published again once there is. Messages are known by their content: publishing the same bytes again within a
// minute does nothing. data must not be changed afterwards.
func (m *Mesh) Publish(ctx context.Context, name string, data []byte) error {
	t := m.topics[name]
	if t == nil || t.gossip == nil {
		return fmt.Errorf("%w: %q", ErrUnknownTopic, name)
	}
	if len(data) > t.config.MaxBytes {
		return fmt.Errorf("%w: message of %d bytes on topic %q, %d are allowed", ErrTooLarge, len(data), name, t.config.MaxBytes)
	}
	if m.ctx.Err() != nil {
		return ErrClosed
	}
	// Without a mesh peer gossip would take the message and keep it to itself.
	if m.trace.meshSize(t.wire) == 0 {
		t.counts.unsent.Add(1)
		return fmt.Errorf("%w: topic %q", ErrNoPeers, name)
	}
	if err := t.gossip.Publish(ctx, data); err != nil {
		return fmt.Errorf("mesh: publishing on topic %q: %w", name, err)
	}
	t.counts.published.Add(1)
	return nil
}
