package client

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

// Transfer pays from the gateway's account. Without an idempotency key it makes one, so a caller that wants to try again
// after an error has to set its own. If wait is not zero it waits that long, at most api.MaxWait, for the receipt.
func (c *Client) Transfer(ctx context.Context, transfer api.TransferRequest, wait time.Duration) (result api.TransferResult, err error) {
	if wait < 0 || wait > api.MaxWait {
		return result, fmt.Errorf("cannot wait %v for a transfer, at most %v", wait, api.MaxWait)
	}
	if transfer.IdempotencyKey == "" {
		transfer.IdempotencyKey = rand.Text()
	}
	query := url.Values{}
	if wait > 0 {
		query.Set("wait", "final")
		query.Set("timeout", strconv.Itoa(max(1, int(wait.Seconds()))))
	}
	err = c.call(ctx, http.MethodPost, api.BasePath+"/transfers", query, transfer, &result)
	return result, err
}

// Account returns an account.
func (c *Client) Account(ctx context.Context, id dag.Account) (account api.Account, err error) {
	err = c.call(ctx, http.MethodGet, api.BasePath+"/accounts/"+id.String(), nil, nil, &account)
	return account, err
}

// Balance returns the gateway's own account.
func (c *Client) Balance(ctx context.Context) (account api.Account, err error) {
	err = c.call(ctx, http.MethodGet, api.BasePath+"/balance", nil, nil, &account)
	return account, err
}

// ReadingProof returns the proof file of a reading. IsFault(err, api.NotYet) if there is none yet.
func (c *Client) ReadingProof(ctx context.Context, device dag.Key, seq uint64) ([]byte, error) {
	query := url.Values{"device": {device.String()}, "seq": {strconv.FormatUint(seq, 10)}}
	return c.raw(ctx, http.MethodGet, api.BasePath+"/proofs/reading", query, nil)
}

// EventProof returns the proof file of an event. IsFault(err, api.NotYet) if there is none yet.
func (c *Client) EventProof(ctx context.Context, id dag.ID) ([]byte, error) {
	return c.raw(ctx, http.MethodGet, api.BasePath+"/proofs/event/"+id.String(), nil, nil)
}

// Checkpoint returns the newest checkpoint, a C2SP signed note.
func (c *Client) Checkpoint(ctx context.Context) ([]byte, error) {
	return c.raw(ctx, http.MethodGet, api.BasePath+"/checkpoint", nil, nil)
}
