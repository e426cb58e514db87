package bench

import "time"

// Spread is how long something took that happened often.
type Spread struct {
	Count  int     `json:"count"`
	MeanMs float64 `json:"mean_ms"`
	MaxMs  float64 `json:"max_ms"`

	total time.Duration
}

func (s *Spread) add(d time.Duration) {
	s.Count++
	s.total += d
	s.MeanMs = milliseconds(s.total) / float64(s.Count)
	s.MaxMs = max(s.MaxMs, milliseconds(d))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
