package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
)

const (
	// answerWithin is how long a request waits for the outcomes of its readings.
	answerWithin = 30 * time.Second
	// bodyWithin is how long the readings of a request may take to arrive.
	bodyWithin = 20 * time.Second
	// maxRequests is how many requests are worked on at once; it bounds the memory that they take. Others wait.
	maxRequests = 16
	// retryAfter is what a client is told to wait after a temporary refusal, in seconds.
	retryAfter = "5"
)

// Result is the outcome of one reading of a request.
type Result struct {
	Device string `json:"device,omitempty"` // did:key; absent if the reading could not be read
	Notice
}

// Results answers a request: one result for each reading, in their order.
type Results struct {
	Stored  int      `json:"stored"`
	Refused int      `json:"refused"`
	Results []Result `json:"results"`
}

// Handler takes readings by POST: one JSON object, or an array of at most reading.MaxMany. It answers with Results when all
// outcomes are known: 200 if all are stored; if all are refused, the status of the first refusal (400 malformed, 403 not this
// gateway's device, 409 replayed, 413 too large, 422 signature or drift, 503 or 507 try again later); 207 if some are stored.
// Names and tokens are of no concern here: the reading's signature is what counts. notify, if set, is told of every reading
// that was stored, as Broker.Notify is; of a refusal only the request's answer tells.
func Handler(pipeline *Pipeline, notify func(device dag.Key, n Notice)) http.Handler {
	if notify == nil {
		notify = func(dag.Key, Notice) {}
	}
	slots := make(chan struct{}, maxRequests)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			answer(w, http.StatusMethodNotAllowed, wholly(refused(Malformed, "readings are sent by POST")))
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
		defer cancel()
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		case <-ctx.Done():
			answer(w, http.StatusServiceUnavailable, wholly(refused(Busy, "too many requests at once; send the readings again later")))
			return
		}
		elements, why := readBody(w, r)
		if why.Code != "" {
			pipeline.Refuse(why, func(Outcome) {})
			answer(w, why.Code.status(), wholly(why))
			return
		}
		outcomes := submitAll(ctx, pipeline, elements)
		results := collect(elements, outcomes, notify)
		answer(w, results.status(), results)
	})
}

// readBody cuts the request into readings.
func readBody(w http.ResponseWriter, r *http.Request) ([]reading.Element, Outcome) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin)) // where the server can
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, reading.MaxManySize))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, refused(Oversize, fmt.Sprintf("more than %d bytes: send fewer readings at once", tooLarge.Limit))
	}
	if err != nil {
		return nil, refused(Malformed, "the request ended early: "+err.Error())
	}
	elements, err := reading.ParseMany(body)
	if err != nil {
		return nil, refused(Malformed, err.Error())
	}
	return elements, Outcome{}
}

// settled is the outcome of one element of a request.
type settled struct {
	index   int
	outcome Outcome
	known   bool
}

// submitAll returns the outcomes in order, as far as they are known when ctx ends.
func submitAll(ctx context.Context, pipeline *Pipeline, elements []reading.Element) []settled {
	all := make([]settled, len(elements))
	results := make(chan settled, len(elements)) // room for all: nobody waits to report
	for i, e := range elements {
		all[i].outcome = refused(Busy, "no outcome in time: it may still be stored; send it again; if it is stored it will be refused as replayed, which does no harm")
		done := func(o Outcome) { results <- settled{i, o, true} }
		switch {
		case len(e.Raw) > reading.MaxSize:
			pipeline.Refuse(refused(Oversize, fmt.Sprintf("%d bytes, a reading has at most %d", len(e.Raw), reading.MaxSize)), done)
		case e.Err != nil:
			pipeline.Refuse(refused(Malformed, e.Err.Error()), done)
		default:
			pipeline.Submit(ctx, e.Reading, done)
		}
	}
	for range elements {
		select {
		case s := <-results:
			all[s.index] = s
		case <-ctx.Done():
			return all
		}
	}
	return all
}

func collect(elements []reading.Element, outcomes []settled, notify func(dag.Key, Notice)) Results {
	results := Results{Results: make([]Result, len(elements))}
	for i, s := range outcomes {
		result := Result{Notice: s.outcome.notice(0)}
		if r := elements[i].Reading; r != nil {
			result.Device, result.Seq = r.Device().String(), r.Seq()
			if s.known && s.outcome.Accepted {
				notify(r.Device(), result.Notice)
			}
		}
		if s.outcome.Accepted {
			results.Stored++
		} else {
			results.Refused++
		}
		results.Results[i] = result
	}
	return results
}

// wholly is the answer to a request of which nothing could be read.
func wholly(why Outcome) Results {
	return Results{Refused: 1, Results: []Result{{Notice: why.notice(0)}}}
}

func (r Results) status() int {
	switch {
	case r.Refused == 0:
		return http.StatusOK
	case r.Stored > 0:
		return http.StatusMultiStatus
	}
	return r.Results[0].Code.status()
}

func answer(w http.ResponseWriter, status int, results Results) {
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusServiceUnavailable || status == http.StatusInsufficientStorage {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(results) // a failing write means that the client is gone
}
