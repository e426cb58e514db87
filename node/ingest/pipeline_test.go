package ingest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/ledgerofthings/lot/firmware/reading"
)

// Many devices offer at once; each device's readings arrive once, verified, in their order, and each gets its outcome.
func TestPipelineKeepsOrder(t *testing.T) {
	const devices, readings = 12, 150
	sink := newSink()
	var mu sync.Mutex
	observed := map[Code]int{}
	p := newTestPipeline(t, sink, PipelineOptions{Queue: 64, Workers: 3, Observe: func(o Outcome) {
		mu.Lock()
		observed[o.Code]++
		mu.Unlock()
	}})
	var offers, outcomes sync.WaitGroup
	for n := range byte(devices) {
		d := newDevice(n)
		offers.Go(func() {
			for seq := uint64(1); seq <= readings; seq++ {
				raw, want := d.sign(t, seq), Stored
				if seq%7 == 0 {
					raw, want = d.forged(t, seq), Signature
				}
				outcomes.Add(1)
				p.Submit(t.Context(), d.parsed(t, raw), func(o Outcome) {
					if o.Code != want || o.Accepted != (want == Stored) {
						t.Errorf("device %d, reading %d: %+v, want %s", n, seq, o, want)
					}
					outcomes.Done()
				})
			}
		})
	}
	offers.Wait()
	outcomes.Wait()
	for key, order := range sink.order {
		if len(order) != readings-readings/7 {
			t.Errorf("%s: %d readings", key.Short(), len(order))
		}
		for i := 1; i < len(order); i++ {
			if order[i-1] >= order[i] {
				t.Fatalf("%s: %d before %d", key.Short(), order[i-1], order[i])
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if observed[Stored] != devices*(readings-readings/7) || observed[Signature] != devices*(readings/7) {
		t.Error(observed)
	}
}

// blockedSink takes nothing until it is opened.
type blockedSink struct{ open chan struct{} }

// Submit implements Sink.
func (s blockedSink) Submit(_ reading.Verified, done func(Outcome)) {
	<-s.open
	done(Outcome{Accepted: true, Code: Stored})
}

func TestFullPipelineHoldsBackThenRefuses(t *testing.T) {
	sink := blockedSink{make(chan struct{})}
	p := newTestPipeline(t, sink, PipelineOptions{Queue: 1, Workers: 1})
	d := newDevice(1)
	outcomes := make(chan Outcome, 300)
	offer := func(ctx context.Context, seq uint64) {
		p.Submit(ctx, d.parsed(t, d.sign(t, seq)), func(o Outcome) { outcomes <- o })
	}

	// The worker holds at most one batch and the queue one more, so among these some find no room.
	ctx, cancel := context.WithCancel(t.Context())
	var offers sync.WaitGroup
	for seq := range uint64(2*maxBatch + 10) {
		offers.Go(func() { offer(ctx, seq+1) })
	}
	cancel()
	offers.Wait()
	busy := <-outcomes
	if busy.Code != Busy || busy.Accepted || !busy.Code.Temporary() {
		t.Fatal(busy)
	}

	// One that waits when the pipeline closes is told so; what was queued is still delivered.
	waiting := make(chan struct{})
	offers.Go(func() {
		close(waiting)
		for range 2 * maxBatch {
			offer(t.Context(), 1)
		}
	})
	<-waiting
	closed := make(chan error)
	go func() { closed <- p.Close() }()
	offers.Wait()
	close(sink.open)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	counts := map[Code]int{busy.Code: 1}
	for range 4*maxBatch + 9 {
		counts[(<-outcomes).Code]++
	}
	if counts[Stored] == 0 || counts[Stopping] == 0 || counts[Busy]+counts[Stored]+counts[Stopping] != 4*maxBatch+10 {
		t.Fatal(counts)
	}
	p.Submit(t.Context(), d.parsed(t, d.sign(t, 1)), func(o Outcome) { outcomes <- o })
	if o := <-outcomes; o.Code != Stopping {
		t.Fatal("after closing:", o)
	}
}

func TestParse(t *testing.T) {
	good := newDevice(1).sign(t, 1)
	for raw, want := range map[string]Code{
		string(good): "",
		"{}":         Malformed,
		string(good) + strings.Repeat(" ", reading.MaxSize): Oversize,
	} {
		if _, why := Parse([]byte(raw)); why.Code != want || (want != "" && why.Detail == "") {
			t.Errorf("%.40q: %+v, want %q", raw, why, want)
		}
	}
}

func TestTopics(t *testing.T) {
	long := strings.Repeat("x", maxDevice)
	for topic, want := range map[string]string{
		"/telemetry/did:key:z6Mk": "did:key:z6Mk", "lot/kitchen/up": "kitchen", "lot/" + long + "/up": long,
		"lot/" + long + "x/up": "", "telemetry/x": "", "/telemetry/": "", "/telemetry/a/b": "", "lot//up": "", "lot/a/b/up": "",
		"lot/a/down": "", "lot/up": "", "lot/a/ack": "", "": "", "$SYS/broker": "", "lot/+/up": "", "/telemetry/#": "",
	} {
		if device, ok := uplink(topic); ok != (want != "") || ok && device != want {
			t.Errorf("%q: %q, %v", topic, device, ok)
		}
	}
	if _, ok := acknowledged(anyDevice); ok {
		t.Error("all devices pass for one")
	}
}

func FuzzTopic(f *testing.F) {
	for _, seed := range []string{"/telemetry/did:key:z6Mk", "lot/kitchen/up", "lot/a/b/up", "lot/+/ack", "lot/x/ack", "lot/up", "lot//up"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, topic string) {
		if device, ok := uplink(topic); ok && topic != "/telemetry/"+device && topic != fmt.Sprintf("lot/%s/up", device) {
			t.Errorf("%q names %q", topic, device)
		}
		if device, ok := acknowledged(topic); ok && topic != ackTopic(device) {
			t.Errorf("%q names %q", topic, device)
		}
	})
}
