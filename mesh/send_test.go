package mesh

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// TestSendInOrder sends many messages of all sizes both ways at once.
func TestSendInOrder(t *testing.T) {
	for name, listen := range map[string][]string{"tcp": onTCP, "quic": onQUIC} {
		t.Run(name, func(t *testing.T) {
			config := func(c *Config) { c.Listen = listen }
			a, b := start(t, "a", plan{config: config}), start(t, "b", plan{config: config})
			join(t, a, b)
			const count = 2000
			for i := range count {
				data := append(binary.AppendUvarint(nil, uint64(i)), bytes.Repeat([]byte{1}, i%300)...)
				eventually(t, "room", func() bool { return a.Send(b.ID(), data) == nil })
				eventually(t, "room", func() bool { return b.Send(a.ID(), data) == nil })
			}
			large := make([]byte, 1<<20)
			eventually(t, "room", func() bool { return a.Send(b.ID(), large) == nil })
			eventually(t, "room", func() bool { return b.Send(a.ID(), large) == nil })
			for _, n := range []*node{a, b} {
				eventually(t, "all arrive", func() bool { return n.Stats().Received == count+1 })
				n.checkOrder(t, count)
			}
			eventually(t, "nothing is queued", func() bool { return a.Stats().Queued == 0 && a.Stats().Sent == count+1 })
			if a.Stats().Lost != 0 || b.Stats().BrokenStreams != 0 {
				t.Errorf("%+v", a.Stats())
			}
		})
	}
}

func (n *node) checkOrder(t *testing.T, count int) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, message := range n.messages[:count] {
		if number, _ := binary.Uvarint([]byte(message)); number != uint64(i) {
			t.Fatalf("message %d came at place %d", number, i)
		}
	}
}

// TestBackPressure blocks the receiver's handler: the sender gets errors and waits nowhere, memory stays bounded, and
// what was taken arrives in order once the handler goes on.
func TestBackPressure(t *testing.T) {
	release := make(chan struct{})
	var first atomic.Bool
	var order []byte
	done := make(chan struct{})
	b := start(t, "b", plan{
		config: func(c *Config) { c.Limits.ReceiveBytesPerSecond = 1 << 30 },
		handle: func(_ string, data []byte) {
			if first.CompareAndSwap(false, true) {
				<-release
			}
			if data[0] == 'z' {
				close(done)
				return
			}
			order = append(order, data[1])
		},
	})
	a := start(t, "a", plan{})
	join(t, a, b)
	taken := 0
	for data := range chunks() {
		err := a.Send(b.ID(), data)
		if errors.Is(err, ErrQueueFull) && a.Stats().Queued > 3<<20 && first.Load() {
			break
		}
		if err == nil {
			taken++
		}
		if a.Stats().Queued > 4<<20 {
			t.Fatalf("%d bytes queued", a.Stats().Queued)
		}
	}
	if taken > 40 {
		t.Errorf("%d messages of 256 KiB were taken while nobody reads", taken)
	}
	close(release)
	eventually(t, "room for the last", func() bool { return a.Send(b.ID(), []byte("z")) == nil })
	waitFor(t, done)
	if len(order) != taken {
		t.Errorf("%d of %d arrived", len(order), taken)
	}
}

// chunks yields messages of 256 KiB for ever.
func chunks() func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for i := 0; yield(append([]byte{'m', byte(i)}, make([]byte, 256<<10)...)); i++ {
		}
	}
}

func waitFor(t testing.TB, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("waited too long")
	}
}

