package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/client"
	"github.com/ledgerofthings/lot/node/config"
)

// Nodes that were stopped must leave no goroutine behind.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/libp2p/go-flow-metrics.(*sweeper).run"), // one for the process's life
	)
}

// party is a network of whole nodes in this process, on loopback.
type party struct {
	t       testing.TB
	dir     string
	genesis *bootstrap.Genesis
	guests  []*guest
}

// guest is a node of a party: what it is made from, which stays over restarts, and the node while it runs.
type guest struct {
	p      *party
	name   string
	dir    string
	vault  *vault.Vault
	token  api.Token
	config config.Config
	files  vfs.FS      // nil for those of the operating system
	log    *logBook    // what it logged, warnings and errors
	fatal  func(error) // as Options.Fatal
	disk   time.Duration
	record string // as Options.Record

	node   *Node
	cancel context.CancelFunc
	done   chan error
	client *client.Client

	admitted bool // by an invitation
	pin      proof.Pin
}

// newParty founds a network. The weights are those of its members, in the order of the guests.
func newParty(t testing.TB, weights ...uint64) *party { return newPartyOf(t, nil, weights...) }

// newPartyOf is newParty with changes to the genesis.
func newPartyOf(t testing.TB, adjust []func(*bootstrap.Manifest), weights ...uint64) *party {
	p := &party{t: t, dir: t.TempDir()}
	m := bootstrap.Manifest{Name: "party", Created: now(), Parameters: bootstrap.DefaultParameters()}
	var seeds []string
	for n, weight := range weights {
		g := p.invite(n)
		member := g.member(weight)
		m.Members = append(m.Members, member)
		g.config.Network.Seeds = append([]string(nil), seeds...)
		seeds = append(seeds, g.config.Network.Listen[0]+"/p2p/"+member.Host.String())
	}
	for _, change := range adjust {
		change(&m)
	}
	var err error
	p.genesis, err = bootstrap.NewGenesis(m)
	must(t, err)
	return p
}

