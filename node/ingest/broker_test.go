package ingest

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long a test waits for what must come; it is never waited for in vain when all is well.
const patience = 10 * time.Second

const token = "the API token"

// newTestBroker starts a broker on a free port of this machine.
func newTestBroker(t testing.TB, sink Sink, options BrokerOptions) *Broker {
	t.Helper()
	options.Address, options.Token = "127.0.0.1:0", token
	options.Logger = slog.New(slog.DiscardHandler)
	if options.Directory == nil {
		options.Directory = directory{"kitchen": newDevice(1).key()}
	}
	b, err := Listen(newTestPipeline(t, sink, PipelineOptions{}), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func receive[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
	}
	panic("not reached")
}

func TestPortInUse(t *testing.T) {
	b := newTestBroker(t, newSink(), BrokerOptions{})
	_, err := Listen(b.pipeline, BrokerOptions{Address: b.Address(), Directory: directory{}, Logger: b.options.Logger})
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), b.Address()) {
		t.Fatal(err)
	}
}

// A connection over the limit that never says who it is does not stay.
func TestConnectionLimit(t *testing.T) {
	b := newTestBroker(t, newSink(), BrokerOptions{Clients: 1})
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	for range 1 + unnamed + 1 {
		c, err := net.Dial("tcp", b.Address())
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	last := open[len(open)-1]
	_ = last.SetReadDeadline(time.Now().Add(patience))
	if _, err := last.Read(make([]byte, 1)); err == nil || errors.Is(err, syscall.ETIMEDOUT) || isTimeout(err) {
		t.Fatalf("the connection over the limit is open: %v", err)
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// A client that never finishes what it began with QoS 2 cannot make the broker remember more than a window of it.
func TestUnreleasedPublicationsEndTheConnection(t *testing.T) {
	b := newTestBroker(t, newSink(), BrokerOptions{Window: 5})
	c, err := net.Dial("tcp", b.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(connectPacket("x")); err != nil {
		t.Fatal(err)
	}
	d := newDevice(1)
	go func() {
		for id := uint16(1); id <= 100; id++ {
			if _, err := c.Write(publishQoS(2, "lot/kitchen/up", id, d.sign(t, uint64(id)))); err != nil {
				return
			}
		}
	}()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if answers, err := io.ReadAll(c); isTimeout(err) || len(answers) > 4+4*(2*5+1) { // CONNACK, then PUBRECs
		t.Fatalf("%d bytes of answers, %v", len(answers), err)
	}
}

// Garbage instead of a packet ends the connection and nothing else.
func TestGarbage(t *testing.T) {
	b := newTestBroker(t, newSink(), BrokerOptions{})
	for _, garbage := range []string{"GET / HTTP/1.1\r\n\r\n", "\x10\xff\xff\xff\xff\xff", "\x10\xff\xff\xff\x7f", "\x30\x03\x00\x01a", "\x00\x00"} {
		c, err := net.Dial("tcp", b.Address())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, garbage); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.ReadAll(c); isTimeout(err) {
			t.Errorf("%q: still open", garbage)
		}
		_ = c.Close()
	}
}

// Forged readings use up the rate of the connection that sends them.
func TestForgeriesCost(t *testing.T) {
	b := newTestBroker(t, newSink(), BrokerOptions{Rate: 100})
	for code, want := range map[Code]float64{Stored: 100, Replayed: 100, Signature: 100 - forgeryCost} {
		before := time.Now()
		s := newSession(b, nil, false)
		s.settle(&publication{}, Outcome{Code: code})
		if got := s.limiter.TokensAt(before); got != want {
			t.Errorf("%s leaves %v of 100, want %v", code, got, want)
		}
		s.end()
	}
}

// Closing while clients connect and publish leaves nothing running.
func TestCloseUnderLoad(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	sink := newSink()
	p := NewPipeline(sink, PipelineOptions{})
	b, err := Listen(p, BrokerOptions{Address: "127.0.0.1:0", Directory: directory{}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	var ended []<-chan struct{}
	for n := range byte(20) {
		done := make(chan struct{})
		ended = append(ended, done)
		raws := make([][]byte, 0, 200)
		for seq := range uint64(200) {
			raws = append(raws, newDevice(n).sign(t, seq+1))
		}
		go func() {
			defer close(done)
			flood(b.Address(), newDevice(n).did(), raws)
		}()
	}
	for range 50 {
		receive(t, "readings", sink.received)
	}
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	for _, done := range ended {
		receive(t, "the end of a client", done)
	}
}

// flood writes publications as fast as the connection takes them, without reading what comes back.
func flood(address, device string, raws [][]byte) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer c.Close()
	if _, err := c.Write(connectPacket("flood-" + device)); err != nil {
		return
	}
	for i, raw := range raws {
		if _, err := c.Write(publishPacket("/telemetry/"+device, uint16(i+1), raw)); err != nil {
			return
		}
	}
}

// An unchanged mosquitto_pub delivers, waits for the acknowledgement, and in MQTT 5 prints why a reading was refused.
func TestMosquitto(t *testing.T) {
	program, err := exec.LookPath("mosquitto_pub")
	if err != nil {
		t.Skip("mosquitto_pub is not installed")
	}
	sink := newSink()
	b := newTestBroker(t, sink, BrokerOptions{})
	host, port, err := net.SplitHostPort(b.Address())
	if err != nil {
		t.Fatal(err)
	}
	d := newDevice(1)
	publish := func(version, qos string, raw []byte) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), program, "-h", host, "-p", port, "-V", version, "-q", qos,
			"-t", "lot/kitchen/up", "-m", string(raw)).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	seq := uint64(0)
	for _, version := range []string{"mqttv311", "mqttv5"} {
		for _, qos := range []string{"0", "1", "2"} {
			seq++
			publish(version, qos, d.sign(t, seq))
			if got := receive(t, "the reading", sink.received); got != seq {
				t.Fatalf("reading %d arrived instead of %d", got, seq)
			}
		}
	}
	publish("mqttv311", "1", d.forged(t, 9))
	if out := publish("mqttv5", "1", d.forged(t, 9)); !strings.Contains(strings.ToLower(out), "payload format invalid") {
		t.Errorf("refused, but mosquitto_pub says %q", out)
	}
}
