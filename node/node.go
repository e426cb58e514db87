// Package node is a gateway: the composition root that puts engine, disk, mesh, devices' interfaces and the HTTP API together,
// and the one loop that owns the engine.
//
//	mesh, devices, API  ->  loop: Step, Step, ... one synced commit  ->  effects: publish, send, reply, notify
package node

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sync/errgroup"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/catchup"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/joining"
	"github.com/ledgerofthings/lot/node/replica"
	"github.com/ledgerofthings/lot/node/store"
)

// errStopped says that the node is stopping.
var errStopped = errors.New("the gateway is stopping")

// Options are what a node is made from.
type Options struct {
	Config  config.Config
	Genesis *bootstrap.Genesis
	Vault   *vault.Vault // holds the seeds named by vault.GatewaySeeds
	DataDir string       // the store's folder
	Token   api.Token    // clients of the API show it
	Version api.Version
	Logger  *slog.Logger
	FS      vfs.FS // file system of the data folder; nil is the operating system's
	// Fatal is called once when the disk refuses a write; see store.Options. Nil logs the error and ends the process.
	Fatal func(error)
	// Pin is the end of an epoch that is trusted without its past, as an invitation or the operator named it; zero to trust the genesis.
	Pin         proof.Pin
	Invitations string // path of the file with the invitations that this gateway gave; empty for invitations.json beside DataDir
	Admitted    bool   // it came by an invitation, so that its key need not be in the genesis
	Override    bool   // issue events without having been told how far the own chain goes; see engine.Override
	// Record is the path of a file that must not exist, into which everything goes that the engine is given, at most RecordLimit
	// bytes; see package record for what that reveals. Empty for no record.
	Record      string
	RecordLimit int64

	diskEvery time.Duration // how often the room on the disk is looked at; 0 for the usual
}

// Node is a gateway. New opens its disk and its sockets, Run runs it until its context ends.
type Node struct {
	options Options
	self    self
	network engine.Network // in the first epoch
	roster  *roster
	log     *slog.Logger
	started uint64

	store    *store.Store
	record   *recording // nil without Options.Record
	mesh     *mesh.Mesh
	loop     *loop
	verifier *verifier
	gossip   *gossip
	devices  *intake
	feed     *api.Feed
	metrics  *api.Metrics
	server   *api.Server
	listener net.Listener
	news     *news
	health   *healthWatch

	complaints *complaints
	catcher    *catcher
	begunAnew  chan struct{} // holds one if a snapshot was put in place, for completeCertificates
	snapshots  *catchup.Server
	replicas   *replica.Driver

	restored       bool // the data folder comes from a backup, and how far the own chain goes was not known at the start
	recoverBatches bool // batches of this gateway are to be looked for at others

	invitations *joining.File
	joining     *joining.Server
	ctx         context.Context // ends when the node stops
	stop        context.CancelFunc
	background  sync.WaitGroup // what runs beside the rest and ends with ctx
}

// now returns the time in ms since the Unix epoch.
func now() uint64 { return uint64(time.Now().UnixMilli()) }

