package api

import "net/http"

// FaultKind groups the errors of a [Backend] by what the caller does about them. Its text is the code of the problem
// document.
type FaultKind string

// The kinds of faults and the HTTP status of each.
const (
	NotFound    FaultKind = "not_found"   // 404: there is no such thing
	Invalid     FaultKind = "invalid"     // 422: the request makes no sense as it stands
	Conflict    FaultKind = "conflict"    // 409: it contradicts what is there
	NotYet      FaultKind = "not_yet"     // 409: right, but too early; ask again
	Refused     FaultKind = "refused"     // 403: a rule forbids it
	Busy        FaultKind = "busy"        // 429: too many at once; ask again
	Unavailable FaultKind = "unavailable" // 503: the node cannot do it at present: not in sync, disk full, stopping
)

// faultStatus is the HTTP status of each kind.
var faultStatus = map[FaultKind]int{
	NotFound:    http.StatusNotFound,
	Invalid:     http.StatusUnprocessableEntity,
	Conflict:    http.StatusConflict,
	NotYet:      http.StatusConflict,
	Refused:     http.StatusForbidden,
	Busy:        http.StatusTooManyRequests,
	Unavailable: http.StatusServiceUnavailable,
}

// Fault is an error of a [Backend] that its caller can do something about.
type Fault struct {
	Kind FaultKind
	Why  string // what is wrong, in plain words
	Hint string // what to do about it, in plain words
	Err  error  // the cause, for the log; it is not sent
}

// Error implements error.
func (f *Fault) Error() string {
	if f.Err == nil {
		return f.Why
	}
	return f.Why + ": " + f.Err.Error()
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// retryAfter tells how many seconds to wait before asking again; 0 if asking again does not help.
func (k FaultKind) retryAfter() int {
	switch k {
	case NotYet, Busy:
		return 1
	case Unavailable:
		return 5
	default:
		return 0
	}
}
