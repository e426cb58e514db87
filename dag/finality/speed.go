package finality

import "slices"

const (
	// speedSamples is how many rounds are remembered, and speedMinimum how many must be before they count.
	speedSamples, speedMinimum = 16, 4
	// maxRound bounds what one round is taken to last, in ms.
	maxRound = 2_000
	// timeoutRounds is how many rounds a member waits for a leader at first.
	timeoutRounds = 3
	// paceSpan is the ratio of the base pace to the shortest one.
	paceSpan = 10
)

// speed measures how long the committee's rounds take where the work does not stop between them. Its estimate is the lower
// quartile of the latest ones: rounds that waited for a faulty leader, which are the longer ones, do not count.
type speed struct {
	base    uint64 // ms
	samples [speedSamples]uint64
	count   int    // of samples ever taken
	round   uint64 // the latest round that a quorum was seen to reach; 0 after a rest
	at      uint64 // when
}

func newSpeed(base uint64) speed { return speed{base: base} }

// rest says that the member has nothing to do, so that the time until the next round is no measure.
func (s *speed) rest() { s.round = 0 }

// measure takes the highest round that a quorum has reached.
func (s *speed) measure(now, round uint64) {
	if round <= s.round {
		return
	}
	if s.round != 0 && round == s.round+1 && now >= s.at {
		s.samples[s.count%speedSamples] = min(now-s.at, maxRound)
		s.count++
	}
	s.round, s.at = round, now
}

// delay returns how long a round takes, in ms.
func (s *speed) delay() uint64 {
	if s.count < speedMinimum {
		return s.base
	}
	known := slices.Clone(s.samples[:min(s.count, speedSamples)])
	slices.Sort(known)
	return known[len(known)/4]
}

// pace returns the least time between two events of the member, in ms: the base, or half a round where rounds were seen to be so
// quick that links allow more. Halving lets a committee that is kept back by nothing but its pace find the speed of its links.
func (s *speed) pace() uint64 {
	if s.count < speedMinimum {
		return s.base
	}
	return min(s.base, max(s.delay()/2, s.base/paceSpan))
}

// timeout returns the start value of the timer, in ms.
func (s *speed) timeout() uint64 { return max(timeoutRounds*s.delay(), s.base/2) }
