package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"runtime"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/home"
	"github.com/ledgerofthings/lot/node/process"
	"github.com/ledgerofthings/lot/node/store"
)

// ownPerTurn is how many events of its own the gateway issues in a turn, all transfers.
const ownPerTurn = 4

// chronicle makes a gateway live through a long time in a short one: its engine on its own disk, with its own keys, between a clock that
// jumps from one turn to the next and traffic that is made for it. It wakes and commits as the gateway's loop does.
type chronicle struct {
	genesis *bootstrap.Genesis
	home    *home.Home
	now     uint64 // ms
	traffic *traffic

	disk    *store.Store
	step    *store.Step
	engine  *engine.Engine
	effects engine.Effects
	first   dag.ID // the gateway's first event that is final
	turns   int    // of the epoch

	made  uint64   // bytes of all events
	some  [][]byte // events, to check signatures of
	took  HistoryMaking
	heaps []heap
}

// heap is how much memory the gateway's side of the process had in use at the beginning of an epoch.
type heap struct {
	epoch uint64
	bytes uint64
}

// open opens the gateway's disk and makes its engine from what is there.
func (c *chronicle) open() error {
	settings, err := c.home.Config(nil)
	if err != nil {
		return err
	}
	s := settings.Storage
	c.disk, err = store.Open(c.home.DataDir(), store.Options{
		Logger: slog.New(slog.DiscardHandler),
		Budget: store.Budget{
			Memory: int64(s.Memory), Blobs: int64(s.Batches), Pins: int64(s.Pins), Max: int64(s.Max), Reserve: int64(s.Reserve),
		},
	})
	if err != nil {
		return err
	}
	if err := c.openEngine(settings); err != nil {
		return errors.Join(err, c.disk.Close())
	}
	return nil
}

func (c *chronicle) openEngine(settings config.Config) error {
	keys, err := c.home.Vault(settings)
	if err != nil {
		return err
	}
	signer, err := keys.Signer(vault.Event)
	if err != nil {
		return err
	}
	cosigner, err := keys.Signer(vault.Cosign)
	if err != nil {
		return err
	}
	network, err := node.NewNetwork(c.genesis)
	if err != nil {
		return err
	}
	policy := engine.DefaultPolicy
	policy.Keep = uint64(time.Duration(settings.Storage.Keep).Milliseconds())
	c.step = c.disk.Begin()
	c.engine, err = engine.New(engine.Config{Network: network, Policy: policy, Self: engine.Self{
		Signer: signer, Account: dag.AccountOf(signer.Key()), Cosigner: cosigner,
		BatchKey: func(root [32]byte) [32]byte { return root }, // there are no batches
		Random:   mathrand.New(mathrand.NewPCG(1, 2)),          //nolint:gosec // nothing secret is drawn
	}}, c.step, c.now)
	if err != nil {
		return err
	}
	return c.do(engine.Override{}) // nobody is there who could tell it how far its chain goes
}

func (c *chronicle) close() error { return c.disk.Close() }

// run lives through turns until there are enough events. The clock says when there are how many.
func (c *chronicle) run(ctx context.Context, clock func(events int) uint64, enough func(events int) bool) error {
	began, start := time.Now(), c.events()
	before, err := process.OwnCPU()
	if err != nil {
		return err
	}
	for n := start; !enough(n); n = c.events() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.sleep(clock(n)); err != nil {
			return err
		}
		if err := c.turn(); err != nil {
			return err
		}
		c.weigh()
		if c.events() == n {
			why := c.engine.Health(c.now).Why
			return fmt.Errorf("bench: the ledger stands still at %d events: %s", n, why)
		}
	}
	c.took.events += c.events() - start
	c.took.elapsed += time.Since(began)
	after, err := process.OwnCPU()
	c.took.cpu += after - before
	return err
}

// events returns how many there are in all epochs.
func (c *chronicle) events() int { return c.engine.Overview().Events }

