package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// post sends a body and returns the answer.
func post(ctx context.Context, t *testing.T, h http.Handler, body []byte) (int, Results, http.Header) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v1/readings", bytes.NewReader(body)))
	var results Results
	if err := json.Unmarshal(w.Body.Bytes(), &results); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return w.Code, results, w.Header()
}

func TestHTTP(t *testing.T) {
	d := newDevice(1)
	array := func(parts ...[]byte) []byte {
		return slices.Concat([]byte("["), bytes.Join(parts, []byte(",")), []byte("]"))
	}
	for _, test := range []struct {
		name   string
		body   []byte
		answer *Outcome
		status int
		codes  []Code
	}{
		{"one", d.sign(t, 1), nil, 200, []Code{Stored}},
		{"array", array(d.sign(t, 1), d.sign(t, 2), d.sign(t, 1)), nil, 207, []Code{Stored, Stored, Replayed}},
		{"mixed", array(d.forged(t, 1), d.sign(t, 2), []byte("{}")), nil, 207, []Code{Signature, Stored, Malformed}},
		{"forged", d.forged(t, 1), nil, 422, []Code{Signature}},
		{"replayed", array(d.sign(t, 5), d.sign(t, 4)), nil, 207, []Code{Stored, Replayed}},
		{"not JSON", []byte("temperature=21"), nil, 400, []Code{Malformed}},
		{"nothing", nil, nil, 400, []Code{Malformed}},
		{"large", make([]byte, reading.MaxManySize+1), nil, 413, []Code{Oversize}},
		{"large reading", array([]byte(`{"x":"` + strings.Repeat("x", reading.MaxSize) + `"}`)), nil, 413, []Code{Oversize}},
		{"disk full", d.sign(t, 1), &Outcome{Code: DiskFull}, 507, []Code{DiskFull}},
		{"unknown", d.sign(t, 1), &Outcome{Code: UnknownDevice}, 403, []Code{UnknownDevice}},
		{"conflict", d.sign(t, 1), &Outcome{Code: Replayed}, 409, []Code{Replayed}},
	} {
		t.Run(test.name, func(t *testing.T) {
			sink := newSink()
			sink.always(test.answer)
			var notices []Notice
			h := Handler(newTestPipeline(t, sink, PipelineOptions{}), func(_ dag.Key, n Notice) { notices = append(notices, n) })
			status, results, header := post(t.Context(), t, h, test.body)
			var codes []Code
			for _, r := range results.Results {
				codes = append(codes, r.Code)
			}
			if status != test.status || !slices.Equal(codes, test.codes) || results.Stored+results.Refused != len(codes) {
				t.Errorf("%d %v, want %d %v", status, codes, test.status, test.codes)
			}
			if (header.Get("Retry-After") != "") != (status == 503 || status == 507) {
				t.Error("Retry-After:", header.Get("Retry-After"))
			}
			if len(notices) != results.Stored {
				t.Errorf("%d notices for %d stored readings", len(notices), results.Stored)
			}
		})
	}
}

func TestHTTPMethod(t *testing.T) {
	h := Handler(newTestPipeline(t, newSink(), PipelineOptions{}), nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost {
		t.Fatal(w.Code, w.Header())
	}
}

// A request whose readings are not settled in time says that they may still be stored.
func TestHTTPGivesUpWaiting(t *testing.T) {
	sink := newSink()
	sink.hold()
	h := Handler(newTestPipeline(t, sink, PipelineOptions{}), nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-sink.received; cancel() }()
	status, results, _ := post(ctx, t, h, newDevice(1).sign(t, 1))
	if status != http.StatusServiceUnavailable || results.Results[0].Code != Busy {
		t.Fatal(status, results)
	}
	sink.release()
}
