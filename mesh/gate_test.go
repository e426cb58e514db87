package mesh

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// TestStrangerIsRefused sees that a peer which is not admitted gets no stream, whoever dials.
func TestStrangerIsRefused(t *testing.T) {
	for name, listen := range map[string][]string{"tcp": onTCP, "quic": onQUIC} {
		t.Run(name, func(t *testing.T) {
			friend := idOf(t, "friend")
			n := start(t, "n", plan{config: func(c *Config) {
				c.Listen = listen
				c.Admit = func(id string) bool { return id == friend }
			}})
			bad := stranger(t, "stranger")
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_ = bad.Connect(ctx, infoOf(t, n)) // may succeed for a moment: its own half of the handshake was done
			eventually(t, "the refusal is counted", func() bool { return n.Stats().Refused > 0 })
			if s, err := bad.NewStream(ctx, peerOf(n.ID()), n.names.message()); err == nil {
				_ = s.SetReadDeadline(time.Now().Add(patience))
				if _, err = s.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error("a stranger has a stream")
				}
			}
			eventually(t, "no connection", func() bool { return len(n.host.Network().Peers()) == 0 })
			if _, err := n.Request(ctx, idOf(t, "stranger"), "any", nil, 1); !errors.Is(err, ErrNotAdmitted) {
				t.Error(err)
			}
			join(t, start(t, "friend", plan{}), n)
		})
	}
}

// TestRecheck drops a member that is one no longer.
func TestRecheck(t *testing.T) {
	var admitted atomic.Bool
	admitted.Store(true)
	a := start(t, "a", plan{config: func(c *Config) { c.Admit = func(string) bool { return admitted.Load() } }})
	b := start(t, "b", plan{})
	join(t, a, b)
	a.Recheck()
	if !a.sees(b) {
		t.Fatal("a member was dropped")
	}
	admitted.Store(false)
	a.Recheck()
	eventually(t, "gone", func() bool { return !a.sees(b) && len(a.host.Network().Peers()) == 0 })
	eventually(t, "told", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(a.events) == 2 && a.events[0].Ready && !a.events[1].Ready
	})
}
