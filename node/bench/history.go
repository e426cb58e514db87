package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/process"
)

// A history always is as long, whatever the number of its events, so that a short one has the shape of a long one: 10 million seconds,
// which is one event per second for 10 million events.
const (
	historySpan = 10_000_000 * time.Second
	historyAway = 7 * 24 * time.Hour // how long a gateway is off before the end

	minEpochEvents = 1_000 // the least that a genesis allows
	lateInEpoch    = 0.9   // how full the last epoch is in the end, so that those who come then have much to fetch
)

// HistoryOptions choose a run of History.
type HistoryOptions struct {
	Program  string // this program, which runs the gateway whose memory is measured; empty to leave that out
	Events   int    // about how many events there are in the end
	Epochs   int    // about how many epochs these are in, as far as a genesis allows epochs as short
	Accounts int    // how many accounts are paid, which is most of the state
	Dir      string // folder for the gateways; "" for the system's
}

// HistoryResult is what a run of History measured.
type HistoryResult struct {
	Cores       int           `json:"cores"`
	Events      int           `json:"events"`       // of all epochs
	Epochs      uint64        `json:"epochs"`       // begun
	EpochEvents int           `json:"epoch_events"` // of the last epoch, which is not over
	Days        float64       `json:"days"`         // that the ledger spans
	Accounts    int           `json:"accounts"`
	State       int           `json:"state_bytes"`
	Chunks      int           `json:"state_chunks"` // in which a snapshot is fetched
	Making      HistoryMaking `json:"making"`
	Restart     float64       `json:"restart_s"`      // of the gateway's engine, a week before the end
	RestartOf   int           `json:"restart_events"` // that it replayed for it
	Newcomer    CatchUp       `json:"newcomer"`       // a gateway with an empty data folder
	Returned    CatchUp       `json:"returned"`       // a gateway that was off for a week
	Disk        HistoryDisk   `json:"disk"`
	Memory      int64         `json:"memory"` // resident bytes of the gateway alone, at rest; 0 if it was left out
	Proof       HistoryProof  `json:"proof"`
	Bare        HistoryBare   `json:"bare"`
}

// HistoryMaking is how long the gateway took while the history was made, its disk included and the making of others' events not.
type HistoryMaking struct {
	PerEventUs float64 `json:"per_event_us"`
	PerSecond  float64 `json:"per_second"` // events, with the making of others' events and their signatures
	CPUUs      float64 `json:"cpu_us"`     // processor time for an event, with all that and what the database does beside it
	Syncs      int     `json:"syncs"`      // steps that waited for the disk
	Steps      Spread  `json:"steps"`      // that attached events and are not below
	Seals      Spread  `json:"seals"`      // that ended an epoch; they also attach and order a turn's events
	Prunes     Spread  `json:"prunes"`     // that pruned and did nothing else
	HeapHalf   uint64  `json:"heap_half"`  // bytes in use at the beginning of an epoch, half way
	HeapLast   uint64  `json:"heap_last"`  // likewise, at the end

	events  int
	elapsed time.Duration
	cpu     time.Duration
}

// HistoryBare is what the machine and no program of this kind can do better, measured in the same run.
type HistoryBare struct {
	SyncMs    float64 `json:"sync_ms"`    // one write of SyncBytes and its way to the disk
	SyncBytes int     `json:"sync_bytes"` // of events in a synced step, on average
	Single    float64 `json:"single"`     // signature checks per second on all cores, one by one
	Batched   float64 `json:"batched"`    // likewise, in batches of 64
}

