package api

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// labelled is a counter with one label whose number of values is bounded by maxLabels.
type labelled struct {
	counters *prometheus.CounterVec

	mu   sync.Mutex
	seen map[string]bool
}

// newLabelled returns a counter without values.
func newLabelled(name, help, label string) *labelled {
	return &labelled{
		counters: prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label}),
		seen:     map[string]bool{},
	}
}

// add counts one.
func (l *labelled) add(value string) {
	l.counters.WithLabelValues(l.bounded(value)).Inc()
}

// bounded returns the value, or "other" if there are too many already.
func (l *labelled) bounded(value string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[value] {
		return value
	}
	if len(l.seen) == maxLabels {
		return "other"
	}
	l.seen[value] = true
	return value
}