// sleep lets the time pass until a turn is due, waking the engine when it asks for it.
func (c *chronicle) sleep(until uint64) error {
	for at := c.effects.WakeAt; at != 0 && at < until; at = c.effects.WakeAt {
		c.now = max(c.now+1, at)
		if err := c.do(engine.Wake{}); err != nil {
			return err
		}
	}
	c.now = max(c.now, until)
	return nil
}

// turn issues what all members issue in a turn.
func (c *chronicle) turn() error {
	list, err := c.traffic.turn(c.now)
	if err != nil {
		return err
	}
	inputs := []engine.Input{&engine.Gossip{From: "traffic", Events: list}}
	for range ownPerTurn {
		inputs = append(inputs, engine.Transfer{To: c.traffic.payee(), Amount: 1})
	}
	return c.do(inputs...)
}

// do steps the engine and commits once, as the gateway's loop does with what waits: with a disk sync if something was promised.
func (c *chronicle) do(inputs ...engine.Input) error {
	pruned := c.pruning()
	c.effects.Reset()
	began := time.Now()
	for _, in := range inputs {
		if err := c.engine.Step(c.now, in, &c.effects); err != nil {
			return err
		}
	}
	commit := c.step.Append
	if c.effects.Promises() {
		commit = c.step.Commit
		c.took.Syncs++
	}
	if err := commit(); err != nil {
		return err
	}
	return c.note(pruned, time.Since(began))
}

// pruning reports whether the next step prunes.
func (c *chronicle) pruning() bool {
	plan := c.engine.PruningPlan()
	return plan.Next != 0 && plan.At <= c.now
}

// note takes down what a step did and how long it took.
func (c *chronicle) note(pruned bool, took time.Duration) error {
	var attached bool
	var sealed *engine.Sealed
	for _, notice := range c.effects.Notices {
		switch n := notice.(type) {
		case engine.Attached:
			attached = true
			c.made += uint64(n.Event.Size())
			c.keepBlock(n.Event)
		case engine.Final:
			if !n.Receipt.Event.IsZero() && n.Receipt.Status != ledger.StatusApplied {
				return fmt.Errorf("bench: event %s has no effect: %s", n.Event.ID(), n.Receipt.Reason)
			}
			if c.first.IsZero() && n.Event.Key() == c.engine.Self().Signer.Key() {
				c.first = n.Event.ID()
			}
		case engine.Refused:
			return fmt.Errorf("bench: event %s was refused: %w", n.Event.ID(), n.Err)
		case engine.Sealed:
			sealed = &n
		}
	}
	switch {
	case sealed != nil:
		c.took.Seals.add(took)
		return c.enter(sealed)
	case attached:
		c.took.Steps.add(took)
	case pruned:
		c.took.Prunes.add(took)
	}
	return nil
}

// enter follows the gateway into an epoch.
func (c *chronicle) enter(s *engine.Sealed) error {
	if s.Ordered < s.Events-trafficRows*trafficIssuers {
		return fmt.Errorf("bench: epoch %d ended with %d of its %d events in order", s.Epoch, s.Ordered, s.Events)
	}
	c.traffic.enter(dag.Origin{Network: s.Network.ID, Epoch: s.Network.Epoch, Seal: s.Seal}, c.engine.State())
	c.turns = 0
	return nil
}

const (
	heapEvery = 10 // epochs after which the memory in use is looked at again, since that takes a garbage collection
	heapAfter = 5  // turns of an epoch after which it is, when nothing holds on to the epoch before any more
)

// weigh looks now and then at the memory in use.
func (c *chronicle) weigh() {
	if c.turns++; c.turns != heapAfter {
		return
	}
	epoch := c.engine.Overview().Epoch
	if n := len(c.heaps); n == 0 || epoch >= c.heaps[n-1].epoch+heapEvery {
		c.heaps = append(c.heaps, heap{epoch, liveHeap()})
	}
}

// liveHeap returns the bytes of what is reachable.
func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
