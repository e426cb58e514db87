package mesh

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// bareTCP copies the same bytes through a plain loopback connection and returns bytes per second: what the machine can do
// without any protocol.
func bareTCP(b *testing.B, size, count int) float64 {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	defer listener.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err == nil {
			_, _ = io.Copy(io.Discard, conn)
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	must(b, err)
	data, begin := make([]byte, size), time.Now()
	for range count {
		_, err := conn.Write(data)
		must(b, err)
	}
	must(b, conn.Close())
	<-done
	return float64(size*count) / time.Since(begin).Seconds()
}

// BenchmarkSend sends over loopback and reports the ratio to plain TCP writes of the same size.
func BenchmarkSend(b *testing.B) {
	for name, listen := range map[string][]string{"tcp": onTCP, "quic": onQUIC} {
		for _, size := range []int{256, 16 << 10, 1 << 20} {
			b.Run(fmt.Sprint(name, "/", size), func(b *testing.B) { benchmarkSend(b, listen, size) })
		}
	}
}

func benchmarkSend(b *testing.B, listen []string, size int) {
	fast := func(c *Config) { c.Listen, c.Limits.ReceiveBytesPerSecond = listen, 1<<40 }
	arrived := make(chan struct{}, 1024)
	to := start(b, "to", plan{config: fast, handle: func(string, []byte) { arrived <- struct{}{} }})
	from := start(b, "from", plan{config: fast})
	join(b, from, to)
	data, open := make([]byte, size), 0
	window := min(256, (3<<20)/size) // below what the queue takes
	b.SetBytes(int64(size))
	b.ResetTimer()
	begin := time.Now()
	for range b.N {
		must(b, from.Send(to.ID(), data))
		if open++; open == window {
			<-arrived
			open--
		}
	}
	for ; open > 0; open-- {
		<-arrived
	}
	rate := float64(size*b.N) / time.Since(begin).Seconds()
	b.StopTimer()
	b.ReportMetric(rate/bareTCP(b, size, max(b.N, 1000)), "of-bare-tcp")
}

// BenchmarkPublish measures from Publish to Deliver at the other end, one message at a time and many at a time, and
// reports the ratio of the single message's time to a bare echo over loopback TCP.
func BenchmarkPublish(b *testing.B) {
	for _, open := range []int{1, 64} {
		b.Run(fmt.Sprint(open, "-at-once"), func(b *testing.B) { benchmarkPublish(b, open) })
	}
}

func benchmarkPublish(b *testing.B, atOnce int) {
	fast := func(c *Config) {
		c.Limits.GossipPerSecond, c.Limits.GossipBytesPerSecond, c.Listen = 1<<30, 1<<40, onTCP
	}
	arrived := make(chan struct{}, 1024)
	to := start(b, "to", plan{config: fast, validate: func(context.Context, string, []byte) (Verdict, any) {
		arrived <- struct{}{}
		return Accept, nil
	}})
	from := start(b, "from", plan{config: fast})
	join(b, from, to)
	eventually(b, "mesh", func() bool { return from.meshed(to) })
	open := 0
	b.ResetTimer()
	begin := time.Now()
	for i := range b.N {
		must(b, from.Publish(b.Context(), "events", binary.BigEndian.AppendUint64(make([]byte, 400), uint64(i))))
		if open++; open == atOnce {
			<-arrived
			open--
		}
	}
	for ; open > 0; open-- {
		<-arrived
	}
	each := time.Since(begin) / time.Duration(b.N)
	b.StopTimer()
	if atOnce == 1 {
		b.ReportMetric(float64(each)/float64(bareEcho(b)), "of-bare-echo")
	}
}

// bareEcho is the time of a byte there and back over loopback TCP.
func bareEcho(b *testing.B) time.Duration {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_, _ = io.Copy(conn, conn)
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	must(b, err)
	defer conn.Close()
	const count = 2000
	one, begin := []byte{1}, time.Now()
	for range count {
		_, err = conn.Write(one)
		must(b, err)
		_, err = io.ReadFull(conn, one)
		must(b, err)
	}
	return time.Since(begin) / count
}

// BenchmarkForwarding is what following one message among eight mesh peers costs.
func BenchmarkForwarding(b *testing.B) {
	f := newBench()
	for i := range b.N {
		f.message(true, source, honest, keeper)
		_ = i
	}
}
