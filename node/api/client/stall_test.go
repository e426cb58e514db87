package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ledgerofthings/lot/node/api"
)

// TestFollowLeavesASilentGateway follows a gateway that opens the stream and then says nothing more, over a pipe and
// with a clock of its own.
func TestFollowLeavesASilentGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{Token: api.NewToken()})
		if err != nil {
			t.Fatal(err)
		}
		c.http.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				if _, err := http.ReadRequest(bufio.NewReader(far)); err != nil {
					return
				}
				_, _ = io.WriteString(far, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: a-1\n: connected\n\n")
				_, _ = io.Copy(io.Discard, far) // until the client hangs up
			}()
			return near, nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		begun, retries := time.Now(), 0
		options := FollowOptions{OnRetry: func(reason error, _ time.Duration) {
			if !errors.Is(reason, errStalled) {
				t.Errorf("retry for %v", reason)
			}
			if retries++; retries == 2 {
				cancel()
			}
		}}
		for message, err := range c.Follow(ctx, options) {
			t.Errorf("%+v, %v", message, err)
		}
		if took := time.Since(begun); retries != 2 || took < 2*stallTimeout || took > 3*stallTimeout {
			t.Errorf("%d retries after %v", retries, took)
		}
		c.Close()
	})
}

func TestRetriesWaitLongerAndLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &follower{wait: firstRetry}
		begun := time.Now()
		for range 10 {
			if !f.pause(t.Context(), errStalled) {
				t.Fatal("gave up")
			}
		}
		if took := time.Since(begun); f.wait != lastRetry || took < 4*lastRetry || took > 6*lastRetry {
			t.Errorf("ten waits took %v, the next is %v", took, f.wait)
		}
	})
}
