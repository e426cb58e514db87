package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// maxLabels is how many different values one label takes; what comes later counts as "other". Kinds and reasons come from
// peers in part, and every value costs memory here and in Prometheus.
const maxLabels = 48

// Metrics are the figures of a gateway for Prometheus. The node feeds counters and times through the methods, which may
// be called from any goroutine; the gauges are read from [Node.Status] at every scrape. It has a registry of its own.
type Metrics struct {
	registry *prometheus.Registry

	attached *labelled // by payload kind
	ordered  *labelled // by receipt status
	events   *labelled // refused, by reason
	readings *labelled // refused, by reason
	gossip   *labelled // by verdict

	step     prometheus.Histogram
	commit   prometheus.Histogram
	finality prometheus.Histogram
	ack      prometheus.Histogram

	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	streams  prometheus.Gauge
}

// NewMetrics returns metrics with their own registry and the collectors of the Go runtime and the process.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		attached: newLabelled("lot_events_attached_total", "Events that came into the graph, by payload kind.", "kind"),
		ordered:  newLabelled("lot_events_ordered_total", "Events that got their place in the order, by what came of them.", "status"),
		events:   newLabelled("lot_events_refused_total", "Events that were not taken, by reason.", "reason"),
		readings: newLabelled("lot_readings_refused_by_reason_total", "Readings that were not taken, by reason.", "reason"),
		gossip:   newLabelled("lot_gossip_messages_total", "Gossip messages, by verdict.", "verdict"),
		step:     newHistogram("lot_step_seconds", "Time of one step of the engine.", 1e-6, 4, 12),
		commit:   newHistogram("lot_store_commit_seconds", "Time of one synced write of a step's changes.", 1e-5, 3, 12),
		finality: newHistogram("lot_finality_seconds", "Time from an event's arrival to its place in the order.", 0.01, 1.6, 18),
		ack:      newHistogram("lot_reading_ack_seconds", "Time from a reading's arrival to its acknowledgement.", 1e-4, 2.5, 12),
		streams:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "lot_http_streams", Help: "Open event streams."}),
	}
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lot_http_requests_total", Help: "Answered HTTP requests."}, []string{"route", "code"})
	m.latency = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "lot_http_request_seconds", Help: "Time of HTTP requests, event streams included.", Buckets: prometheus.ExponentialBuckets(1e-4, 4, 10),
	}, []string{"route"})
	m.registry.MustRegister(m.attached.counters, m.ordered.counters, m.events.counters, m.readings.counters, m.gossip.counters,
		m.step, m.commit, m.finality, m.ack, m.requests, m.latency, m.streams,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// newHistogram returns a histogram in seconds with count buckets from start on, each factor times the one before.
func newHistogram(name, help string, start, factor float64, count int) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(start, factor, count)})
}

// EventAttached counts an event that came into the graph; a witness event has the kind "".
func (m *Metrics) EventAttached(kind string) {
	if kind == "" {
		kind = "witness"
	}
	m.attached.add(kind)
}

// EventOrdered counts an event that got its place in the order (or became void), by what came of it.
func (m *Metrics) EventOrdered(status EventState) { m.ordered.add(string(status)) }

// EventRefused counts an event that was not taken, by a short reason such as "signature".
func (m *Metrics) EventRefused(reason string) { m.events.add(reason) }

// ReadingRefused counts a reading that was not taken, by a short reason such as "replay".
func (m *Metrics) ReadingRefused(reason string) { m.readings.add(reason) }

// GossipJudged counts a gossip message by its verdict: accept, ignore or reject.
func (m *Metrics) GossipJudged(verdict string) { m.gossip.add(verdict) }

// StepTook records the time of one step of the engine.
func (m *Metrics) StepTook(d time.Duration) { m.step.Observe(d.Seconds()) }

// CommitTook records the time of one synced write.
func (m *Metrics) CommitTook(d time.Duration) { m.commit.Observe(d.Seconds()) }

// FinalityTook records the time from an event's arrival to its place in the order.
func (m *Metrics) FinalityTook(d time.Duration) { m.finality.Observe(d.Seconds()) }

// AckTook records the time from a reading's arrival to its acknowledgement.
func (m *Metrics) AckTook(d time.Duration) { m.ack.Observe(d.Seconds()) }

// Register adds a collector of another part of the node, such as the mesh.
func (m *Metrics) Register(c prometheus.Collector) error { return m.registry.Register(c) }

// Handler serves the metrics. A gauge that cannot be read is left out and does not spoil the others.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// served records an HTTP request; route is the pattern of its route.
func (m *Metrics) served(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(route).Observe(took.Seconds())
}
