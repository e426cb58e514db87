package ingest

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/store"
)

// instantSink stores nothing and says so at once.
type instantSink struct{}

// Submit implements Sink.
func (instantSink) Submit(_ reading.Verified, done func(Outcome)) {
	done(Outcome{Accepted: true, Code: Stored})
}

const (
	loadConnections = 100
	loadPool        = 16 // different readings of one device, published again and again
)

// BenchmarkMQTT measures readings from 100 connections to their acknowledgement. The load comes from a process of its own, whose use
// of the processors is reported beside the broker's, and so is what signature checks alone would cost in the same run.
func BenchmarkMQTT(b *testing.B) {
	for _, window := range []int{1, loadPool} { // unacknowledged publications of one connection
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) { benchmarkMQTT(b, window, instantSink{}) })
		b.Run(fmt.Sprintf("window=%d/durable", window), func(b *testing.B) { benchmarkMQTT(b, window, newDurableSink(b)) })
	}
}

// durableSink writes what it gets to a store and commits whatever came together.
type durableSink chan func(step *store.Step) func()

func newDurableSink(b *testing.B) durableSink {
	s, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	sink := make(durableSink, 1024)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		sink.work(b, s.Begin())
	}()
	b.Cleanup(func() {
		close(sink)
		<-ended
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return sink
}

// Submit implements Sink.
func (d durableSink) Submit(v reading.Verified, done func(Outcome)) {
	d <- func(step *store.Step) func() {
		digest := v.Reading().SigningDigest()
		step.Put(digest[:], v.Reading().Raw())
		return func() { done(Outcome{Accepted: true, Code: Stored}) }
	}
}

func (d durableSink) work(b *testing.B, step *store.Step) {
	var answers []func()
	for write := range d {
		answers = append(answers[:0], write(step))
		for range len(d) {
			answers = append(answers, (<-d)(step))
		}
		if err := step.Commit(); err != nil {
			b.Error(err)
		}
		for _, answer := range answers {
			answer()
		}
	}
}

func benchmarkMQTT(b *testing.B, window int, sink Sink) {
	broker := newTestBroker(b, sink, BrokerOptions{Rate: 1e9})
	bare := bareVerification(b)
	perConnection := max(1, b.N/loadConnections)
	load := exec.Command(os.Args[0], "-test.run=^TestLoad$")
	load.Env = append(os.Environ(), "INGEST_TEST_LOAD="+broker.Address(), "INGEST_TEST_COUNT="+strconv.Itoa(perConnection),
		"INGEST_TEST_WINDOW="+strconv.Itoa(window))
	load.Stderr = os.Stderr
	signals, err := load.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	start, err := load.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := load.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(signals)
	if !lines.Scan() || lines.Text() != "ready" {
		b.Fatalf("load generator: %q", lines.Text())
	}
	own := processorTime(b)
	b.ResetTimer()
	if _, err := fmt.Fprintln(start, "go"); err != nil {
		b.Fatal(err)
	}
	if !lines.Scan() {
		b.Fatal("the load generator failed")
	}
	b.StopTimer()
	own = processorTime(b) - own
	generator, err := time.ParseDuration(lines.Text())
	if err != nil {
		b.Fatal(err)
	}
	if err := load.Wait(); err != nil {
		b.Fatal(err)
	}
	readings := float64(perConnection * loadConnections)
	b.ReportMetric(readings/b.Elapsed().Seconds(), "readings/s")
	b.ReportMetric(float64(own.Microseconds())/readings, "broker-us/reading")
	b.ReportMetric(float64(generator.Microseconds())/readings, "load-us/reading")
	b.ReportMetric(float64(own.Nanoseconds())/readings/bare, "x-bare-verification")
}

// bareVerification returns the nanoseconds that a signature takes in a batch.
func bareVerification(b *testing.B) float64 {
	d := newDevice(1)
	batch := make([]*reading.Reading, maxBatch)
	for i := range batch {
		batch[i] = d.parsed(b, d.sign(b, uint64(i)+1))
	}
	const rounds = 100
	before := processorTime(b) // unlike the clock, it does not count what other processes do meanwhile
	for range rounds {
		reading.VerifyBatch(batch, rand.Reader)
	}
	return float64((processorTime(b) - before).Nanoseconds()) / rounds / maxBatch
}

// processorTime returns what this process used of all processors.
func processorTime(t testing.TB) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestLoad is the load generator; by itself it does nothing.
func TestLoad(t *testing.T) {
	address := os.Getenv("INGEST_TEST_LOAD")
	if address == "" {
		t.Skip("the load generator of BenchmarkMQTT")
	}
	count, err := strconv.Atoi(os.Getenv("INGEST_TEST_COUNT"))
	if err != nil {
		t.Fatal(err)
	}
	window, err := strconv.Atoi(os.Getenv("INGEST_TEST_WINDOW"))
	if err != nil {
		t.Fatal(err)
	}
	clients := make([]*loadClient, loadConnections)
	for i := range clients {
		clients[i] = newLoadClient(t, address, byte(i), count, window)
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	before := processorTime(t)
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() {
			if err := c.run(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		os.Exit(1)
	}
	fmt.Println(processorTime(t) - before)
	os.Exit(0)
}

// loadClient is one connection that keeps a window of publications unacknowledged.
type loadClient struct {
	conn    net.Conn
	packets [][]byte
	count   int
	window  int // at most loadPool, so that no packet id is used twice at a time
}

func newLoadClient(t *testing.T, address string, n byte, count, window int) *loadClient {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c := &loadClient{conn: conn, count: count, window: window}
	d := newDevice(n)
	for seq := range uint64(loadPool) {
		c.packets = append(c.packets, publishPacket("/telemetry/"+d.did(), uint16(seq+1), d.sign(t, seq+1)))
	}
	if _, err := conn.Write(connectPacket(d.did())); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	return c
}

// run publishes count readings; of every four bytes that come back one PUBACK is made.
func (c *loadClient) run() error {
	in := bufio.NewReader(c.conn)
	acknowledged := make([]byte, 4)
	for sent, open := 0, 0; sent < c.count || open > 0; {
		for sent < c.count && open < c.window {
			if _, err := c.conn.Write(c.packets[sent%loadPool]); err != nil {
				return err
			}
			sent++
			open++
		}
		for first := true; open > 0 && (first || in.Buffered() >= len(acknowledged)); first = false {
			if _, err := io.ReadFull(in, acknowledged); err != nil {
				return err
			}
			open--
		}
	}
	return nil
}
