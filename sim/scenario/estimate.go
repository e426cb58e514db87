package scenario

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
)

// What a run takes, measured on two cores. Change them here when the simulator changes.
const (
	bytesPerNode        = 20_000  // a node at rest with its links
	bytesPerEvent       = 48      // an event at one node
	bytesPerPayload     = 8       // what a payload event has at one node besides
	bytesPerSharedEvent = 1200    // an event in a shard, which has one copy for all of its nodes
	bytesOfProgram      = 64e6    // before the first node
	deliveriesPerSecond = 400_000 // events that reach a node for the first time, in a second of wall time
	setupPerNode        = 0.0002  // seconds of wall time
	idlePerLink         = 1.5e-6  // seconds of processor time of a node for each neighbour and virtual second, whatever is issued
	roundsPerPayload    = 4.3     // that a committee makes until a payload event which is alone is final
	bytesPerTraceLine   = 8       // at least
)

// typicalDelay stands for the mean of link models that only measurements or a map can tell.
const typicalDelay = 80 * Millisecond

// ErrMemory is wrapped by the error of CheckMemory.
var ErrMemory = errors.New("the scenario does not fit into memory")

// Estimate is what a run is expected to take. Of attackers it knows what is taken of their spam, and it does not know how caches grow, so
// it is good to a factor of two or so where nobody attacks.
type Estimate struct {
	Memory     uint64  // bytes
	Seconds    float64 // of wall time on two cores
	Payloads   float64 // payload events in all, with what is taken of spam
	Witnesses  float64 // events of the committee in all
	Deliveries float64 // of an event to a node for the first time, in all
	Busy       float64 // seconds of processor time that a simulated node needs in a second, at the height of the load
	Why        string  // how it comes about, one sentence

	perNode float64 // bytes of a node, all that grows with time included
	resting float64 // of these, what it has at rest
	shared  float64 // bytes of all shards together, for what their nodes have in common
}

// Estimate returns what a run of a valid scenario, without its grid, will take in one shard.
func (s *Scenario) Estimate() Estimate { return s.EstimateIn(1) }

// EstimateIn is Estimate for so many shards, each of which has its own copy of every event.
func (s *Scenario) EstimateIn(shards int) Estimate {
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
	floods := s.floods()
	e.Payloads += floods
	nodes, events := float64(s.Network.Nodes), e.Payloads+e.Witnesses
	e.Deliveries = events * nodes
	e.resting = bytesPerNode
	e.perNode = e.resting + bytesPerEvent*events + bytesPerPayload*e.Payloads
	e.shared = bytesPerSharedEvent * events * float64(shards)
	e.Memory = whole(bytesOfProgram + nodes*e.perNode + e.shared)
	e.Seconds = e.Deliveries/deliveriesPerSecond + nodes*(setupPerNode+idlePerLink*s.neighbours()*s.Duration.Seconds())
	e.Busy = (peak + witnesses) * s.eventCost()
	e.Why = s.why(&e, shards, floods)
	return e
}

// why says how an estimate comes about.
func (s *Scenario) why(e *Estimate, shards int, floods float64) string {
	text := fmt.Sprintf("%d nodes x (%.0f payload events + %.0f of the committee) = %.3g deliveries, of which %d a second are simulated; "+
		"%d bytes a node, %d an event and node, %d an event and shard (%d)", s.Network.Nodes, e.Payloads, e.Witnesses, e.Deliveries,
		deliveriesPerSecond, bytesPerNode, bytesPerEvent, bytesPerSharedEvent, shards)
	switch {
	case floods > 0:
		text += fmt.Sprintf("; %.0f of the payload events are what is taken of spam, and whatever else attackers send is not counted", floods)
	case len(s.Attacks) > 0:
		text += "; what attackers send is not counted"
	}
	return text
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

// neighbours returns about how many connections a node has. Those of a file are not counted: it stands for what is usual.
func (s *Scenario) neighbours() float64 {
	if s.Topology.Kind == TopologyComplete {
		return float64(s.Network.Nodes - 1)
	}
	return float64(s.Topology.Degree)
}

// eventCost returns the processor time of a node for an event with all its copies, in seconds.
func (s *Scenario) eventCost() float64 {
	copies := Duration(max(0, s.Gossip.D-1))
	return (s.CPU.Verify + s.CPU.Event + copies*s.CPU.Duplicate).Seconds() * s.CPU.Slow
}

// CheckMemory says what of a valid scenario, run in so many shards, does not fit into so many bytes, and which keys to lower. The
// error wraps ErrMemory.
func (s *Scenario) CheckMemory(available uint64, shards int) error {
	e := s.EstimateIn(shards)
	if e.Memory <= available {
		return nil
	}
	return fmt.Errorf("%w: it needs about %s, and there are %s (%s): %s", ErrMemory, size(e.Memory), size(available), e.Why,
		s.slimmer(&e, float64(available)-bytesOfProgram))
}

// slimmer says what to do for a run to fit into so many bytes.
func (s *Scenario) slimmer(e *Estimate, room float64) string {
	var advice []string
	if nodes := math.Floor((room - e.shared) / e.perNode); nodes >= minNodes {
		advice = append(advice, fmt.Sprintf("network.nodes to %.0f", nodes))
	}
	resting := float64(s.Network.Nodes) * e.resting
	growing := float64(s.Network.Nodes)*e.perNode + e.shared - resting
	if growing >= resting {
		if shorter := Duration(max(0, (room-resting)/growing)*s.Duration.Seconds()) * Second; shorter > 0 {
			advice = append(advice, fmt.Sprintf("duration to %v", shorter))
		}
	}
	switch {
	case len(advice) == 0:
		return "free some memory or take a larger machine"
	case growing >= resting:
		advice = append(advice, "the rates of the load", "network.committee")
	}
	return "lower " + strings.Join(advice, ", or ")
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