// New makes a node. On an error everything that was opened is closed again.
func New(o Options) (_ *Node, err error) {
	n := &Node{
		options: o, log: o.Logger, started: now(), verifier: newVerifier(), feed: api.NewFeed(feedSize), metrics: api.NewMetrics(),
		complaints: newComplaints(o.Logger), begunAnew: make(chan struct{}, 1),
	}
	n.catcher = &catcher{n: n}
	n.ctx, n.stop = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	for _, build := range []func() error{
		n.openSelf, n.openStore, n.openEngine, n.openRoster, n.openJoining, n.openMesh, n.openDevices, n.openAPI,
	} {
		if err := build(); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// feedSize is how many notices the event stream can go back.
const feedSize = 4096

// openSelf finds out who this node is in its network.
func (n *Node) openSelf() error {
	signer, err := n.options.Vault.Signer(vault.Event)
	if err != nil {
		return err
	}
	n.self = self{name: n.options.Config.Name, event: signer.Key(), account: dag.AccountOf(signer.Key())}
	switch founder, ok := n.options.Genesis.MemberByEvent(signer.Key()); {
	case ok:
		n.self.name, n.self.account = founder.Name, founder.Account
	case !n.options.Admitted:
		return fmt.Errorf("this gateway's key %s is not a member of network %q: ask a member for an invitation (`lot join`), have its card (`lot init` prints it) put into the genesis of a new network, or use the genesis it is in",
			signer.Key(), n.options.Genesis.Name())
	}
	n.network, err = NewNetwork(n.options.Genesis)
	return err
}

// self is who this node is in its network. Founders are named in the genesis, others were admitted under the name that they chose.
type self struct {
	name    string
	event   dag.Key
	account dag.Account
}

func (n *Node) openStore() (err error) {
	s := n.options.Config.Storage
	n.store, err = store.Open(n.options.DataDir, store.Options{
		Logger: n.log,
		FS:     n.options.FS, Fatal: n.options.Fatal,
		Budget: store.Budget{
			Memory: int64(s.Memory), Blobs: int64(s.Batches), Pins: int64(s.Pins), Max: int64(s.Max), Reserve: int64(s.Reserve),
			Ballast: int64(s.Memory) / 2,
		},
	})
	return err
}

func (n *Node) openEngine() error {
	self, err := n.engineSelf()
	if err != nil {
		return err
	}
	c := n.options.Config
	policy := engine.DefaultPolicy
	policy.BatchCount, policy.BatchWindow = c.Batch.Count, uint64(time.Duration(c.Batch.Window).Milliseconds())
	policy.BatchTopic, policy.MaxDevices = c.Batch.Topic, c.Storage.MaxDevices
	policy.KeepAll = c.Storage.Keep == config.Forever
	policy.Keep, policy.MaxLedger = uint64(time.Duration(c.Storage.Keep).Milliseconds()), ledgerBudget(&c.Storage)
	step := n.store.Begin()
	e, steps, err := n.makeEngine(engine.Config{Network: n.network, Self: self, Policy: policy}, step)
	if err != nil {
		return err
	}
	n.restored = e.Restored()
	n.recoverBatches = e.BlobsLost() || n.restored
	n.health = newHealthWatch()
	n.loop = newLoop(e, step, newClock(time.Now).now, nil)
	n.loop.steps = steps
	n.loop.measure = func(step, commit time.Duration) {
		n.metrics.StepTook(step)
		n.metrics.CommitTook(commit)
	}
	return nil
}

// ledgerBudget returns how many bytes the events of sealed epochs may take: half of what the data folder may hold besides batches, since
// receipts, hashes and the database's own files take about as much again.
func ledgerBudget(s *config.Storage) uint64 {
	rest := int64(s.Max) - int64(s.Batches) - int64(s.Pins)
	return uint64(max(rest/2, minLedger))
}

// minLedger is the least that events may take, in bytes: some epochs' worth.
const minLedger = 64 << 20

// engineSelf takes the node's keys out of the vault.
func (n *Node) engineSelf() (engine.Self, error) {
	signer, err := n.options.Vault.Signer(vault.Event)
	if err != nil {
		return engine.Self{}, err
	}
	self := engine.Self{Signer: signer, Account: n.self.account, BatchKey: n.batchKey}
	if self.Cosigner, err = n.options.Vault.Signer(vault.Cosign); err != nil {
		return self, err
	}
	if _, err := n.options.Vault.Derive(vault.Batch, ""); err != nil {
		return self, err
	}
	return self, nil
}

// makeEngine makes the engine from what is stored, and says what steps it: a recorder, if there is to be a record.
func (n *Node) makeEngine(config engine.Config, step *store.Step) (*engine.Engine, stepper, error) {
	var seed [16]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, nil, err
	}
	source := mathrand.NewPCG(binary.BigEndian.Uint64(seed[:8]), binary.BigEndian.Uint64(seed[8:]))
	if n.options.Record != "" {
		return n.recordEngine(config, source, step)
	}
	config.Self.Random = mathrand.New(source) //nolint:gosec // for choices that have to be uniform, not secret
	e, err := engine.New(config, step, now())
	return e, e, err
}

// batchKey derives the key that encrypts a batch.
func (n *Node) batchKey(root [32]byte) [32]byte {
	key, err := n.options.Vault.Derive(vault.Batch, string(n.network.ID[:])+string(root[:]))
	if err != nil { // the seed was there when the node was made
		panic(err)
	}
	return key
}

// openAPI binds the address and makes the server.
func (n *Node) openAPI() (err error) {
	c := n.options.Config.API
	if n.listener, err = api.Listen(context.Background(), c.Listen); err != nil {
		return err
	}
	n.news = newNews(n)
	n.server, err = api.New(&backend{n}, api.Options{
		Token: n.options.Token, Readings: n.devices.handler(), Feed: n.feed, Metrics: n.metrics,
		Hosts: c.Hosts, OpenMetrics: c.OpenMetrics, Log: n.log,
		Backup: func(ctx context.Context, q api.BackupQuery, w io.Writer) error {
			return archive.Stream(ctx, w, n.store, n.about(q))
		},
	})
	return err
}

// Run runs the node until ctx ends or something fails that it cannot go on without, and closes it. It stops from the outside
// in: first the API and the devices' interfaces, then the mesh, then the loop, so that whatever was taken is answered.
func (n *Node) Run(ctx context.Context) error {
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	n.loop.release = (&outlet{ctx: inner, mesh: n.mesh, log: n.log, asked: n.gossip.asked, notify: n.news.tell}).release
	var core errgroup.Group
	failed := make(chan error, 1) // the loop ends by itself only if the disk fails, and then everything ends
	core.Go(func() error {
		defer n.closeRecord() // also when a step panics: then its input is what matters
		failed <- n.loop.run(inner)
		return nil
	})
	for range runtime.GOMAXPROCS(0) {
		core.Go(func() error { n.verifier.run(inner); return nil })
	}
	group.Go(func() error { n.watchDisk(ctx); return nil })
	group.Go(func() error { return n.server.Serve(ctx, n.listener) })
	group.Go(func() error { return n.begin(ctx) })
	group.Go(func() error { return n.runReplicas(ctx) })
	group.Go(func() error { n.completeCertificates(ctx); return nil })
	group.Go(func() error { n.reconcileInvitations(ctx); return nil })
	group.Go(func() error {
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return nil
		}
	})
	err := group.Wait()
	n.catcher.stop()
	n.stop()
	n.background.Wait()
	n.closeOuter()
	stop()
	_ = core.Wait() // its only error went through failed
	n.closeStore()
	return err
}

