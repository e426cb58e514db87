package api

import "context"

// Version says which program is running.
type Version struct {
	Version  string `json:"version" doc:"The release."`
	Revision string `json:"revision,omitempty" doc:"The commit it was built from."`
	Modified bool   `json:"modified,omitempty" doc:"Whether it was built from a changed tree."`
	Go       string `json:"go" doc:"The Go release it was built with."`
	Platform string `json:"platform" doc:"Such as linux/arm64."`
	Protocol uint64 `json:"protocol" doc:"The newest protocol version it knows."`
}

type versionOutput struct{ Body Version }

func (s *Server) version(context.Context, *struct{}) (*versionOutput, error) {
	return &versionOutput{s.backend.Version()}, nil
}

type configOutput struct{ Body map[string]any }

func (s *Server) config(ctx context.Context, _ *struct{}) (*configOutput, error) {
	config, err := s.backend.Config(ctx)
	return &configOutput{config}, err
}
