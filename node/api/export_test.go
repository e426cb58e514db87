package api

// Patterns returns the routes of a server, for tests.
func (s *Server) Patterns() []string { return s.router.patterns }

// Internals under test.
var (
	UnmarshalStrict = unmarshalStrict
	HostOf          = hostOf
)

// MaxLabels is the bound of a label's values.
const MaxLabels = maxLabels
