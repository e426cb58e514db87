package bench

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store"
)

const (
	signatureBatch = 64   // signatures checked together, as the gateway does
	commitEvents   = 1024 // events in one synced commit, as the gateway does under load
)

// Result is what a run measured.
type Result struct {
	Events       int     `json:"events"`         // events put through
	Payloads     uint64  `json:"payloads"`       // of these, transfers that became final
	Cores        int     `json:"cores"`          // used
	PerSecond    float64 `json:"per_second"`     // events per second through decode, signature, graph, order, ledger and synced store
	BareSingle   float64 `json:"bare_single"`    // bare signature checks per second on all cores, one by one
	BareBatched  float64 `json:"bare_batched"`   // bare signature checks per second on all cores, in batches of 64
	RatioSingle  float64 `json:"ratio_single"`   // PerSecond / BareSingle
	RatioBatched float64 `json:"ratio_batched"`  // PerSecond / BareBatched
	Commits      int     `json:"synced_commits"` // synced writes
	Replay       float64 `json:"replay"`         // events per second that a restart takes from the store
}

// Ledger puts count events through one node, decode to synced store, in a new folder below dir ("" for the system's), and
// measures the bare signature checks of the same events in the same run.
func Ledger(count int, dir string) (Result, error) {
	s, err := newStream()
	if err != nil {
		return Result{}, err
	}
	if err := s.make(count); err != nil {
		return Result{}, err
	}
	r := Result{Events: len(s.blocks), Cores: runtime.GOMAXPROCS(0)}
	if r.BareSingle, r.BareBatched, err = bare(s.blocks); err != nil {
		return r, err
	}
	if err := run(s, dir, &r); err != nil {
		return r, err
	}
	r.RatioSingle, r.RatioBatched = r.PerSecond/r.BareSingle, r.PerSecond/r.BareBatched
	return r, nil
}

// bare measures signature checks alone, on all cores.
func bare(blocks [][]byte) (single, batched float64, err error) {
	events := make([]*dag.Event, len(blocks))
	for i, block := range blocks {
		if events[i], err = dag.Decode(block); err != nil {
			return 0, 0, err
		}
	}
	single = rate(len(events), func(part []int) {
		for _, i := range part {
			if _, failed := dag.Verify(events[i]); failed != nil {
				panic(failed) // the stream signed it a moment ago
			}
		}
	})
	batched = rate(len(events), func(part []int) { verify(pick(events, part)) })
	return single, batched, nil
}

func pick(events []*dag.Event, part []int) []*dag.Event {
	out := make([]*dag.Event, len(part))
	for n, i := range part {
		out[n] = events[i]
	}
	return out
}

func verify(events []*dag.Event) []dag.Verified {
	verified, err := dag.VerifyBatch(events, rand.Reader)
	if err != nil {
		panic(err) // encoding what was decoded cannot fail
	}
	return verified
}

// rate spreads work in batches over all cores and returns items per second.
func rate(count int, work func(part []int)) float64 {
	parts := make(chan []int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for part := range parts {
				work(part)
			}
		})
	}
	began := time.Now()
	for from := 0; from < count; from += signatureBatch {
		var part []int
		for i := from; i < min(from+signatureBatch, count); i++ {
			part = append(part, i)
		}
		parts <- part
	}
	close(parts)
	workers.Wait()
	return float64(count) / time.Since(began).Seconds()
}

// run puts the stream through a node.
func run(s *stream, dir string, r *Result) (err error) {
	folder, err := os.MkdirTemp(dir, "lot-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	disk, err := store.Open(folder, store.Options{Logger: slog.New(slog.DiscardHandler), Budget: store.Budget{Reserve: 1}})
	if err != nil {
		return err
	}
	defer disk.Close()
	step := disk.Begin()
	e, err := engine.New(engine.Config{Network: s.network, Self: observer(), Policy: engine.DefaultPolicy}, step, beginning)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := feed(e, step, s.blocks, r); err != nil {
		return err
	}
	r.PerSecond = float64(len(s.blocks)) / time.Since(began).Seconds()
	r.Payloads = e.Counters().Payloads
	if got := e.Overview().Events; got != len(s.blocks) {
		return fmt.Errorf("bench: %d of %d events were attached", got, len(s.blocks))
	}
	return replay(s, step, e.State().Root(), r)
}

// replay makes the node anew from what is stored, as a restart does.
func replay(s *stream, step *store.Step, root [32]byte, r *Result) error {
	began := time.Now()
	e, err := engine.New(engine.Config{Network: s.network, Self: observer(), Policy: engine.DefaultPolicy}, step, beginning)
	if err != nil {
		return err
	}
	r.Replay = float64(len(s.blocks)) / time.Since(began).Seconds()
	if e.State().Root() != root {
		return errors.New("bench: the restarted node has another state")
	}
	return nil
}

func observer() engine.Self {
	signer := signerOf('e', members)
	return engine.Self{
		Signer: signer, Account: dag.AccountOf(signer.Key()), BatchKey: func(root [32]byte) [32]byte { return root },
		Random: mathrand.New(mathrand.NewPCG(1, 2)), //nolint:gosec // nothing secret is drawn
	}
}

// feed decodes and verifies on all cores, in order, and steps and commits as the gateway's loop does.
func feed(e *engine.Engine, step *store.Step, blocks [][]byte, r *Result) error {
	var effects engine.Effects
	waiting := 0
	for verified := range verifiedInOrder(blocks) {
		if err := e.Step(beginning, engine.Gossip{From: "stream", Events: verified}, &effects); err != nil {
			return err
		}
		if waiting += len(verified); waiting >= commitEvents {
			if err := step.Commit(); err != nil {
				return err
			}
			r.Commits++
			waiting = 0
			effects.Reset()
		}
	}
	r.Commits++
	return step.Commit()
}

// verifiedInOrder decodes and verifies batches on all cores and gives them back in their order.
func verifiedInOrder(blocks [][]byte) <-chan []dag.Verified {
	pending := make(chan chan []dag.Verified, 4*runtime.GOMAXPROCS(0))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	go func() {
		defer close(pending)
		for from := 0; from < len(blocks); from += signatureBatch {
			part, done := blocks[from:min(from+signatureBatch, len(blocks))], make(chan []dag.Verified, 1)
			pending <- done
			slots <- struct{}{}
			go func() { done <- decodeAndVerify(part); <-slots }()
		}
	}()
	out := make(chan []dag.Verified)
	go func() {
		defer close(out)
		for done := range pending {
			out <- <-done
		}
	}()
	return out
}

func decodeAndVerify(blocks [][]byte) []dag.Verified {
	events := make([]*dag.Event, len(blocks))
	for i, block := range blocks {
		event, err := dag.Decode(block)
		if err != nil {
			panic(err) // the stream made it
		}
		events[i] = event
	}
	return verify(events)
}
