package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// exportWrite is how long one write of an export may take before the connection is cut.
const exportWrite = 30 * time.Second

func (s *Server) graph(context.Context, *struct{}) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		s.export(w, r)
	}}, nil
}

// export streams the graph. An error before the first byte is answered as a problem; one after it breaks the connection,
// which a client sees, while a clean end would make a part of the graph look like the whole.
func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	out := &exportWriter{w: w, control: http.NewResponseController(w)}
	err := s.backend.WriteGraph(r.Context(), out)
	switch {
	case err == nil:
		out.begin()
	case !out.begun:
		problemOf(r.Context(), s.log, err).write(w)
	default:
		s.log.WarnContext(r.Context(), "graph export broken off", "remote", r.RemoteAddr, "error", err)
		panic(http.ErrAbortHandler) // net/http's way to break a response off
	}
}

// exportWriter passes bytes on with a fresh deadline for each write and notes whether there were any.
type exportWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	begun   bool
}

// begin sets the head of the answer.
func (e *exportWriter) begin() {
	if !e.begun {
		e.begun = true
		e.w.Header().Set("Content-Type", "application/jsonl")
	}
}

// Write implements io.Writer.
func (e *exportWriter) Write(p []byte) (int, error) {
	e.begin()
	_ = e.control.SetWriteDeadline(time.Now().Add(exportWrite)) // without deadlines the server's own one holds
	return e.w.Write(p)
}
