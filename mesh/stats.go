package mesh

import "sync/atomic"

// counter is a number that only grows.
type counter struct{ atomic.Uint64 }

// TopicStats counts the messages of one topic since Start. All fields only grow.
type TopicStats struct {
	// Published are our own messages that were given to at least one peer, Unsent those that found none.
	Published, Unsent uint64
	// Accepted, Ignored and Rejected are the validator's verdicts on messages of others; what is larger than the
	// topic allows counts as rejected.
	Accepted, Ignored, Rejected uint64
	// Overflowed were accepted and forwarded, but found no place in the delivery queue.
	Overflowed uint64
	// Throttled were dropped before validation because too many others waited for it.
	Throttled uint64
	// Duplicates came again from another peer.
	Duplicates uint64
}

// Stats is a snapshot of everything a mesh counts. All but the gauges only grow.
type Stats struct {
	// Topics by the name in Config.Topics.
	Topics map[string]TopicStats
	// RateLimited are gossip messages dropped because their peer sent too many.
	RateLimited uint64
	// DroppedRPCs are gossip packets dropped because a peer took them too slowly.
	DroppedRPCs uint64
	// Refused are inbound connections of peers that are not admitted.
	Refused uint64
	// Sent and SentBytes were written to message streams; Lost were queued and then lost with a connection.
	Sent, SentBytes, Lost uint64
	// Received and ReceivedBytes were handed to the handler.
	Received, ReceivedBytes uint64
	// BrokenStreams are inbound message streams cut off for a frame that was oversized, incomplete or garbage.
	BrokenStreams uint64
	// Requests and Served count answered requests, made and taken; Busy those turned away for their number.
	Requests, Served, Busy uint64
	// Queued is a gauge: bytes that wait to be sent.
	Queued int64
	// Ready is a gauge: peers that are ready.
	Ready int
	// BytesIn and BytesOut are all bytes on the wire above TCP and QUIC; RateIn and RateOut bytes per second.
	BytesIn, BytesOut int64
	RateIn, RateOut   float64
}

// topicCounters is what TopicStats is taken from.
type topicCounters struct {
	published, unsent, accepted, ignored, rejected, overflowed, throttled, duplicates counter
}

func (c *topicCounters) snapshot() TopicStats {
	return TopicStats{
		Published: c.published.Load(), Unsent: c.unsent.Load(),
		Accepted: c.accepted.Load(), Ignored: c.ignored.Load(), Rejected: c.rejected.Load(),
		Overflowed: c.overflowed.Load(), Throttled: c.throttled.Load(), Duplicates: c.duplicates.Load(),
	}
}

// streamCounters counts messages and requests.
type streamCounters struct {
	sent, sentBytes, lost, received, receivedBytes, broken, requests, served, busy counter
}

// Stats returns a snapshot for metrics.
func (m *Mesh) Stats() Stats {
	totals := m.bandwidth.GetBandwidthTotals()
	s := Stats{
		Topics:      make(map[string]TopicStats),
		Refused:     m.gate.refused.Load(),
		Sent:        m.counts.sent.Load(),
		SentBytes:   m.counts.sentBytes.Load(),
		Lost:        m.counts.lost.Load(),
		Received:    m.counts.received.Load(),
		Requests:    m.counts.requests.Load(),
		Served:      m.counts.served.Load(),
		Busy:        m.counts.busy.Load(),
		Queued:      m.sender.budget.used(),
		Ready:       m.watch.count(),
		BytesIn:     totals.TotalIn,
		BytesOut:    totals.TotalOut,
		RateIn:      totals.RateIn,
		RateOut:     totals.RateOut,
		RateLimited: m.flow.limited.Load(),
		DroppedRPCs: m.trace.droppedRPCs.Load(),
	}
	s.ReceivedBytes, s.BrokenStreams = m.counts.receivedBytes.Load(), m.counts.broken.Load()
	for name, t := range m.topics {
		s.Topics[name] = t.counts.snapshot()
	}
	return s
}