// TestSendErrors covers what Send refuses.
func TestSendErrors(t *testing.T) {
	a, b := start(t, "a", plan{}), start(t, "b", plan{})
	if err := a.Send(b.ID(), nil); !errors.Is(err, ErrNotConnected) {
		t.Error(err)
	}
	join(t, a, b)
	if err := a.Send(b.ID(), make([]byte, 1<<20+1)); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	must(t, b.Close())
	eventually(t, "gone", func() bool { return errors.Is(a.Send(b.ID(), nil), ErrNotConnected) })
	must(t, a.Close())
	if err := a.Send(b.ID(), nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// TestIdleStream lets a stream end for want of messages and sends again.
func TestIdleStream(t *testing.T) {
	short := plan{config: func(c *Config) { c.Limits.StreamIdle = 20 * time.Millisecond }}
	a, b := start(t, "a", short), start(t, "b", short)
	join(t, a, b)
	for i := range 3 {
		must(t, a.Send(b.ID(), []byte("hello")))
		eventually(t, "arrival", func() bool { return b.Stats().Received == uint64(i+1) })
		eventually(t, "no stream left", func() bool { return messageStreams(a, b) == 0 && messageStreams(b, a) == 0 })
	}
}

// messageStreams counts a node's message streams with a peer.
func messageStreams(n, with *node) (count int) {
	for _, conn := range n.host.Network().ConnsToPeer(peerOf(with.ID())) {
		for _, s := range conn.GetStreams() {
			if s.Protocol() == n.names.message() {
				count++
			}
		}
	}
	return count
}

// TestGarbage opens message streams that do not carry what they should. The node cuts them off and lives on.
func TestGarbage(t *testing.T) {
	n := start(t, "n", plan{config: func(c *Config) { c.Limits.StreamStall = 100 * time.Millisecond }})
	for i, c := range []struct {
		name  string
		write []byte
		close bool
	}{
		{"longer than allowed", binary.AppendUvarint(nil, 1<<20+1), false},
		{"longer than memory", binary.AppendUvarint(nil, 1<<62), false},
		{"endless length", bytes.Repeat([]byte{0xff}, 64), false},
		{"length that is not minimal", []byte{0x81, 0x00}, false},
		{"cut off", []byte{100, 1, 2, 3}, true},
		{"stalled in the middle", []byte{100, 1, 2, 3}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := speaker(t, fmt.Sprint("bad", i), n)
			s, err := bad.open()
			must(t, err)
			_, _ = s.Write(c.write)
			if c.close {
				must(t, s.CloseWrite())
			}
			must(t, s.SetReadDeadline(time.Now().Add(patience)))
			if _, err := s.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
				t.Errorf("the stream was not reset: %v", err)
			}
			eventually(t, "counted", func() bool { return n.Stats().BrokenStreams == uint64(i+1) })
		})
	}
	if n.Stats().Received != 0 {
		t.Error("garbage was delivered")
	}
}

// rawSpeaker is a plain host that the node takes for a member.
type rawSpeaker struct {
	open func() (network.Stream, error)
}

func speaker(t *testing.T, name string, n *node) rawSpeaker {
	t.Helper()
	h := stranger(t, name)
	h.SetStreamHandler(n.names.message(), func(s network.Stream) { _ = s.Reset() })
	must(t, h.Connect(t.Context(), infoOf(t, n)))
	eventually(t, "ready", func() bool {
		ids, _ := n.watch.list()
		for _, id := range ids {
			if id == h.ID() {
				return true
			}
		}
		return false
	})
	return rawSpeaker{open: func() (network.Stream, error) {
		return h.NewStream(context.Background(), peerOf(n.ID()), n.names.message())
	}}
}

// TestNewStreamTakesOver opens a second message stream while the first is silent, as a peer does that came back.
func TestNewStreamTakesOver(t *testing.T) {
	n := start(t, "n", plan{})
	raw := speaker(t, "raw", n)
	for i := range 8 { // more than may be open at a time
		s, err := raw.open()
		must(t, err)
		must(t, writeFrame(s, []byte(fmt.Sprint(i))))
		eventually(t, "handled", func() bool { return n.Stats().Received == uint64(i+1) })
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if got := fmt.Sprint(n.messages); got != "[0 1 2 3 4 5 6 7]" {
		t.Error(got)
	}
}

// TestOneMessageAtATime opens a second stream while the first one's message is still being handled: it has to wait.
func TestOneMessageAtATime(t *testing.T) {
	entered, release := make(chan string, 4), make(chan struct{})
	n := start(t, "n", plan{handle: func(_ string, data []byte) {
		entered <- string(data)
		<-release
	}})
	goOn := sync.OnceFunc(func() { close(release) })
	t.Cleanup(goOn)
	raw := speaker(t, "raw", n)
	for _, text := range []string{"first", "second"} {
		s, err := raw.open()
		must(t, err)
		must(t, writeFrame(s, []byte(text)))
		if text == "first" && <-entered != text {
			t.Fatal("another message came first")
		}
	}
	eventually(t, "the second stream took over", func() bool {
		n.receiver.mu.Lock()
		defer n.receiver.mu.Unlock()
		for _, in := range n.receiver.inlets {
			return in.before != nil
		}
		return false
	})
	select {
	case text := <-entered:
		t.Errorf("%s is handled beside the first", text)
	default:
	}
	goOn()
	if text := <-entered; text != "second" {
		t.Errorf("then came %s", text)
	}
}

// TestLostIsCounted closes the connection to a peer that reads nothing: what waited for it is counted, and its memory free.
func TestLostIsCounted(t *testing.T) {
	release := make(chan struct{})
	b := start(t, "b", plan{handle: func(string, []byte) { <-release }})
	a := start(t, "a", plan{})
	t.Cleanup(func() { close(release) })
	join(t, a, b)
	for data := range chunks() {
		if errors.Is(a.Send(b.ID(), data), ErrQueueFull) {
			break
		}
	}
	waiting := uint64(a.Stats().Queued / (256 << 10))
	must(t, a.host.Network().ClosePeer(peerOf(b.ID())))
	eventually(t, "counted", func() bool { return a.Stats().Lost >= waiting-2 && a.Stats().Queued == 0 })
}
