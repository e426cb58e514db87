package api

import (
	"context"
	"io"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// BackupQuery says what of the data folder is asked for.
type BackupQuery struct {
	Ledger  bool // the part that other gateways have too
	Batches bool // the encrypted batches of readings
}

// BackupFunc writes what of the data folder goes into a backup, in the form of package archive: the state of one moment. It
// holds no keys, and nothing else that the other answers of the API do not tell. An error after the first byte breaks the
// connection.
type BackupFunc func(ctx context.Context, query BackupQuery, w io.Writer) error

type backupInput struct {
	Ledger  bool `query:"ledger" doc:"With the part that other gateways have too, so that the gateway starts without them."`
	Batches bool `query:"batches" doc:"With the encrypted batches of readings."`
}

func (s *Server) takeBackup(_ context.Context, in *backupInput) (*huma.StreamResponse, error) {
	if s.backup == nil {
		return nil, &Fault{Kind: Unavailable, Why: "this gateway makes no backups while it runs", Hint: "stop it, and run `lot backup` again"}
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		s.export(w, r, "application/x-tar", func(ctx context.Context, w io.Writer) error {
			return s.backup(ctx, BackupQuery(*in), w)
		})
	}}, nil
}
