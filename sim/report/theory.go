package report

// Theory is the setting of the closed formulas for uniform random tip selection: events come as a Poisson process, reach
// everybody after one constant delay, and nobody else approves anything (a silent committee). See S. Popov, "The Tangle",
// version 1.4.3, section 3.
type Theory struct {
	Approvals int     `json:"approvals"`       // k, events that an event approves; at least 2
	Rate      float64 `json:"rate_per_second"` // lambda, events a second
	Delay     uint64  `json:"delay_us"`        // h, from issuing to knowing
}

// Tips returns the expected number of tips that a node sees, L0 = k*lambda*h/(k-1).
func (t Theory) Tips() float64 { return t.Rate * t.FirstApproval() }

// FirstApproval returns the expected time from an event's issue to the issue of the first that approves it, in seconds:
// k*h/(k-1), which is L0/lambda by Little's law.
func (t Theory) FirstApproval() float64 {
	if t.Approvals < 2 {
		return 0 // one approval lets the number of tips grow without bound
	}
	return float64(t.Approvals) / float64(t.Approvals-1) * float64(t.Delay) / microseconds
}
