package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// router is the mux of all routes. It gives each route its limit of requests at once, counts it, and answers what no
// route takes. It implements humago.Mux.
type router struct {
	mux      *http.ServeMux
	patterns []string // in the order of registration
	streams  *limiter
	exports  *limiter
	requests *limiter
	metrics  *Metrics
	log      *slog.Logger
}

// newRouter returns a router without routes.
func newRouter(limits Limits, metrics *Metrics, log *slog.Logger) *router {
	return &router{
		mux:      http.NewServeMux(),
		streams:  newLimiter(limits.Streams, "event streams"),
		exports:  newLimiter(limits.Exports, "graph exports"),
		requests: newLimiter(limits.Requests, "requests"),
		metrics:  metrics,
		log:      log,
	}
}

// HandleFunc adds a route; pattern is "METHOD /path" as in http.ServeMux.
func (t *router) HandleFunc(pattern string, handle func(http.ResponseWriter, *http.Request)) {
	t.patterns = append(t.patterns, pattern)
	limit := t.limitOf(pattern)
	t.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		counted := &countedWriter{ResponseWriter: w}
		defer func() { t.metrics.served(pattern, counted.status, time.Since(begun)) }()
		defer t.recover(counted, r, pattern)
		if !limit.enter() {
			limit.problem().write(counted)
			return
		}
		defer limit.leave()
		handle(counted, r)
	})
}

// limitOf chooses the limit of a route. Probes have none: an overloaded gateway must still say that it lives.
func (t *router) limitOf(pattern string) *limiter {
	_, path, _ := strings.Cut(pattern, " ")
	switch path {
	case healthPath, readyPath:
		return nil
	case streamPath:
		return t.streams
	case graphPath, backupPath:
		return t.exports
	default:
		return t.requests
	}
}

// recover logs a panic of a handler and answers with a problem. If a part of the answer is out already, it breaks the
// connection, which net/http does for http.ErrAbortHandler.
func (t *router) recover(w *countedWriter, r *http.Request, pattern string) {
	reason := recover()
	if reason == nil {
		return
	}
	if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(reason)
	}
	if r.Context().Err() == nil {
		t.log.ErrorContext(r.Context(), "request handler failed", "route", pattern, "panic", fmt.Sprint(reason), "stack", string(debug.Stack()))
	}
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	newProblem(http.StatusInternalServerError, "internal", "the gateway failed to serve the request", "the gateway's log has the reason").write(w)
}

// ServeHTTP implements http.Handler.
func (t *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, pattern := t.mux.Handler(r)
	if pattern != "" {
		t.mux.ServeHTTP(w, r) // not handler: only the mux sets the path values
		return
	}
	probe := &statusProbe{header: w.Header()}
	handler.ServeHTTP(probe, r) // not found, or a method that the path does not have and then the header Allow
	t.metrics.served("none", probe.status, 0)
	if probe.status == http.StatusMethodNotAllowed {
		newProblem(probe.status, "method", "this path does not take "+r.Method, "it takes "+w.Header().Get("Allow")).write(w)
		return
	}
	newProblem(http.StatusNotFound, string(NotFound), "there is no such path", "the paths are listed at "+documentPath+".json").write(w)
}

// countedWriter remembers the status of an answer; 0 while there is none.
type countedWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *countedWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *countedWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *countedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// statusProbe learns what a handler would answer, and keeps only the headers.
type statusProbe struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (p *statusProbe) Header() http.Header { return p.header }

// WriteHeader implements http.ResponseWriter.
func (p *statusProbe) WriteHeader(status int) { p.status = status }

// Write implements http.ResponseWriter.
func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }
