package api

import (
	"context"
	"io"
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
		s.export(w, r, "application/jsonl", s.backend.WriteGraph)
	}}, nil
}

// export streams what write writes. An error before the first byte is answered as a problem; one after it breaks the connection,
// which a client sees, while a clean end would make a part look like the whole.
func (s *Server) export(w http.ResponseWriter, r *http.Request, media string, write func(context.Context, io.Writer) error) {
	out := &exportWriter{w: w, control: http.NewResponseController(w), media: media}
	err := write(r.Context(), out)
	switch {
	case err == nil:
		out.begin()
	case !out.begun:
		problemOf(r.Context(), s.log, err).write(w)
	default:
		s.log.WarnContext(r.Context(), "export broken off", "path", r.URL.Path, "remote", r.RemoteAddr, "error", err)
		panic(http.ErrAbortHandler) // net/http's way to break a response off
	}
}

// exportWriter passes bytes on with a fresh deadline for each write and notes whether there were any.
type exportWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	media   string // type of the answer
	begun   bool
}

// begin sets the head of the answer.
func (e *exportWriter) begin() {
	if !e.begun {
		e.begun = true
		e.w.Header().Set("Content-Type", e.media)
	}
}

// Write implements io.Writer.
func (e *exportWriter) Write(p []byte) (int, error) {
	e.begin()
	_ = e.control.SetWriteDeadline(time.Now().Add(exportWrite)) // without deadlines the server's own one holds
	return e.w.Write(p)
}
