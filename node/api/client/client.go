package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ledgerofthings/lot/node/api"
)

const (
	// CallTimeout is the longest that a call takes, waiting for finality included.
	CallTimeout = api.MaxWait + 30*time.Second
	// maxAnswer bounds the body of an answer, in bytes. Exports are streamed and not bounded.
	maxAnswer = 64 << 20
)

// Options say where the gateway is and how to get in.
type Options struct {
	Address   string    // http://host:port, host:port, or unix:/path/to/socket; empty for api.DefaultAddress
	TokenFile string    // where the token is read from, unless Token is set
	Token     api.Token // the token itself
}

// Client calls one gateway. It is safe for concurrent use.
type Client struct {
	base      string // scheme and host, without a slash at the end
	shown     string // the address as people know it
	token     api.Token
	tokenFile string
	http      *http.Client
}

// New returns a client. It reads the token file, but does not connect.
func New(o Options) (*Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // the token is for the gateway alone
	base, err := dialTo(transport, cmp.Or(o.Address, api.DefaultAddress))
	if err != nil {
		return nil, err
	}
	token := o.Token
	if token == "" {
		if token, err = readToken(o.TokenFile); err != nil {
			return nil, err
		}
	}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the token does not follow
	return &Client{
		base: base, shown: shownAddress(o.Address, base), token: token, tokenFile: o.TokenFile,
		http: &http.Client{Transport: transport, CheckRedirect: refuse},
	}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// dialTo returns the base URL of an address, and makes the transport dial the socket if it is one.
func dialTo(transport *http.Transport, address string) (string, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
		return "http://localhost", nil
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return "", fmt.Errorf("gateway address %q: want http://host:port, host:port or unix:/path/to/socket", address)
	}
	return parsed.Scheme + "://" + parsed.Host, nil
}

// shownAddress returns the address for messages.
func shownAddress(address, base string) string {
	if strings.HasPrefix(address, "unix:") {
		return address
	}
	return base
}

// call sends a request and decodes the JSON answer into out; body and out may be nil.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, body, out any) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
	}
	answer, err := c.raw(ctx, method, path, query, payload)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("the answer of %s to %s %s makes no sense: %w", c.shown, method, path, err)
	}
	return nil
}

// raw sends a request and returns the answer's bytes.
func (c *Client) raw(ctx context.Context, method, path string, query url.Values, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	response, err := c.open(ctx, method, path, query, body, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, c.broken(ctx, err)
	}
	if len(answer) > maxAnswer {
		return nil, fmt.Errorf("the answer of %s to %s %s is longer than %d bytes", c.shown, method, path, maxAnswer)
	}
	return answer, nil
}

// open sends a request and returns the response if it is a success; the caller closes its body.
func (c *Client) open(ctx context.Context, method, path string, query url.Values, body []byte, header http.Header) (*http.Response, error) {
	response, err := c.send(ctx, method, path, query, body, header)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		defer response.Body.Close()
		return nil, c.refusal(response)
	}
	return response, nil
}

// send sends a request and returns the response, whatever it says; the caller closes its body.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, body []byte, header http.Header) (*http.Response, error) {
	target := c.base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Authorization", "Bearer "+string(c.token))
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.broken(ctx, err)
	}
	return response, nil
}

// broken says why no answer came.
func (c *Client) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("call the gateway at %s: %w", c.shown, context.Cause(ctx))
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return &Unreachable{Address: c.shown, Err: err}
	}
	return fmt.Errorf("the connection to the gateway at %s broke: %w", c.shown, err)
}
