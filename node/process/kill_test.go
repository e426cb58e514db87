package process_test

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/process"
	"github.com/ledgerofthings/lot/node/process/processtest"
)

func TestMain(m *testing.M) { os.Exit(processtest.Run(m)) }

// kills is how many times the gateway is killed: a few, or as many as LOT_PROCESS_KILLS says.
func kills(t *testing.T) int {
	if text := os.Getenv("LOT_PROCESS_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 8
}

// TestKilledUnderLoadLosesNothingAcknowledged kills a gateway again and again while a device sends readings, and looks for
// every reading that was acknowledged.
func TestKilledUnderLoadLosesNothingAcknowledged(t *testing.T) {
	g := sole(t)
	signer := dag.NewSigner([32]byte{9})
	ctx := t.Context()
	start(t, g)
	defer g.Stop()
	if _, err := g.Client.AddDevice(ctx, api.NewDevice{Name: "meter", Key: signer.Key(), FromSeq: 1}); err != nil {
		t.Fatal(err)
	}
	acked, lost := uint64(0), 0
	for cycle := range kills(t) {
		acked = sendUntilKilled(t, g, signer, acked, time.Duration(20+cycle*37%180)*time.Millisecond)
		start(t, g)
		devices, err := g.Client.Devices(ctx)
		if err != nil || len(devices) != 1 {
			t.Fatalf("cycle %d: %v, %v", cycle, devices, err)
		}
		if devices[0].LastSeq < acked || devices[0].Missing > 0 {
			lost++
			t.Errorf("cycle %d: %d readings were acknowledged, %d are there, %d missing", cycle, acked, devices[0].LastSeq, devices[0].Missing)
		}
		acked = devices[0].LastSeq // one whose acknowledgement was lost on its way is there too
	}
	proveAll(t, g, signer.Key(), acked)
	t.Logf("%d kills, %d readings acknowledged, %d losses", kills(t), acked, lost)
}

func sole(t *testing.T) *process.Gateway {
	t.Helper()
	_, gateways, err := process.Found(t.Context(), process.Founding{
		Network: "alone", Dir: t.TempDir(), Program: processtest.Program(t), Gateways: []string{"victim"}, Parameters: bootstrap.DefaultParameters(),
		Adjust: func(c *config.Config) {
			c.Batch.Count, c.Batch.Window, c.Storage.Reserve = 25, config.Duration(100*time.Millisecond), 16<<20
		},
	})
	check(t, err)
	return gateways[0]
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, g *process.Gateway) {
	t.Helper()
	check(t, g.Start())
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	check(t, g.Ready(ctx))
}

// sendUntilKilled sends readings one after the other and kills the gateway while it does. It returns the highest number
// that was acknowledged.
func sendUntilKilled(t *testing.T, g *process.Gateway, signer *dag.MemorySigner, acked uint64, after time.Duration) uint64 {
	t.Helper()
	killed := make(chan struct{})
	time.AfterFunc(after, func() { g.Kill(); close(killed) })
	defer func() { <-killed }()
	for {
		raw, err := reading.Sign(signer, reading.Message{
			Time: uint64(time.Now().UnixMilli()), Seq: acked + 1, Sensor: "energy", Value: float64(acked), Unit: "kWh",
		})
		check(t, err)
		results, err := g.Client.SendReadings(t.Context(), raw)
		if err != nil {
			return acked
		}
		if results.Stored != 1 {
			t.Fatalf("reading %d: %+v", acked+1, results)
		}
		acked++
	}
}

// proveAll checks that each reading is in a batch that became final.
func proveAll(t *testing.T, g *process.Gateway, device dag.Key, last uint64) {
	t.Helper()
	step := max(1, last/50)
	for seq := uint64(1); seq <= last; seq += step {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		for {
			_, err := g.Client.ReadingProof(ctx, device, seq)
			if err == nil {
				break
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				t.Fatalf("reading %d has no proof: %v", seq, err)
			}
		}
		cancel()
	}
}
