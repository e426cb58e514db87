package api

import "fmt"

// limiter bounds how many requests of one sort are at work at once. Nobody queues: who comes too many is told so, which
// costs less than keeping them. A nil limiter lets everything through.
type limiter struct {
	places chan struct{}
	what   string
}

// newLimiter returns a limiter with the given number of places; what names them to the client.
func newLimiter(places int, what string) *limiter {
	return &limiter{make(chan struct{}, places), what}
}

// enter takes a place, if there is one.
func (l *limiter) enter() bool {
	if l == nil {
		return true
	}
	select {
	case l.places <- struct{}{}:
		return true
	default:
		return false
	}
}

// leave gives the place back.
func (l *limiter) leave() {
	if l != nil {
		<-l.places
	}
}

// problem says that there is no place.
func (l *limiter) problem() *Problem {
	why := fmt.Sprintf("the gateway already serves %d %s, as many as it may", cap(l.places), l.what)
	return newProblem(faultStatus[Busy], string(Busy), why, "ask again in a moment, or raise the API's limits in the configuration")
}
