package api

import (
	"context"
	"net/http"
)

// Health is the answer of the health checks.
type Health struct {
	Status string `json:"status" enum:"ok,ready" doc:"ok: the process answers; ready: it is also in sync with its peers."`
}

type healthOutput struct{ Body Health }

// healthz says that the process answers. It asks nothing of the node, so that a busy node is not restarted for it.
func (s *Server) healthz(context.Context, *struct{}) (*healthOutput, error) {
	return &healthOutput{Health{"ok"}}, nil
}

// readyz says whether the node is in sync. It needs no token, so it tells no more than that.
func (s *Server) readyz(ctx context.Context, _ *struct{}) (*healthOutput, error) {
	status, err := s.backend.Status(ctx)
	if err != nil {
		return nil, err
	}
	if !status.Sync.InSync {
		return nil, newProblem(http.StatusServiceUnavailable, string(NotYet), "the gateway is not in sync", "`lot status` says why")
	}
	return &healthOutput{Health{"ready"}}, nil
}
