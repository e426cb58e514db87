package client

import (
	"context"
	"net/http"

	"github.com/ledgerofthings/lot/node/api"
)

// StorageUse returns where the bytes of the gateway's data folder are.
func (c *Client) StorageUse(ctx context.Context) (use api.StorageUse, err error) {
	err = c.call(ctx, http.MethodGet, api.BasePath+"/storage", nil, nil, &use)
	return use, err
}
