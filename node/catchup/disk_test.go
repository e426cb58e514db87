package catchup

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// disk is a Stager on storage in memory.
type disk struct {
	store   *memstore.Memory
	network *engine.Network
	own     dag.Key
	fail    func(call string) error // asked before and, with "after " in front, behind each commit
	calls   []string
}

func newDisk(l *ledgerOf) *disk {
	return &disk{store: memstore.New(), network: &l.network, own: signer("event", 9).Key(), fail: func(string) error { return nil }}
}

// step does something and commits it.
func (d *disk) step(call string, do func() error) error {
	d.calls = append(d.calls, call)
	err := do()
	if err == nil {
		err = d.fail(call)
	}
	if err != nil {
		d.store.Crash()
		return err
	}
	if err := d.store.Commit(); err != nil {
		return err
	}
	return d.fail("after " + call)
}

// count returns how often something was done.
func (d *disk) count(call string) (n int) {
	for _, c := range d.calls {
		if c == call {
			n++
		}
	}
	return n
}

// Staged implements Stager.
func (d *disk) Staged(_ context.Context, seal proof.Hash) (map[engine.Chunk]bool, error) {
	return engine.Staged(d.store, seal)
}

// Stage implements Stager.
func (d *disk) Stage(_ context.Context, seal proof.Hash, chunk engine.Chunk, entries []snapshot.Entry) error {
	return d.step("stage", func() error { return engine.Stage(d.store, seal, chunk, entries) })
}

// Unstage implements Stager.
func (d *disk) Unstage(context.Context) (done bool, err error) {
	err = d.step("unstage", func() (err error) { done, err = engine.Unstage(d.store); return err })
	return done, err
}

// Install implements Stager.
func (d *disk) Install(_ context.Context, seal *proof.Seal, committee proof.Committee, chain proof.Chain) error {
	return d.step("install", func() error {
		return engine.Install(d.store, fixtureTime, d.network, d.own, seal, committee, chain)
	})
}

// engine returns an engine made from what is on the disk.
func (d *disk) engine(tb testing.TB) *engine.Engine {
	tb.Helper()
	self := engine.Self{
		Signer: signer("event", 9), Account: dag.AccountOf(d.own), Random: rand.New(rand.NewPCG(1, 2)),
		BatchKey: func(root [32]byte) [32]byte { return root },
	}
	e, err := engine.New(engine.Config{Network: *d.network, Self: self, Policy: engine.DefaultPolicy}, d.store, fixtureTime)
	must(tb, err)
	return e
}

// wantInstalled fails the test unless an engine goes on from the end of an epoch.
func (d *disk) wantInstalled(tb testing.TB, l *ledgerOf, epoch int) {
	tb.Helper()
	e := d.engine(tb)
	if o := e.Overview(); o.Epoch != uint64(epoch)+1 || e.State().Root() != l.end(epoch).Seal.Leaf.State {
		tb.Fatalf("it is in epoch %d with state %x, want %d with %x", o.Epoch, e.State().Root(), epoch+1, l.end(epoch).Seal.Leaf.State)
	}
	if chain, err := e.Certificates(); err != nil || len(chain) == 0 {
		tb.Fatalf("it cannot prove where it is: %d certificates, %v", len(chain), err)
	}
}

func (d *disk) options(l *ledgerOf, w *town) Options {
	return Options{Start: l.start(), Beyond: dag.FirstEpoch, Peers: w, Stager: d}
}
