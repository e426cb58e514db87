package engine

// What a peer may ask of this node: so many messages of the exchange a second, and at first, or after a pause, so many at once.
// An answer carries up to dag.MaxInformEvents events, so that even a node that fetches a whole ledger does not get near it.
const (
	askRate  = 32
	askBurst = 64
	warnRest = 60_000 // ms between two notices that a peer asks for more
)

// allowance is a bucket of tokens that fills with time. The zero value is full.
type allowance struct {
	spent  uint64 // thousandths of a token that are not back yet
	at     uint64 // ms, as of when
	warned uint64 // ms, when it was last reported to be used up; 0 for never
}

// take takes a token and reports whether there was one.
func (a *allowance) take(now uint64) bool {
	a.fill(now)
	if a.spent+1000 > askBurst*1000 {
		return false
	}
	a.spent += 1000
	return true
}

// spare reports whether more than half of the tokens are there.
func (a *allowance) spare(now uint64) bool {
	a.fill(now)
	return 2*a.spent < askBurst*1000
}

func (a *allowance) fill(now uint64) {
	a.spent -= min(a.spent, (now-min(now, a.at))*askRate)
	a.at = max(a.at, now)
}

// warn reports whether it is time to say that there was none.
func (a *allowance) warn(now uint64) bool {
	if a.warned != 0 && now < a.warned+warnRest {
		return false
	}
	a.warned = max(now, 1)
	return true
}
