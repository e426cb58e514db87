package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ledgerofthings/lot/node/api"
)

// Backup returns what of the gateway's data folder goes into a backup, as a stream that the caller closes. Only package
// archive can tell whether it came to its end.
func (c *Client) Backup(ctx context.Context, q api.BackupQuery) (io.ReadCloser, error) {
	query := url.Values{"ledger": {strconv.FormatBool(q.Ledger)}, "batches": {strconv.FormatBool(q.Batches)}}
	response, err := c.open(ctx, http.MethodPost, api.BasePath+"/backup", query, nil, nil)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}
