package scenario

import (
	"errors"
	"fmt"
	"math"
	"os"
)

// What a run takes, measured on two cores. Change them here when the simulator changes.
const (
	bytesPerNode        = 20_000  // a node at rest with its links
	bytesPerEvent       = 48      // an event at one node
	bytesPerPayload     = 8       // what a payload event has at one node besides
	bytesOfProgram      = 64e6    // before the first node
	deliveriesPerSecond = 400_000 // events that reach a node for the first time, in a second of wall time
	setupPerNode        = 0.0002  // seconds of wall time
	roundsPerPayload    = 4.3     // that a committee makes until a payload event which is alone is final
	bytesPerTraceLine   = 8       // at least
)

// typicalDelay stands for the mean of link models that only measurements or a map can tell.
const typicalDelay = 80 * Millisecond

// ErrMemory is wrapped by the error of CheckMemory.
var ErrMemory = errors.New("the scenario does not fit into memory")

// Estimate is what a run is expected to take. It knows neither what attackers send nor how large caches grow, so it is good to a
// factor of two or so.
type Estimate struct {
	Memory     uint64  // bytes
	Seconds    float64 // of wall time on two cores
	Payloads   float64 // payload events that are issued in all
	Witnesses  float64 // events of the committee in all
	Deliveries float64 // of an event to a node for the first time, in all
	Busy       float64 // seconds of processor time that a simulated node needs in a second, at the height of the load
	Why        string  // how it comes about, one sentence

	perNode float64 // bytes of a node, all that grows with time included
	resting float64 // of these, what it has at rest
}

// Estimate returns what a run of a valid scenario, without its grid, will take.
func (s *Scenario) Estimate() Estimate {
	var e Estimate
	peak := 0.0
	for n := range s.Load {
		rate, seconds := s.eventRate(&s.Load[n])
		e.Payloads += rate * seconds
		peak += rate
	}
	witnesses := s.witnessRate(peak)
	if peak > 0 {
		e.Witnesses = witnesses * e.Payloads / peak
	}
	nodes, events := float64(s.Network.Nodes), e.Payloads+e.Witnesses
	e.Deliveries = events * nodes
	e.resting = bytesPerNode
	e.perNode = e.resting + bytesPerEvent*events + bytesPerPayload*e.Payloads
	e.Memory = whole(bytesOfProgram + nodes*e.perNode)
	e.Seconds = e.Deliveries/deliveriesPerSecond + nodes*setupPerNode
	e.Busy = (peak + witnesses) * s.eventCost()
	e.Why = fmt.Sprintf("%d nodes x (%.0f payload events + %.0f of the committee) = %.3g deliveries, of which %d a second are simulated; "+
		"%d bytes a node, %d bytes an event and node", s.Network.Nodes, e.Payloads, e.Witnesses, e.Deliveries, deliveriesPerSecond,
		bytesPerNode, bytesPerEvent)
	return e
}

// eventRate returns how many events a second a load causes, and for how many seconds.
func (s *Scenario) eventRate(l *Load) (rate, seconds float64) {
	until := l.Until
	if until == 0 {
		until = s.Duration
	}
	seconds = (until - l.From).Seconds()
	rate = l.Rate
	if l.Process == ProcessTrace {
		rate = s.traceLines(l.File) / seconds
	}
	if l.Kind == LoadTransfer || rate == 0 {
		return rate, seconds
	}
	// Each gateway puts its readings into batches, which close when they are full or their time is up.
	gateways := float64(max(1, s.count(l.Nodes)))
	each := rate / gateways
	apart := min(float64(s.Network.BatchCount)/each, 1/each+s.Network.BatchWindow.Seconds())
	return gateways / apart, seconds
}

// traceLines returns about how many lines a trace has.
func (s *Scenario) traceLines(file string) float64 {
	info, err := os.Stat(s.Path(file))
	if err != nil {
		return 0
	}
	return float64(info.Size()) / bytesPerTraceLine
}

// witnessRate returns how many events a second the committee issues: a few rounds for each payload event while they come one by
// one, and no more than its pace and the links allow.
func (s *Scenario) witnessRate(payloads float64) float64 {
	members := float64(s.Network.Committee)
	return min(members*roundsPerPayload*payloads, members/s.roundTime().Seconds())
}

// roundTime returns how long a round of the committee takes: the pace that the committee chooses by its size, or the time that
// messages take where that is longer.
func (s *Scenario) roundTime() Duration {
	pace := s.Network.Pace
	switch {
	case pace != 0:
	case s.Network.Committee <= 16:
		pace = 100 * Millisecond
	case s.Network.Committee <= 32:
		pace = 250 * Millisecond
	default:
		pace = 500 * Millisecond
	}
	return max(pace, s.Links.mean())
}

// mean returns about how long a message takes.
func (l *Links) mean() Duration {
	switch l.Model {
	case LinksConstant, LinksNormal:
		return l.Delay
	case LinksUniform:
		return (l.Min + l.Max) / 2
	case LinksLognormal:
		return Duration(min(float64(maxDelay), float64(l.Delay)*math.Exp(l.Deviation*l.Deviation/2)))
	}
	return max(l.Min, typicalDelay)
}

// eventCost returns the processor time of a node for an event with all its copies, in seconds.
func (s *Scenario) eventCost() float64 {
	copies := Duration(max(0, s.Gossip.D-1))
	return (s.CPU.Verify + s.CPU.Event + copies*s.CPU.Duplicate).Seconds() * s.CPU.Slow
}

// CheckMemory says what of a valid scenario does not fit into so many bytes, and which keys to lower. The error wraps ErrMemory.
func (s *Scenario) CheckMemory(available uint64) error {
	e := s.Estimate()
	if e.Memory <= available {
		return nil
	}
	return fmt.Errorf("%w: it needs about %s, and there are %s (%s): %s", ErrMemory, size(e.Memory), size(available), e.Why,
		s.slimmer(&e, float64(available)-bytesOfProgram))
}

// slimmer says what to do for a run to fit into so many bytes.
func (s *Scenario) slimmer(e *Estimate, room float64) string {
	nodes := math.Floor(room / e.perNode)
	if nodes < minNodes {
		return "free some memory or take a larger machine"
	}
	advice := fmt.Sprintf("lower network.nodes to %.0f", nodes)
	growing := e.perNode - e.resting
	if growing < e.resting {
		return advice
	}
	part := (room/float64(s.Network.Nodes) - e.resting) / growing
	if shorter := Duration(max(0, part)*s.Duration.Seconds()) * Second; shorter > 0 {
		advice += fmt.Sprintf(", or duration to %v", shorter)
	}
	return advice + ", or the rates of the load, or network.committee"
}

// whole returns a number of bytes, however large.
func whole(bytes float64) uint64 {
	if bytes >= math.MaxUint64 {
		return math.MaxUint64
	}
	return uint64(bytes)
}

// size writes a number of bytes for people.
func size(bytes uint64) string {
	if bytes < 1e9 {
		return fmt.Sprintf("%.0f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
}
