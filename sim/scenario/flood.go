package scenario

// attackSpam is the kind of attack that issues events by the rate: the one whose size a scenario tells.
const attackSpam = "spam"

// spamFactor is what the rate of spam is multiplied by, unless the attack says otherwise.
const spamFactor = 10

// floods returns how many events of attackers that spam each node will have taken when the run ends. It is no more than what a key may
// have issued by then, and what a processor works off.
func (s *Scenario) floods() (events float64) {
	work := s.eventCost()
	for n := range s.Attacks {
		a := &s.Attacks[n]
		if a.Kind != attackSpam {
			continue
		}
		until := a.Until
		if until == 0 {
			until = s.Duration
		}
		each := min(s.spamRate(a)*max(0, (until-a.From).Seconds()), float64(s.Network.MaxRate)*s.Duration.Seconds())
		events += float64(s.count(a.Nodes)) * each
	}
	if work > 0 {
		events = min(events, s.Duration.Seconds()/work)
	}
	return events
}

// spamRate returns how many events a second each node of an attack issues.
func (s *Scenario) spamRate(a *Attack) float64 {
	rate, factor := a.Params["rate"], float64(spamFactor)
	if rate == 0 {
		rate = float64(s.Network.MaxRate)
	}
	if given, isGiven := a.Params["factor"]; isGiven {
		factor = given
	}
	return rate * factor
}
