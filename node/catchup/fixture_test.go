package catchup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/dag/snapshot"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

const fixtureTime = 1_700_000_000_000

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func signer(words string, n int) *dag.MemorySigner {
	return dag.NewSigner(sha256.Sum256(fmt.Appendf(nil, "%s %d", words, n)))
}

// ledgerOf is a network with some sealed epochs.
type ledgerOf struct {
	network   engine.Network
	cosigners []*dag.MemorySigner
	log       proof.Log
	ends      []*engine.Snapshot // of epochs 1, 2 ...
}

// shape says how large a ledger is.
type shape struct {
	id       byte
	epochs   int
	accounts int
	values   []int // lengths of values of a module
}

// newLedger returns a network of four members, of which three sign.
func newLedger(tb testing.TB, s shape) *ledgerOf {
	tb.Helper()
	l := &ledgerOf{}
	id := dag.NetworkID{s.id, 7}
	var members []governance.Member
	accounts := make([]ledger.GenesisAccount, s.accounts)
	for n := range 4 {
		event := signer("event", n).Key()
		members = append(members, governance.Member{
			Name: fmt.Sprint("m", n), Host: signer("host", n).Key(), Event: event, Cosign: signer("cosign", n).Key(),
			Account: dag.AccountOf(event), Weight: 1,
		})
		l.cosigners = append(l.cosigners, signer("cosign", n))
	}
	for n := range accounts {
		binary.BigEndian.PutUint64(accounts[n].Account[8:], uint64(n)+1)
		accounts[n].Balance = uint64(n)
	}
	for _, m := range members {
		accounts = append(accounts, ledger.GenesisAccount{Account: m.Account, Balance: 5, Keys: []dag.Key{m.Event}})
	}
	entries, err := governance.Genesis(members, governance.DefaultParameters())
	must(tb, err)
	genesis, err := ledger.Genesis(accounts, entries...)
	must(tb, err)
	genesis = withValues(tb, genesis, s.values)
	versions, err := engine.NewRules(id)
	must(tb, err)
	first, err := (&engine.Network{ID: id, Genesis: genesis, Versions: versions}).Next(genesis)
	must(tb, err)
	l.network = *first
	for range s.epochs {
		l.seal(tb)
	}
	return l
}

// withValues adds entries of a module to a state.
func withValues(tb testing.TB, s *ledger.State, lengths []int) *ledger.State {
	tb.Helper()
	if len(lengths) == 0 {
		return s
	}
	s, err := ledger.Load(func(yield func(key, value []byte) bool) {
		for key, value := range s.Entries() {
			if !yield(key, value) {
				return
			}
		}
		for i, n := range lengths {
			if !yield(ledger.EntryKey("blob", binary.BigEndian.AppendUint64(nil, uint64(i))), make([]byte, n)) {
				return
			}
		}
	})
	must(tb, err)
	return s
}

// seal ends another epoch.
func (l *ledgerOf) seal(tb testing.TB) {
	tb.Helper()
	epoch := uint64(len(l.ends) + 1)
	state, chain, committee := l.network.Genesis, proof.Chain(nil), l.network.Cosigners
	if n := len(l.ends); n > 0 {
		state, chain = l.ends[n-1].State, l.ends[n-1].Chain
	}
	state = l.network.Rules.Seal(state)
	next, err := l.network.Next(state)
	must(tb, err)
	_, err = l.log.Append(sha256.Sum256(fmt.Appendf(nil, "leaf of epoch %d", epoch)))
	must(tb, err)
	seal, _, err := proof.NewSeal(&l.log, proof.SealLeaf{
		Epoch: epoch, Leader: dag.ID{byte(epoch)}, Number: 10 * epoch, Time: fixtureTime + epoch, State: state.Root(),
		Committee: next.Cosigners.Hash(), Version: 1,
	})
	must(tb, err)
	committee.Epoch = epoch
	certificate, err := proof.NewCertificate(seal, l.sign(tb, committee, seal.Head, 0, 1, 3), committee, next.Cosigners)
	must(tb, err)
	l.ends = append(l.ends, &engine.Snapshot{Seal: seal, Chain: append(slices.Clone(chain), certificate), State: state})
}

