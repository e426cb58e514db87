package ingest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

const (
	connectTimeout = 10 * time.Second // from the TCP connection to its CONNECT packet
	writeTimeout   = 10 * time.Second // for a client to take what is sent to it
	closeTimeout   = time.Second      // for all clients to take their last packet when the broker stops
	acceptPause    = 100 * time.Millisecond
)

// listener is a listeners.Listener over one TCP address. It bounds connections and their waiting, goes on after the
// process ran out of file descriptors for a while, and returns from Close only when every connection is done with, so that the
// server's own closing has nothing to race with.
type listener struct {
	address string
	limit   int
	log     *slog.Logger
	tcp     net.Listener
	done    chan struct{}
	running sync.WaitGroup

	mu      sync.Mutex
	closing bool
	conns   map[*conn]struct{}
}

var _ listeners.Listener = (*listener)(nil)

func newListener(address string, limit int, log *slog.Logger) *listener {
	return &listener{address: address, limit: limit, log: log, done: make(chan struct{}), conns: map[*conn]struct{}{}}
}

// Init implements listeners.Listener: it opens the address.
func (l *listener) Init(*slog.Logger) (err error) {
	l.tcp, err = new(net.ListenConfig).Listen(context.Background(), "tcp", l.address)
	return err
}

// ID implements listeners.Listener.
func (l *listener) ID() string { return "mqtt" }

// Protocol implements listeners.Listener.
func (l *listener) Protocol() string { return "tcp" }

// Address implements listeners.Listener.
func (l *listener) Address() string { return l.tcp.Addr().String() }

// Serve implements listeners.Listener: it takes connections until Close.
func (l *listener) Serve(establish listeners.EstablishFn) {
	for {
		raw, err := l.tcp.Accept()
		if err != nil {
			if !l.pause(err) {
				return
			}
			continue
		}
		c := &conn{Conn: raw}
		if !l.admit(c) {
			_ = raw.Close() // more than its limit or closing; the client tries again
			continue
		}
		go func() {
			defer l.release(c)
			_ = raw.SetReadDeadline(time.Now().Add(connectTimeout))
			if err := establish(l.ID(), c); err != nil {
				l.log.Debug("MQTT connection ended", "remote", raw.RemoteAddr().String(), "reason", err)
			}
		}()
	}
}

// pause waits a little after an error of accepting. It reports false when the listener is closed.
func (l *listener) pause(err error) bool {
	if errors.Is(err, net.ErrClosed) {
		return false
	}
	l.log.Warn("cannot take MQTT connections for the moment", "address", l.address, "error", err)
	select {
	case <-l.done:
		return false
	case <-time.After(acceptPause):
		return true
	}
}

func (l *listener) admit(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing || len(l.conns) >= l.limit {
		return false
	}
	l.conns[c] = struct{}{}
	l.running.Add(1)
	return true
}

func (l *listener) release(c *conn) {
	_ = c.Close()
	l.mu.Lock()
	delete(l.conns, c)
	l.mu.Unlock()
	l.running.Done()
}

// Close implements listeners.Listener. Clients of MQTT 5 are told; then all connections are closed.
func (l *listener) Close(closeClients listeners.CloseFn) {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return
	}
	l.closing = true
	for c := range l.conns {
		c.expire(time.Now().Add(closeTimeout))
	}
	l.mu.Unlock()
	close(l.done)
	_ = l.tcp.Close()
	closeClients(l.ID())
	l.mu.Lock()
	for c := range l.conns { // also those that have not said CONNECT
		_ = c.Close()
	}
	l.mu.Unlock()
	l.running.Wait()
}

// conn is a connection whose writes do not wait for ever. The server sets one deadline for both directions from the
// client's keep-alive, which may be none; here that counts for reading alone.
type conn struct {
	net.Conn
	mu      sync.Mutex
	expires time.Time // no write lasts beyond it; zero: no such end
}

// SetDeadline implements net.Conn, for reading.
func (c *conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// Write implements net.Conn.
func (c *conn) Write(b []byte) (int, error) {
	deadline := time.Now().Add(writeTimeout)
	c.mu.Lock()
	if !c.expires.IsZero() && c.expires.Before(deadline) {
		deadline = c.expires
	}
	c.mu.Unlock()
	if err := c.SetWriteDeadline(deadline); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// expire bounds all writes from now on.
func (c *conn) expire(at time.Time) {
	c.mu.Lock()
	c.expires = at
	c.mu.Unlock()
	_ = c.SetWriteDeadline(at)
}
