package node

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/client"
	"github.com/ledgerofthings/lot/node/config"
)

// party is a network of whole nodes in this process, on loopback.
type party struct {
	t       *testing.T
	dir     string
	genesis *bootstrap.Genesis
	guests  []*guest
}

type guest struct {
	p      *party
	dir    string
	vault  *vault.Vault
	listen string
	seeds  []string
	token  api.Token
	node   *Node
	cancel context.CancelFunc
	done   chan error
	client *client.Client
}

func newParty(t *testing.T, size int) *party {
	p := &party{t: t, dir: t.TempDir()}
	m := bootstrap.Manifest{Name: "party", Created: now(), Parameters: bootstrap.DefaultParameters()}
	var seeds []string
	for n := range size {
		g := &guest{p: p, dir: filepath.Join(p.dir, fmt.Sprint(n)), token: api.NewToken(), seeds: seeds}
		must(t, os.MkdirAll(g.dir, 0o700))
		path := filepath.Join(g.dir, "vault.age")
		v, err := vault.Create(path, vault.IdentityFile(vault.DefaultIdentityFile(path)), vault.GatewaySeeds()...)
		must(t, err)
		g.vault = v
		card, err := bootstrap.NewCard(fmt.Sprint("guest-", n), signer(t, v, vault.Host), signer(t, v, vault.Event), signer(t, v, vault.Cosign))
		must(t, err)
		member, err := card.Member(1, 1000)
		must(t, err)
		m.Members = append(m.Members, member)
		g.listen = fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", freePort(t))
		seeds = append(seeds, g.listen+"/p2p/"+member.Host.String())
		p.guests = append(p.guests, g)
	}
	var err error
	p.genesis, err = bootstrap.NewGenesis(m)
	must(t, err)
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func signer(t testing.TB, v *vault.Vault, name string) *dag.MemorySigner {
	s, err := v.Signer(name)
	must(t, err)
	return s
}

func freePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (g *guest) start() {
	c := config.Defaults()
	c.Network.Listen, c.Network.Seeds, c.Network.MDNS, c.Network.DHT = []string{g.listen}, g.seeds, false, "server"
	c.API.Listen, c.MQTT.Listen = "127.0.0.1:0", "127.0.0.1:0"
	c.Batch.Window = config.Duration(200 * time.Millisecond)
	c.Storage.Reserve = 1
	n, err := New(Options{
		Config: c, Genesis: g.p.genesis, Vault: g.vault, DataDir: filepath.Join(g.dir, "data"), Token: g.token,
		Logger: slog.New(slog.NewTextHandler(g.p.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	must(g.p.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	g.node, g.cancel, g.done = n, cancel, make(chan error, 1)
	go func() { g.done <- n.Run(ctx) }()
	g.client, err = client.New(client.Options{Address: n.APIAddress().String(), Token: g.token})
	must(g.p.t, err)
}

func (g *guest) stop() {
	g.cancel()
	if err := <-g.done; err != nil {
		g.p.t.Error(err)
	}
	g.client.Close()
}

// eventually waits until the condition returns nil.
func eventually(t *testing.T, condition func() error) {
	t.Helper()
	end := time.Now().Add(30 * time.Second)
	for {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
		<-time.After(10 * time.Millisecond)
	}
}

func TestNetworkOfWholeNodes(t *testing.T) {
	p := newParty(t, 4)
	for _, g := range p.guests {
		g.start()
		defer g.stop()
	}
	ctx := t.Context()
	for _, g := range p.guests {
		eventually(t, func() error { return g.client.Ready(ctx) })
	}
	var seed [32]byte
	seed[0] = 7
	device := dag.NewSigner(seed)
	first := p.guests[0]
	_, err := first.client.AddDevice(ctx, api.NewDevice{Name: "attic", Key: device.Key(), FromSeq: 1})
	must(t, err)
	for seq := uint64(1); seq <= 5; seq++ {
		raw, err := reading.Sign(device, reading.Message{Time: now(), Seq: seq, Sensor: "temperature", Value: 21.5, Unit: "Cel"})
		must(t, err)
		if answer, err := first.client.SendReadings(ctx, raw); err != nil {
			t.Fatal(err, answer)
		}
	}
	var file []byte
	eventually(t, func() (err error) { file, err = first.client.ReadingProof(ctx, device.Key(), 4); return err })
	parsed, err := proof.Parse(file)
	must(t, err)
	_, err = proof.Verify(parsed, Cosigners(p.genesis))
	must(t, err)

	result, err := p.guests[1].client.Transfer(ctx, api.TransferRequest{To: p.guests[2].node.self.Account, Amount: 250, IdempotencyKey: "a"}, 20*time.Second)
	must(t, err)
	if result.Receipt == nil || result.Receipt.Status != api.StateOrdered {
		t.Fatalf("%+v", result)
	}
	eventually(t, func() error {
		account, err := p.guests[2].client.Balance(ctx)
		if err == nil && account.Balance != 1250 {
			err = fmt.Errorf("balance %d", account.Balance)
		}
		return err
	})
}
