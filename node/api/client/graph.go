package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

// Events returns one page of events, the newest first. A limit of zero leaves the size to the gateway.
func (c *Client) Events(ctx context.Context, q api.EventQuery) (page api.EventPage, err error) {
	query := limited(q.Limit)
	setText(query, "cursor", q.Cursor)
	setText(query, "kind", q.Kind)
	setText(query, "state", string(q.State))
	if !q.Key.IsZero() {
		query.Set("key", q.Key.String())
	}
	err = c.call(ctx, http.MethodGet, api.BasePath+"/events", query, nil, &page)
	return page, err
}

// Event returns one event with its explanation, and with its block if asked for.
func (c *Client) Event(ctx context.Context, id dag.ID, block bool) (event api.EventDetail, err error) {
	query := url.Values{}
	if block {
		query.Set("block", "1")
	}
	err = c.call(ctx, http.MethodGet, api.BasePath+"/events/"+id.String(), query, nil, &event)
	return event, err
}

// Graph copies the graph and its order to w, as JSON lines. An error means that what was written is not the whole.
func (c *Client) Graph(ctx context.Context, w io.Writer) error {
	response, err := c.open(ctx, http.MethodGet, api.BasePath+"/graph", nil, nil, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(w, response.Body); err != nil {
		return fmt.Errorf("export the graph of %s: %w", c.shown, err)
	}
	return nil
}

// limited returns a query with a limit, unless it is zero.
func limited(limit int) url.Values {
	query := url.Values{}
	if limit != 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	return query
}

// setText sets a parameter, unless it is empty.
func setText(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}
