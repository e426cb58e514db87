package driver_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/light"
	"github.com/ledgerofthings/lot/node/light/driver"
	"github.com/ledgerofthings/lot/node/query"
	"github.com/ledgerofthings/lot/node/query/querytest"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// street is a town whose time goes on with that of the test, and that answers as a mesh does.
type street struct {
	mu   sync.Mutex
	town *querytest.Town
}

// live lets the town's time pass until ctx ends.
func (s *street) live(ctx context.Context) {
	for ctx.Err() == nil {
		s.mu.Lock()
		s.town.Run(10)
		s.mu.Unlock()
		time.Sleep(10 * time.Millisecond) // of the test's own time, which costs none
	}
}

func (s *street) now() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.town.Now
}

// Request implements driver.Asker.
func (s *street) Request(_ context.Context, to, protocol string, request []byte, maxResponse int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if protocol != query.Protocol || maxResponse != query.MaxAnswer {
		return nil, errors.New("another protocol")
	}
	for _, f := range s.town.Full {
		if f.Name == to {
			return f.Answer("light", request), nil
		}
	}
	return nil, errors.New("no such peer")
}

// worst is a disk that fails at some time.
type worst struct {
	*memstore.Memory
	fails bool
}

func (w *worst) Commit() error {
	if w.fails {
		return errors.New("the disk is gone")
	}
	return w.Memory.Commit()
}

func newDriver(t *testing.T, s *street, disk driver.Store, notify func(light.Notice)) *driver.Driver {
	t.Helper()
	signer := querytest.Signer('e', len(s.town.Full))
	m, err := light.New(light.Config{
		Network: s.town.Network.ID, Committee: s.town.Network.Cosigners, Policy: light.DefaultPolicy,
		Self: light.Self{Signer: signer, Account: dag.AccountOf(signer.Key()), Random: rand.New(rand.NewPCG(1, 2)),
			BatchKey: func(root [32]byte) [32]byte { return root }},
		Version: 1,
	}, disk)
	if err != nil {
		t.Fatal(err)
	}
	return driver.New(driver.Options{Machine: m, Store: disk, Asker: s, Clock: s.now, Notify: notify})
}

func (s *street) introduce(ctx context.Context, t *testing.T, d *driver.Driver) {
	t.Helper()
	for n, f := range s.town.Full {
		in := light.PeerUp{Peer: f.Name, Member: querytest.Signer('e', n).Key(), Weight: 1}
		if err := d.Give(ctx, in); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &street{town: querytest.NewTown(t, 1, 4, 1, governance.DefaultParameters())}
		payee := dag.Account{9}
		s.town.Run(500)
		s.town.Full[0].Pay(payee, 5)
		ctx, stop := context.WithCancel(t.Context())
		finals := make(chan light.Final, 8)
		disk := &worst{Memory: memstore.New()}
		d := newDriver(t, s, disk, func(n light.Notice) {
			if f, ok := n.(light.Final); ok {
				finals <- f
			}
		})
		ran := make(chan error, 1)
		var town sync.WaitGroup
		defer town.Wait()
		defer stop()
		town.Go(func() { s.live(ctx) })
		go func() { ran <- d.Run(ctx) }()
		s.introduce(ctx, t, d)
		for ok := false; !ok; time.Sleep(100 * time.Millisecond) {
			if err := d.Query(ctx, func(m *light.Machine) { ok, _ = m.MayIssue() }); err != nil {
				t.Fatal(err)
			}
		}
		id, err := d.Call(ctx, engine.Transfer{To: payee, Amount: 7})
		if err != nil {
			t.Fatal(err)
		}
		if f := <-finals; f.Event != id || f.Status != ledger.StatusApplied {
			t.Fatalf("%+v", f)
		}
		time.Sleep(3 * time.Second)
		var raw []byte
		head, err := d.Read(ctx, func(v ledger.View) { raw, _ = v.Get(ledger.AccountKey(payee)) })
		if err != nil || head.Size == 0 || len(raw) < 8 || raw[7] != 12 {
			t.Fatalf("%v %+v %x", err, head, raw)
		}
		info, err := d.Find(ctx, id)
		if err != nil || info.State != query.EventOrdered {
			t.Fatalf("%v %+v", err, info)
		}
		s.prove(ctx, t, d)
		var refusal *engine.Refusal
		if _, err := d.Find(ctx, dag.ID{1}); !errors.As(err, &refusal) || refusal.Code != light.CodeNotFound {
			t.Fatal(err)
		}
		if _, err := d.Call(ctx, engine.Transfer{To: payee}); !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		if sent, received := d.Traffic(); sent == 0 || received == 0 {
			t.Fatal("no traffic")
		}
		stop()
		if err := <-ran; err != nil {
			t.Fatal(err)
		}
		if err := d.Query(t.Context(), func(*light.Machine) {}); !errors.Is(err, driver.ErrStopped) {
			t.Fatal(err)
		}
	})
}

// prove has a reading of a device taken, anchored and proven.
func (s *street) prove(ctx context.Context, t *testing.T, d *driver.Driver) {
	t.Helper()
	device := querytest.Signer('d', 1)
	if _, err := d.Call(ctx, engine.AddDevice{Name: "meter", Key: device.Key()}); err != nil {
		t.Fatal(err)
	}
	raw, err := reading.Sign(device, reading.Message{Time: s.now(), Seq: 1, Sensor: "power", Value: 5, Unit: "W"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := reading.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	v, err := reading.Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Call(ctx, engine.Reading{Reading: v}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ProveReading(ctx, device.Key(), 1); !errors.Is(err, engine.ErrNotYet) {
		t.Fatal(err)
	}
	if _, err := d.Call(ctx, engine.Flush{}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Second)
	file, err := d.ProveReading(ctx, device.Key(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if result, err := proof.Verify(file, s.town.Network.Cosigners); err != nil || string(result.Reading) != string(raw) {
		t.Fatalf("%v", err)
	}
}

// call hands the driver something that it has to write down.
func call(ctx context.Context, d *driver.Driver) error {
	_, err := d.Call(ctx, light.Issue{Kind: "test", Body: []byte{1}})
	return err
}

// When the disk fails the driver ends, and what was not written is not acknowledged.
func TestDiskFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &street{town: querytest.NewTown(t, 1, 4, 1, governance.DefaultParameters())}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		disk := &worst{Memory: memstore.New(), fails: true}
		d := newDriver(t, s, disk, nil)
		ran := make(chan error, 1)
		go func() { ran <- d.Run(ctx) }()
		if err := call(ctx, d); !errors.Is(err, driver.ErrStopped) {
			t.Fatal(err)
		}
		if err := <-ran; err == nil {
			t.Fatal("it goes on")
		}
	})
}
