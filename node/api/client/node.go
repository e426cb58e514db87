package client

import (
	"context"
	"net/http"

	"github.com/ledgerofthings/lot/node/api"
)

// Status returns how the gateway is doing.
func (c *Client) Status(ctx context.Context) (status api.Status, err error) {
	err = c.call(ctx, http.MethodGet, api.BasePath+"/status", nil, nil, &status)
	return status, err
}

// Peers returns the connected peers.
func (c *Client) Peers(ctx context.Context) ([]api.Peer, error) {
	var list api.PeerList
	err := c.call(ctx, http.MethodGet, api.BasePath+"/peers", nil, nil, &list)
	return list.Peers, err
}

// Config returns the configuration in effect, without secrets.
func (c *Client) Config(ctx context.Context) (config map[string]any, err error) {
	err = c.call(ctx, http.MethodGet, api.BasePath+"/config", nil, nil, &config)
	return config, err
}

// Version returns which program the gateway runs.
func (c *Client) Version(ctx context.Context) (version api.Version, err error) {
	err = c.call(ctx, http.MethodGet, api.BasePath+"/version", nil, nil, &version)
	return version, err
}

// Alive returns nil if the process answers.
func (c *Client) Alive(ctx context.Context) error {
	return c.call(ctx, http.MethodGet, "/healthz", nil, nil, nil)
}

// Ready returns nil if the gateway is in sync, and a problem that says otherwise.
func (c *Client) Ready(ctx context.Context) error {
	return c.call(ctx, http.MethodGet, "/readyz", nil, nil, nil)
}

// Metrics returns the figures in the Prometheus text format.
func (c *Client) Metrics(ctx context.Context) ([]byte, error) {
	return c.raw(ctx, http.MethodGet, "/metrics", nil, nil)
}

// OpenAPI returns the OpenAPI document as JSON.
func (c *Client) OpenAPI(ctx context.Context) ([]byte, error) {
	return c.raw(ctx, http.MethodGet, api.BasePath+"/openapi.json", nil, nil)
}
