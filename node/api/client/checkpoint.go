package client

import (
	"context"
	"net/http"

	"github.com/ledgerofthings/lot/node/api"
)

// CheckpointFile returns the newest checkpoint with the certificates that lead to it, as catchup.ParseFile reads them.
// IsFault(err, api.NotYet) if there is none yet.
func (c *Client) CheckpointFile(ctx context.Context) ([]byte, error) {
	return c.raw(ctx, http.MethodGet, api.BasePath+"/checkpoint/file", nil, nil)
}
