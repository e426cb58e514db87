package api

import "net/http"

// Patterns returns the routes of a server, for tests.
func (s *Server) Patterns() []string { return s.router.patterns }

// HTTPServer returns the server that Serve runs, for tests with connections of their own.
func (s *Server) HTTPServer() *http.Server { return s.httpServer() }

// Internals under test.
var (
	UnmarshalStrict = unmarshalStrict
	HostOf          = hostOf
)

// MaxLabels is the bound of a label's values.
const MaxLabels = maxLabels