// invite makes a guest's keys and configuration.
func (p *party) invite(n int) *guest {
	g := &guest{p: p, name: fmt.Sprint("guest-", n), token: api.NewToken(), log: new(logBook), config: config.Defaults()}
	g.dir = filepath.Join(p.dir, g.name)
	must(p.t, os.MkdirAll(g.dir, 0o700))
	path := filepath.Join(g.dir, "vault.age")
	var err error
	g.vault, err = vault.Create(path, vault.IdentityFile(vault.DefaultIdentityFile(path)), vault.GatewaySeeds()...)
	must(p.t, err)
	c := &g.config
	c.Network.Listen = []string{fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", freePort(p.t))}
	c.Network.MDNS, c.Network.DHT = false, "server"
	c.API.Listen, c.MQTT.Listen = "127.0.0.1:0", "127.0.0.1:0"
	c.Batch.Window, c.Storage.Reserve = config.Duration(100*time.Millisecond), 1
	p.guests = append(p.guests, g)
	return g
}

func (g *guest) member(weight uint64) bootstrap.Member {
	t := g.p.t
	card, err := bootstrap.NewCard(g.name, g.signer(vault.Host), g.signer(vault.Event), g.signer(vault.Cosign))
	must(t, err)
	member, err := card.Member(weight, 1000)
	must(t, err)
	return member
}

func (g *guest) signer(name string) *dag.MemorySigner {
	s, err := g.vault.Signer(name)
	must(g.p.t, err)
	return s
}

func (g *guest) dataDir() string { return filepath.Join(g.dir, "data") }

// open makes the guest's node without running it.
func (g *guest) open() (*Node, error) {
	return New(Options{
		Config: g.config, Genesis: g.p.genesis, Vault: g.vault, DataDir: g.dataDir(), Token: g.token,
		Logger: slog.New(slog.NewTextHandler(g.log, &slog.HandlerOptions{Level: slog.LevelInfo})),
		FS:     g.files, Fatal: g.fatal, diskEvery: g.disk, Record: g.record, RecordLimit: 64 << 20,
		Admitted: g.admitted, Pin: g.pin,
	})
}

// start runs the guest's node until stop, which the test's end calls if nobody did.
func (g *guest) start() {
	t := g.p.t
	n, err := g.open()
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	g.node, g.cancel, g.done = n, cancel, make(chan error, 1)
	go func() { g.done <- n.Run(ctx) }()
	g.client, err = client.New(client.Options{Address: n.APIAddress().String(), Token: g.token})
	must(t, err)
	t.Cleanup(func() {
		if g.node == n {
			g.stop()
		}
	})
}

func (g *guest) stop() {
	g.cancel()
	if err := g.ended(); err != nil {
		g.p.t.Error(err)
	}
}

// ended waits until the node has ended and returns what Run returned.
func (g *guest) ended() error {
	g.p.t.Helper()
	select {
	case err := <-g.done:
		g.cancel()
		g.client.Close()
		g.node = nil
		return err
	case <-time.After(patience):
		g.p.t.Fatal("the node does not end")
		return nil
	}
}

// startAll starts all guests and waits until they are in sync.
func (p *party) startAll() {
	for _, g := range p.guests {
		g.start()
	}
	for _, g := range p.guests {
		g.ready()
	}
}

func (g *guest) ready() {
	eventually(g.p.t, func() error { return g.client.Ready(g.p.t.Context()) })
}

// logged waits until the guest has logged a line with all the words.
func (g *guest) logged(words ...string) {
	g.p.t.Helper()
	eventually(g.p.t, func() error {
		if g.log.has(words...) {
			return nil
		}
		text := g.log.String()
		return fmt.Errorf("no line with %q in the log, which ends in:\n%s", words, text[max(0, len(text)-4000):])
	})
}

// logBook keeps what was logged.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String returns all of it.
func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// has reports whether one line has all the words.
func (l *logBook) has(words ...string) bool {
	for line := range strings.Lines(l.String()) {
		if containsAll(line, words...) {
			return true
		}
	}
	return false
}

func containsAll(text string, words ...string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// device is a sensor with its key.
type device struct {
	name   string
	signer *dag.MemorySigner
}

func newDevice(n byte) device {
	return device{fmt.Sprint("device-", n), dag.NewSigner([32]byte{'d', n})}
}

func (d device) key() dag.Key { return d.signer.Key() }

// sign returns a reading with the time of now.
func (d device) sign(t testing.TB, seq uint64) []byte { return d.signAt(t, seq, now()) }

func (d device) signAt(t testing.TB, seq, at uint64) []byte {
	t.Helper()
	raw, err := reading.Sign(d.signer, reading.Message{Time: at, Seq: seq, Sensor: "temperature", Value: float64(seq) / 8, Unit: "Cel"})
	must(t, err)
	return raw
}

// register adds the device to the guest's gateway.
func (d device) register(g *guest) {
	_, err := g.client.AddDevice(g.p.t.Context(), api.NewDevice{Name: d.name, Key: d.key(), FromSeq: 1})
	must(g.p.t, err)
}

// send sends readings of the device one by one and fails the test unless all are stored.
func (d device) send(g *guest, from, to uint64) {
	g.p.t.Helper()
	for seq := from; seq <= to; seq++ {
		answer, err := g.client.SendReadings(g.p.t.Context(), d.sign(g.p.t, seq))
		if err != nil || answer.Stored != 1 {
			g.p.t.Fatalf("reading %d: %+v, %v", seq, answer, err)
		}
	}
}

// final waits until so many readings of the guest are final.
func (g *guest) final(count uint64) {
	g.p.t.Helper()
	eventually(g.p.t, func() error {
		status, err := g.client.Status(g.p.t.Context())
		if err == nil && status.Readings.Final != count {
			err = fmt.Errorf("%+v are final, want %d", status.Readings, count)
		}
		return err
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// freePort returns a port that nobody listens on, below those that systems give to outgoing connections.
func freePort(t testing.TB) int {
	for range 1000 {
		port := 20_000 + rand.IntN(12_000)
		if l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			must(t, l.Close())
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// eventually waits until the condition returns nil.
func eventually(t testing.TB, condition func() error) {
	t.Helper()
	end := time.After(patience)
	for {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-end:
			t.Fatal(err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// problem returns the API's refusal that an error is.
func problem(t testing.TB, err error) *api.Problem {
	t.Helper()
	var p *api.Problem
	if !errors.As(err, &p) {
		t.Fatalf("%v is no problem document", err)
	}
	return p
}