// sign returns the checkpoint of some members; they must be a quorum.
func (l *ledgerOf) sign(tb testing.TB, committee proof.Committee, head proof.TreeHead, members ...int) proof.SignedCheckpoint {
	tb.Helper()
	collector, err := proof.NewCollector(committee)
	must(tb, err)
	for _, n := range members {
		v, err := proof.Cosign(l.cosigners[n], committee, proof.TreeHead{}, head, fixtureTime)
		must(tb, err)
		_, err = collector.Add(v)
		must(tb, err)
	}
	signed, ok := collector.Latest()
	if !ok {
		tb.Fatal("no quorum")
	}
	return signed
}

func (l *ledgerOf) end(epoch int) *engine.Snapshot { return l.ends[epoch-1] }

func (l *ledgerOf) start() Start { return Start{Committee: l.network.Cosigners} }

// gateway is a peer with a real server, and a way in which it differs from an honest one.
type gateway struct {
	ledger *ledgerOf
	server *Server
	twist  func(ctx context.Context, r request, honest func() (response, error)) (response, error)

	mu    sync.Mutex
	epoch int // the newest end that it has
	asked []request
}

// Snapshot implements Source.
func (g *gateway) Snapshot(context.Context) (*engine.Snapshot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.epoch == 0 {
		return nil, engine.ErrNoSnapshot
	}
	return g.ledger.end(g.epoch), nil
}

func (g *gateway) advance(epoch int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.epoch = epoch
}

func (g *gateway) requests(ask string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.asked {
		if r.Ask == ask {
			n++
		}
	}
	return n
}

// town is peers in one process.
type town struct {
	mu       sync.Mutex
	gateways map[string]*gateway
	hidden   map[string]bool // not connected
}

func newTown() *town { return &town{gateways: map[string]*gateway{}, hidden: map[string]bool{}} }

// add adds a peer that has the end of an epoch.
func (w *town) add(tb testing.TB, name string, l *ledgerOf, epoch int) *gateway {
	tb.Helper()
	g := &gateway{ledger: l, epoch: epoch}
	g.server = NewServer(ServerConfig{Genesis: l.network.Cosigners, Source: g})
	tb.Cleanup(g.server.Close)
	w.gateways[name] = g
	return g
}

// hide lets a peer come or go.
func (w *town) hide(name string, hidden bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hidden[name] = hidden
}

// Connected implements Peers.
func (w *town) Connected() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.gateways)), func(name string) bool { return w.hidden[name] })
}

var errAway = errors.New("connection refused")

// Request implements Peers.
func (w *town) Request(ctx context.Context, to, protocol string, message []byte, most int) ([]byte, error) {
	w.mu.Lock()
	g, hidden := w.gateways[to], w.hidden[to]
	w.mu.Unlock()
	if hidden || protocol != Protocol {
		return nil, errAway
	}
	r, err := requestCodec.Decode(message)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	g.asked = append(g.asked, r)
	g.mu.Unlock()
	honest := func() (response, error) {
		b, err := g.server.Answer(ctx, "me", message)
		if err != nil {
			return response{}, fmt.Errorf("%w: %w", mesh.ErrRefused, err)
		}
		return responseCodec.Decode(b)
	}
	var a response
	if g.twist == nil {
		a, err = honest()
	} else {
		a, err = g.twist(ctx, r, honest)
	}
	if err != nil {
		return nil, err
	}
	b, err := encodeAnything(a)
	if err == nil && len(b) > most {
		err = mesh.ErrTooLarge
	}
	return b, err
}

// encodeAnything encodes answers that no honest peer would give too.
func encodeAnything(r response) ([]byte, error) {
	codec := responseCodec
	codec.Check = func(response) error { return nil }
	return codec.Encode(r)
}

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

// finer makes a peer say that the state is cut into more chunks than it need be.
func finer(bits uint64) func(context.Context, request, func() (response, error)) (response, error) {
	return func(_ context.Context, _ request, honest func() (response, error)) (response, error) {
		a, err := honest()
		if a.Answer == answerHead {
			a.Bits = bits
		}
		return a, err
	}
}
