package report

import "slices"

// microseconds of virtual time make a second.
const microseconds = 1e6

// Spread tells how a time is spread over many events, in seconds. It is all zero if Count is 0.
type Spread struct {
	Count  int     `json:"count"`
	Mean   float64 `json:"mean_s"`
	Median float64 `json:"median_s"`
	P95    float64 `json:"p95_s"`
	P99    float64 `json:"p99_s"`
	Most   float64 `json:"most_s"`
}

// spreadOf sorts times in microseconds and returns how they are spread.
func spreadOf(times []uint64) Spread {
	if len(times) == 0 {
		return Spread{}
	}
	slices.Sort(times)
	var sum uint64
	for _, t := range times {
		sum += t
	}
	at := func(percent int) float64 { return float64(percentile(times, percent)) / microseconds }
	return Spread{
		Count:  len(times),
		Mean:   float64(sum) / float64(len(times)) / microseconds,
		Median: at(50), P95: at(95), P99: at(99), Most: at(100),
	}
}

// percentile returns the smallest of the sorted values that at least percent of 100 of them do not exceed (the nearest rank:
// always a value that was measured). There has to be a value.
func percentile(sorted []uint64, percent int) uint64 {
	rank := (len(sorted)*percent + 99) / 100
	return sorted[max(rank, 1)-1]
}
