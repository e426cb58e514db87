package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/ledgerofthings/lot/node/api"
)

// Devices returns the registered devices.
func (c *Client) Devices(ctx context.Context) ([]api.Device, error) {
	var list api.DeviceList
	err := c.call(ctx, http.MethodGet, api.BasePath+"/devices", nil, nil, &list)
	return list.Devices, err
}

// AddDevice registers a device.
func (c *Client) AddDevice(ctx context.Context, device api.NewDevice) (added api.Device, err error) {
	err = c.call(ctx, http.MethodPost, api.BasePath+"/devices", nil, device, &added)
	return added, err
}

// RemoveDevice forgets a device by its name or did:key.
func (c *Client) RemoveDevice(ctx context.Context, device string) error {
	return c.call(ctx, http.MethodDelete, api.BasePath+"/devices/"+url.PathEscape(device), nil, nil, nil)
}

// SendReadings hands in signed readings, one or a JSON array, and returns what became of each. Readings that were refused
// are no error: the results say why.
func (c *Client) SendReadings(ctx context.Context, readings []byte) (results api.ReadingResults, err error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	response, err := c.send(ctx, http.MethodPost, api.BasePath+"/readings", nil, readings, nil)
	if err != nil {
		return results, err
	}
	defer response.Body.Close()
	if mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); mediaType != "application/json" {
		return results, c.refusal(response)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&results); err != nil {
		return results, fmt.Errorf("the answer of %s to readings makes no sense: %w", c.shown, err)
	}
	return results, nil
}

// Readings returns the newest readings of a device (by name or did:key; empty for all), the newest first.
func (c *Client) Readings(ctx context.Context, device string, limit int) ([]api.Reading, error) {
	query := limited(limit)
	setText(query, "device", device)
	var list api.ReadingList
	err := c.call(ctx, http.MethodGet, api.BasePath+"/readings", query, nil, &list)
	return list.Readings, err
}

// AnchorNow anchors the waiting readings and returns the anchors; none if nothing was waiting.
func (c *Client) AnchorNow(ctx context.Context) ([]api.Anchor, error) {
	var list api.AnchorList
	err := c.call(ctx, http.MethodPost, api.BasePath+"/anchors", nil, nil, &list)
	return list.Anchors, err
}

// Anchors returns the gateway's anchors, the newest first.
func (c *Client) Anchors(ctx context.Context, limit int) ([]api.Anchor, error) {
	var list api.AnchorList
	err := c.call(ctx, http.MethodGet, api.BasePath+"/anchors", limited(limit), nil, &list)
	return list.Anchors, err
}
