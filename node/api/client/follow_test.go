package client_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/client"
)

// proxy passes connections on to a gateway and lets a test break them.
type proxy struct {
	listener net.Listener
	conns    chan net.Conn
}

// newProxy returns a listener that hands every accepted connection to the test too.
func newProxy(t *testing.T) *proxy {
	t.Helper()
	listener, err := api.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &proxy{listener, make(chan net.Conn, 16)}
}

func (p *proxy) Accept() (net.Conn, error) {
	conn, err := p.listener.Accept()
	if err == nil {
		p.conns <- conn
	}
	return conn, err
}

func (p *proxy) Close() error   { return p.listener.Close() }
func (p *proxy) Addr() net.Addr { return p.listener.Addr() }

func warning(text string) api.Notice {
	return api.Notice{Type: api.NoticeWarning, Warning: &api.Warning{Text: text}}
}

func TestFollowResumesAfterABreak(t *testing.T) {
	g, p := newGateway(t), newProxy(t)
	g.serve(t, p)
	c := dial(t, client.Options{Address: p.Addr().String(), Token: g.token})
	connected, retries := 0, 0
	options := client.FollowOptions{
		OnConnect: func() {
			if connected++; connected == 1 {
				g.feed.Publish(warning("one"))
			}
		},
		OnRetry: func(reason error, wait time.Duration) {
			retries++
			if reason == nil || wait <= 0 {
				t.Errorf("retry for %v after %v", reason, wait)
			}
			g.feed.Publish(warning("two")) // while nobody listens
		},
	}
	var got []string
	for message, err := range c.Follow(t.Context(), options) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, string(message.Type)+" "+message.Warning.Text); len(got) == 2 {
			break
		}
		_ = (<-p.conns).Close()
	}
	if strings.Join(got, ", ") != "warning one, warning two" || connected != 2 || retries != 1 {
		t.Errorf("got %v, connected %d, retries %d", got, connected, retries)
	}
}

func TestFollowTellsOfAGap(t *testing.T) {
	g, c := connect(t)
	g.feed.Publish(warning("kept"))
	var got []string
	for message, err := range c.Follow(t.Context(), client.FollowOptions{LastID: "another-1"}) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, string(message.Type)); len(got) == 2 {
			break
		}
	}
	if strings.Join(got, " ") != "gap warning" {
		t.Errorf("got %v", got)
	}
}

func TestFollowFilters(t *testing.T) {
	g, c := connect(t)
	options := client.FollowOptions{Types: []api.NoticeType{api.NoticeWarning, api.NoticeSync}, Kind: "transfer"}
	options.OnConnect = func() {
		g.feed.Publish(api.Notice{Type: api.NoticePeer, Peer: &api.PeerChange{ID: "x"}})
		g.feed.Publish(warning("one"))
	}
	for message, err := range c.Follow(t.Context(), options) {
		if err != nil || message.Type != api.NoticeWarning || message.ID == "" {
			t.Errorf("%+v, %v", message, err)
		}
		break
	}
}

func TestFollowEndsWithItsContext(t *testing.T) {
	_, c := connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	for message, err := range c.Follow(ctx, client.FollowOptions{OnConnect: cancel}) {
		t.Errorf("%+v, %v", message, err)
	}
}

func TestFollowGivesUpWhenRefused(t *testing.T) {
	g, _ := connect(t)
	listener, err := api.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g2 := newGateway(t)
	g2.serve(t, listener)
	address := listener.Addr().String()
	last := func(o client.Options) (err error) {
		for _, err = range dial(t, o).Follow(t.Context(), client.FollowOptions{Kind: "transfer"}) {
		}
		return err
	}
	var unauthorized *client.Unauthorized
	if err := last(client.Options{Address: address, Token: g.token}); !errors.As(err, &unauthorized) {
		t.Errorf("wrong token: %v", err)
	}
	var unreachable *client.Unreachable
	if err := last(client.Options{Address: "127.0.0.1:1", Token: g.token}); !errors.As(err, &unreachable) {
		t.Errorf("nobody there: %v", err)
	}
}