// History makes the ledger of a network that exists for months, on the disk of one of its gateways, and measures what that costs the
// gateway, a newcomer and one that comes back. The gateway has the only seat; all run with the configuration that they have by default.
// Progress, if not nil, is called with the share of the events that are made.
func History(ctx context.Context, o HistoryOptions, progress func(float64)) (r HistoryResult, err error) {
	dir, err := os.MkdirTemp(o.Dir, "lot-bench-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	genesis, gateways, err := foundHistory(ctx, o, dir)
	if err != nil {
		return r, err
	}
	r = HistoryResult{Cores: runtime.GOMAXPROCS(0), Days: historySpan.Hours() / 24, Accounts: o.Accounts}
	c := &chronicle{genesis: genesis, home: gateways[0].Home, traffic: newTraffic(o.Accounts)}
	if err := c.make(ctx, o.Events, gateways[2].Home.DataDir(), progress, &r); err != nil {
		return r, err
	}
	if r.Bare, err = c.bare(dir); err != nil {
		return r, err
	}
	if err := visit(ctx, genesis, gateways, c.first, &r); err != nil {
		return r, err
	}
	if o.Program != "" {
		r.Memory, err = memoryAtRest(ctx, gateways[0])
	}
	return r, err
}

// foundHistory founds a network of a gateway with the only seat, a newcomer, one that will be off for a week, and other members.
func foundHistory(ctx context.Context, o HistoryOptions, dir string) (*bootstrap.Genesis, []*process.Gateway, error) {
	others, err := trafficMembers(1 << 40)
	if err != nil {
		return nil, nil, err
	}
	parameters := bootstrap.DefaultParameters()
	parameters.EpochEvents = uint64(max(minEpochEvents, o.Events/o.Epochs))
	return process.Found(ctx, process.Founding{
		Network: "bench", Dir: dir, Program: o.Program, Gateways: []string{"gateway", "newcomer", "returned"}, Seats: 1,
		Balance: 1 << 40, Others: others, Parameters: parameters,
		Adjust: func(c *config.Config) { c.MQTT.Listen, c.Storage.Reserve = "", 16<<20 },
	})
}

// make makes the history. A week before its end the gateway's data folder is copied.
func (c *chronicle) make(ctx context.Context, events int, week string, progress func(float64), r *HistoryResult) error {
	clock := historyClock(uint64(time.Now().Add(-historySpan).UnixMilli()), events)
	c.now = clock(0)
	if err := c.open(); err != nil {
		return err
	}
	c.traffic.enter(dag.FirstOrigin(c.genesis.ID()), c.engine.State())
	before := events - int(float64(events)*historyAway.Seconds()/historySpan.Seconds())
	told := func(n int) {
		if progress != nil {
			progress(min(1, float64(n)/float64(events)))
		}
	}
	late := int(lateInEpoch * float64(c.genesis.Parameters().EpochEvents))
	until := func(least int) func(int) bool {
		return func(n int) bool { told(n); return n >= least && c.engine.Overview().EpochEvents >= late }
	}
	if err := c.run(ctx, clock, until(before)); err != nil {
		return errors.Join(err, c.close())
	}
	if err := c.restart(week, r); err != nil {
		return err
	}
	if err := c.run(ctx, clock, until(events)); err != nil {
		return errors.Join(err, c.close())
	}
	c.result(r)
	return c.close()
}

// historyClock returns when the history has so many events, in ms.
func historyClock(begin uint64, events int) func(n int) uint64 {
	each := float64(historySpan.Milliseconds()) / float64(events)
	return func(n int) uint64 { return begin + uint64(float64(n)*each) }
}

// restart stops the gateway, copies its data folder and starts it again.
func (c *chronicle) restart(week string, r *HistoryResult) error {
	events := c.engine.Overview().EpochEvents
	if err := c.close(); err != nil {
		return err
	}
	if err := copyFolder(week, c.home.DataDir()); err != nil {
		return err
	}
	began := time.Now()
	if err := c.open(); err != nil {
		return err
	}
	r.Restart, r.RestartOf = time.Since(began).Seconds(), events
	return nil
}

// result takes the figures of a history that is made.
func (c *chronicle) result(r *HistoryResult) {
	o, state := c.engine.Overview(), c.engine.State()
	r.Events, r.Epochs, r.EpochEvents = o.Events, o.Epoch, o.EpochEvents
	r.State, r.Chunks = state.Size(), 1<<snapshot.Bits(state)
	r.Making = c.took
	m := &r.Making
	m.PerSecond = float64(m.events) / m.elapsed.Seconds()
	m.CPUUs = float64(m.cpu.Microseconds()) / float64(m.events)
	m.PerEventUs = float64((m.Steps.total + m.Seals.total + m.Prunes.total).Microseconds()) / float64(m.events)
	if n := len(c.heaps); n > 0 {
		m.HeapHalf, m.HeapLast = c.heaps[n/2].bytes, c.heaps[n-1].bytes
	}
	r.Disk.Made = c.made
}

// copyFolder copies a data folder that is not in use.
func copyFolder(to, from string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return fmt.Errorf("copy the data folder: %w", err)
	}
	return nil
}