// begin opens the node to its peers.
func (n *Node) begin(ctx context.Context) error {
	if n.options.Override {
		if _, err := n.loop.call(ctx, engine.Override{}); err != nil {
			return ignoreStop(err)
		}
	}
	if err := n.mesh.Start(); err != nil {
		return err
	}
	n.log.Info("gateway is up", "name", n.self.name, "network", n.options.Genesis.Name(), "peer", n.mesh.ID())
	return nil
}

func ignoreStop(err error) error {
	if errors.Is(err, errStopped) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// close ends what New opened, if the node never ran.
func (n *Node) close() {
	n.catcher.stop()
	n.stop()
	n.background.Wait()
	if n.loop != nil {
		n.loop.stop() // so that a client who was quick gets an answer
	}
	n.closeRecord()
	n.closeOuter()
	n.closeStore()
}

// closeOuter ends what brings work in.
func (n *Node) closeOuter() {
	if n.listener != nil {
		_ = n.listener.Close() // Serve closed it if it ran
	}
	if n.devices != nil {
		n.devices.close()
	}
	if n.mesh != nil {
		if err := n.mesh.Close(); err != nil {
			n.log.Warn("closing the mesh", "error", err)
		}
	}
	if n.snapshots != nil {
		n.snapshots.Close()
	}
}

func (n *Node) closeStore() {
	if n.store == nil {
		return
	}
	if err := n.store.Close(); err != nil {
		n.log.Warn("closing the data folder", "error", err)
	}
}

// Addresses returns the multiaddresses, with the peer id, under which others reach this node.
func (n *Node) Addresses() []string { return n.mesh.Addresses() }

// APIAddress returns the address that the HTTP API listens on.
func (n *Node) APIAddress() net.Addr { return n.listener.Addr() }
