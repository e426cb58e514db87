package mesh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func echo(_ context.Context, from string, request []byte) ([]byte, error) {
	if bytes.HasPrefix(request, []byte("error")) {
		return nil, errors.New("no such thing" + strings.Repeat("!", 5000))
	}
	return append([]byte(from+" "), request...), nil
}

func TestRequest(t *testing.T) {
	limits := ServeLimits{MaxRequest: 1 << 20, MaxResponse: 2 << 20}
	b := start(t, "b", plan{before: func(m *Mesh) { must(t, m.Serve("echo", echo, limits)) }})
	a := start(t, "a", plan{})
	join(t, a, b)
	large := bytes.Repeat([]byte("x"), 1<<20)
	for _, c := range []struct {
		name, protocol string
		request        []byte
		max            int
		want           error
	}{
		{"answer", "echo", []byte("hello"), 100, nil},
		{"empty", "echo", nil, 100, nil},
		{"large", "echo", large, 2 << 20, nil},
		{"request too large", "echo", append(large, 'x'), 2 << 20, ErrRefused},
		{"answer too large for us", "echo", large, 1 << 20, ErrTooLarge},
		{"answer a little too large", "echo", []byte("hello"), 10, ErrTooLarge},
		{"handler's error", "echo", []byte("error"), 100, ErrRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := a.Request(t.Context(), b.ID(), c.protocol, c.request, c.max)
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if want := a.ID() + " " + string(c.request); err == nil && string(got) != want {
				t.Errorf("got %d bytes, want %d", len(got), len(want))
			}
			if err != nil && len(err.Error()) > 2000 {
				t.Errorf("error of %d bytes", len(err.Error()))
			}
		})
	}
	if _, err := a.Request(t.Context(), b.ID(), "unknown", nil, 1); err == nil {
		t.Error("an unknown protocol answered")
	}
	if _, err := a.Request(t.Context(), "nonsense", "echo", nil, 1); err == nil {
		t.Error("a peer without a name answered")
	}
}

// TestRequestBounds fills the place for one peer's requests, and then ends them by their contexts.
func TestRequestBounds(t *testing.T) {
	entered, release := make(chan struct{}, 8), make(chan struct{})
	hold := func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
		entered <- struct{}{}
		select {
		case <-release:
			return []byte("done"), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	b := start(t, "b", plan{before: func(m *Mesh) { must(t, m.Serve("hold", hold, ServeLimits{PerPeer: 2, Concurrent: 3})) }})
	a, c := start(t, "a", plan{}), start(t, "c", plan{})
	join(t, a, b)
	join(t, c, b)
	answers := make(chan error, 8)
	ask := func(n *node) {
		_, err := n.Request(t.Context(), b.ID(), "hold", []byte("?"), 10)
		answers <- err
	}
	for _, n := range []*node{a, a, c} {
		go ask(n)
		<-entered
	}
	for _, n := range []*node{a, c} { // a has its two, b has its three
		if _, err := n.Request(t.Context(), b.ID(), "hold", bytes.Repeat([]byte("x"), 60000), 10); !errors.Is(err, ErrBusy) {
			t.Error(err)
		}
	}
	close(release)
	for range 3 {
		must(t, <-answers)
	}
	if got := b.Stats(); got.Served != 3 || got.Busy != 2 {
		t.Errorf("%+v", got)
	}
}

// TestRequestEnds sees that a request ends with its context and with the mesh.
func TestRequestEnds(t *testing.T) {
	entered := make(chan struct{}, 2)
	hold := func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
		entered <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	b := start(t, "b", plan{before: func(m *Mesh) { must(t, m.Serve("hold", hold, ServeLimits{})) }})
	a := start(t, "a", plan{})
	join(t, a, b)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := a.Request(ctx, b.ID(), "hold", nil, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	<-entered
	answer := make(chan error)
	go func() {
		_, err := a.Request(context.Background(), b.ID(), "hold", nil, 10)
		answer <- err
	}()
	<-entered
	must(t, b.Close())
	if err := <-answer; err == nil {
		t.Error("an answer from a closed peer")
	}
}

func TestServeErrors(t *testing.T) {
	n := build(t, "n", plan{})
	if err := n.Serve("a/b", echo, ServeLimits{}); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
	must(t, n.Start())
	for name, err := range map[string]error{
		"Serve":  n.Serve("echo", echo, ServeLimits{}),
		"Handle": n.Handle(func(string, []byte) {}),
		"OnPeer": n.OnPeer(func(PeerEvent) {}),
		"Join":   n.Join("events", acceptAll, func(Message) {}),
		"Start":  n.Start(),
	} {
		if !errors.Is(err, ErrStarted) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzResponse reads what a hostile peer may answer.
func FuzzResponse(f *testing.F) {
	f.Add([]byte{}, 10)
	f.Add([]byte("\x00hello"), 10)
	f.Add([]byte("\x01no"), 0)
	f.Add([]byte{statusBusy}, 1)
	f.Add([]byte{200, 1}, 1)
	f.Fuzz(func(t *testing.T, response []byte, most int) {
		body, err := parseResponse(response, most)
		if err == nil && (len(body) > most || !bytes.Equal(append([]byte{statusDone}, body...), response)) {
			t.Errorf("%x gave %x", response, body)
		}
		if err != nil && fmt.Sprint(err) == "" {
			t.Error("an error without a text")
		}
	})
}
