package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
)

// pipes is a listener whose connections are pipes in memory, so that a test can run the clock.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	close sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.close.Do(func() { close(p.done) }); return nil }

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// dial returns the client's end of a new connection.
func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

// serve runs a gateway over pipes in a bubble with its own clock.
func serve(t *testing.T, change func(*api.Options), test func(t *testing.T, g *gateway, p *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGateway(t, change), newPipes()
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- g.Serve(ctx, p) }()
		test(t, g, p)
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

// send writes a request with the token; what becomes of it shows in the answer.
func send(conn net.Conn, g *gateway, line, body string) {
	go func() {
		_, _ = fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
			line, string(g.token), len(body), body)
	}()
}

func TestSlowHeadersLoseTheConnection(t *testing.T) {
	serve(t, nil, func(t *testing.T, _ *gateway, p *pipes) {
		conn := p.dial()
		defer conn.Close()
		begun := time.Now()
		var dribble sync.WaitGroup
		dribble.Go(func() { // a byte every second, for ever
			for {
				if _, err := io.WriteString(conn, "G"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		_, _ = io.ReadAll(conn)
		dribble.Wait()
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("slow headers kept the connection for %v", took)
		}
	})
}

func TestSlowBodyLosesTheConnection(t *testing.T) {
	serve(t, nil, func(t *testing.T, g *gateway, p *pipes) {
		for _, path := range []string{"/api/v1/transfers", "/api/v1/readings"} {
			conn := p.dial()
			begun := time.Now()
			go func() {
				_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: 1000\r\n\r\n[", path, string(g.token))
			}()
			_, _ = io.ReadAll(conn)
			_ = conn.Close()
			if took := time.Since(begun); took > 40*time.Second {
				t.Errorf("a slow body kept %s for %v", path, took)
			}
		}
	})
}

func TestIdleConnectionsEnd(t *testing.T) {
	serve(t, nil, func(t *testing.T, g *gateway, p *pipes) {
		conn := p.dial()
		defer conn.Close()
		send(conn, g, "GET /healthz", "")
		begun := time.Now()
		_, _ = io.ReadAll(conn)
		if took := time.Since(begun); took > 90*time.Second {
			t.Errorf("idle for %v", took)
		}
	})
}

func TestWaitForFinalityOutlivesReadDeadlines(t *testing.T) {
	serve(t, nil, func(t *testing.T, g *gateway, p *pipes) {
		g.backend.Update(func(d *apitest.Data) { d.Receipts = nil })
		body := `{"to":"` + dag.AccountOf(apitest.Key(1)).String() + `","amount":5,"idempotency_key":"a"}`
		conn := p.dial()
		defer conn.Close()
		begun := time.Now()
		send(conn, g, "POST /api/v1/transfers?wait=final&timeout=60", body)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answer, _ := io.ReadAll(response.Body)
		if took := time.Since(begun); took != time.Minute || response.StatusCode != 202 || !strings.Contains(string(answer), "not final within") {
			t.Errorf("status %d after %v: %s", response.StatusCode, took, answer)
		}
	})
}

func TestStuckBackendIsNotWaitedForForever(t *testing.T) {
	serve(t, nil, func(t *testing.T, g *gateway, p *pipes) {
		g.backend.Update(func(d *apitest.Data) {
			d.Fail, d.Requesting = context.DeadlineExceeded, func(ctx context.Context) { <-ctx.Done() }
		})
		conn := p.dial()
		defer conn.Close()
		begun := time.Now()
		send(conn, g, "GET /api/v1/status", "")
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if took := time.Since(begun); took > 30*time.Second || response.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("status %d after %v", response.StatusCode, took)
		}
	})
}

func TestStreamOutlivesAllDeadlinesOfRequests(t *testing.T) {
	serve(t, nil, func(t *testing.T, g *gateway, p *pipes) {
		conn := p.dial()
		defer conn.Close()
		send(conn, g, "GET /api/v1/events/stream", "")
		lines := bufio.NewScanner(conn)
		for beats := 0; beats < 20 && lines.Scan(); {
			if lines.Text() == ": still here" {
				beats++
			}
		}
		g.feed.Publish(numbered(7))
		for lines.Scan() {
			if strings.Contains(lines.Text(), `"time":7`) {
				return
			}
		}
		t.Errorf("the stream ended: %v", lines.Err())
	})
}

func TestFollowerThatDoesNotReadIsCutOff(t *testing.T) {
	serve(t, nil, func(t *testing.T, g *gateway, p *pipes) {
		conn := p.dial()
		defer conn.Close()
		send(conn, g, "GET /api/v1/events/stream", "")
		time.Sleep(time.Minute)
		synctest.Wait()
		if w := g.ask("GET", "/metrics", ""); !strings.Contains(w.Body.String(), "lot_http_streams 0") {
			t.Error("the stream is still there")
		}
	})
}

func TestStopIsGraceful(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGateway(t, nil), newPipes()
		entered, release := make(chan struct{}), make(chan struct{})
		g.backend.Update(func(d *apitest.Data) { d.Requesting = func(context.Context) { close(entered); <-release } })
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- g.Serve(ctx, p) }()
		stream, request := p.dial(), p.dial()
		send(stream, g, "GET /api/v1/events/stream", "")
		told := make(chan string)
		go func() { text, _ := io.ReadAll(stream); told <- string(text) }()
		send(request, g, "GET /api/v1/status", "")
		<-entered
		synctest.Wait() // the stream is open
		cancel()
		if text := <-told; !strings.Contains(text, "event: bye") {
			t.Errorf("the stream ends with %q", text)
		}
		close(release)
		response, err := http.ReadResponse(bufio.NewReader(request), nil)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("the request at work got %v, %v", response, err)
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Error(err)
		}
		_, _ = request.Close(), stream.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

func TestStopCutsOffWhatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := newGateway(t, nil), newPipes()
		entered := make(chan struct{})
		g.backend.Update(func(d *apitest.Data) { d.Requesting = func(ctx context.Context) { close(entered); <-ctx.Done() } })
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- g.Serve(ctx, p) }()
		conn := p.dial()
		defer conn.Close()
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		send(conn, g, "GET /api/v1/status", "")
		<-entered
		cancel()
		begun := time.Now()
		if err := <-served; err != nil || time.Since(begun) > 10*time.Second {
			t.Errorf("Serve: %v after %v", err, time.Since(begun))
		}
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	serve(t, func(o *api.Options) { o.Limits.Connections = 1 }, func(t *testing.T, g *gateway, p *pipes) {
		first := p.dial()
		accepted := make(chan net.Conn)
		go func() { accepted <- p.dial() }()
		synctest.Wait()
		select {
		case <-accepted:
			t.Fatal("a second connection came in")
		default:
		}
		_ = first.Close()
		second := <-accepted
		_ = second.Close()
	})
}

func TestLargeHeadersAreRefused(t *testing.T) {
	serve(t, nil, func(t *testing.T, g *gateway, p *pipes) {
		conn := p.dial()
		defer conn.Close()
		go func() { _, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nX: "+strings.Repeat("x", 64<<10)) }()
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%v", response)
		}
	})
}

func TestServeSaysWhichListenerFailed(t *testing.T) {
	g := newGateway(t, nil)
	listener, err := api.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	if err := g.Serve(t.Context(), listener); err == nil || !strings.Contains(err.Error(), address) {
		t.Errorf("error %v", err)
	}
}
