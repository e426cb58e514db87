package api

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// scrapeTimeout is how long a scrape waits for the status.
const scrapeTimeout = 3 * time.Second

// gauge reads one figure from the status.
type gauge struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(*Status) float64
}

// statusCollector reads the status once for all its gauges at every scrape.
type statusCollector struct {
	backend Node
	gauges  []gauge
	member  *prometheus.Desc
	build   *prometheus.Desc
}

// watch registers the gauges of a backend. It fails if the metrics watch one already.
func (m *Metrics) watch(backend Node) error {
	c := &statusCollector{
		backend: backend,
		gauges:  append(nodeGauges(), ledgerGauges()...),
		member:  prometheus.NewDesc("lot_committee_member_live", "Whether a committee member is live.", []string{"member", "key"}, nil),
		build:   prometheus.NewDesc("lot_build_info", "The program that is running.", []string{"version", "revision", "go"}, nil),
	}
	if err := m.registry.Register(c); err != nil {
		return fmt.Errorf("register the gauges of the status: %w", err)
	}
	return nil
}

// Describe implements prometheus.Collector.
func (c *statusCollector) Describe(out chan<- *prometheus.Desc) {
	for _, g := range c.gauges {
		out <- g.desc
	}
	out <- c.member
	out <- c.build
}

// Collect implements prometheus.Collector.
func (c *statusCollector) Collect(out chan<- prometheus.Metric) {
	version := c.backend.Version()
	out <- prometheus.MustNewConstMetric(c.build, prometheus.GaugeValue, 1, version.Version, version.Revision, version.Go)
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	status, err := c.backend.Status(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(c.gauges[0].desc, fmt.Errorf("read the status: %w", err))
		return
	}
	for _, g := range c.gauges {
		out <- prometheus.MustNewConstMetric(g.desc, g.kind, g.read(&status))
	}
	for _, m := range status.Committee.Members {
		out <- prometheus.MustNewConstMetric(c.member, prometheus.GaugeValue, truth(m.Live), m.Name, m.Key.String())
	}
}

// newGauge describes a figure that goes up and down.
func newGauge(name, help string, read func(*Status) float64) gauge {
	return gauge{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, read}
}

// newCount describes a figure that only rises.
func newCount(name, help string, read func(*Status) float64) gauge {
	return gauge{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, read}
}

// truth returns 1 for true.
func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func nodeGauges() []gauge {
	return []gauge{
		newGauge("lot_in_sync", "Whether the gateway is in sync.", func(s *Status) float64 { return truth(s.Sync.InSync) }),
		newGauge("lot_peers", "Connected peers.", func(s *Status) float64 { return float64(s.Peers) }),
		newGauge("lot_storage_bytes", "Size of the data folder.", func(s *Status) float64 { return float64(s.Storage.Bytes) }),
		newGauge("lot_storage_free_bytes", "Free space on its disk.", func(s *Status) float64 { return float64(s.Storage.Free) }),
		newGauge("lot_warnings", "Warnings that `lot status` shows.", func(s *Status) float64 { return float64(len(s.Warnings)) }),
		newCount("lot_readings_stored_total", "Readings on disk.", func(s *Status) float64 { return float64(s.Readings.Stored) }),
		newCount("lot_readings_anchored_total", "Readings in an anchor event.", func(s *Status) float64 { return float64(s.Readings.Anchored) }),
		newCount("lot_readings_final_total", "Readings whose anchor is final.", func(s *Status) float64 { return float64(s.Readings.Final) }),
		newCount("lot_readings_refused_total", "Readings that were not taken.", func(s *Status) float64 { return float64(s.Readings.Refused) }),
	}
}

func ledgerGauges() []gauge {
	return []gauge{
		newGauge("lot_ledger_events", "Events in the graph.", func(s *Status) float64 { return float64(s.Ledger.Events) }),
		newCount("lot_ledger_ordered_total", "Events with a place in the order.", func(s *Status) float64 { return float64(s.Ledger.Ordered) }),
		newCount("lot_ledger_commits_total", "Committed leaders.", func(s *Status) float64 { return float64(s.Ledger.Commits) }),
		newGauge("lot_ledger_time_seconds", "Ledger time, since the Unix epoch.", func(s *Status) float64 { return float64(s.Ledger.LedgerTime) / 1000 }),
		newGauge("lot_ledger_last_commit_age_seconds", "Time since the newest commit.", func(s *Status) float64 { return float64(s.Ledger.LastCommitMsAgo) / 1000 }),
		newGauge("lot_ledger_epoch", "Current epoch.", func(s *Status) float64 { return float64(s.Ledger.Epoch) }),
		newGauge("lot_ledger_round", "Highest round seen.", func(s *Status) float64 { return float64(s.Ledger.Round) }),
		newGauge("lot_ledger_tips", "Events that nothing approves yet.", func(s *Status) float64 { return float64(s.Ledger.Tips) }),
		newGauge("lot_ledger_open", "Events with a payload that are not final yet.", func(s *Status) float64 { return float64(s.Ledger.Open) }),
		newGauge("lot_ledger_waiting", "Events that wait for a parent.", func(s *Status) float64 { return float64(s.Ledger.Waiting) }),
		newGauge("lot_finality_median_seconds", "Median time to finality of recent events.", func(s *Status) float64 { return s.Finality.MedianMs / 1000 }),
		newGauge("lot_finality_p99_seconds", "99th percentile of it.", func(s *Status) float64 { return s.Finality.P99Ms / 1000 }),
		newGauge("lot_committee_weight", "Weight of the committee.", func(s *Status) float64 { return float64(s.Committee.Weight) }),
		newGauge("lot_committee_live_weight", "Weight of its live members.", func(s *Status) float64 { return float64(s.Committee.Live) }),
		newGauge("lot_checkpoint_size", "Leaves that the newest checkpoint covers.", func(s *Status) float64 { return float64(s.Checkpoint.Size) }),
		newGauge("lot_checkpoint_signed_weight", "Weight that signed it.", func(s *Status) float64 { return float64(s.Checkpoint.SignedWeight) }),
	}
}
