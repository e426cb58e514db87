package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/api/client"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/home"
)

// gateway is one of the demo's gateways: a folder and a process.
type gateway struct {
	name    string
	home    *home.Home
	vault   *vault.Vault
	program string // this program
	api     string // host:port
	mqtt    string // host:port
	seed    string // multiaddress with the peer id
	client  *client.Client

	mu      sync.Mutex
	process *exec.Cmd
	exited  chan struct{}
	output  *tail
}

// freePorts returns n TCP ports of loopback that nobody listens on.
func freePorts(n int) ([]int, error) {
	ports := make([]int, 0, n)
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // held until all are chosen, so that they differ
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// newGateway makes the folder and keys of a gateway and returns it with its member card.
func newGateway(dir, program, name string) (*gateway, *bootstrap.Card, error) {
	h, _, err := home.Init(filepath.Join(dir, name), home.Setup{Name: name})
	if err != nil {
		return nil, nil, err
	}
	v, err := h.Vault(config.Defaults())
	if err != nil {
		return nil, nil, err
	}
	card, err := home.Card(v, name)
	if err != nil {
		return nil, nil, err
	}
	return &gateway{name: name, home: h, vault: v, program: program}, card, nil
}

// configure writes the gateway's configuration and genesis.
func (g *gateway) configure(genesis *bootstrap.Genesis, card *bootstrap.Card, ports []int, seeds []string) error {
	c := config.Defaults()
	c.Name = g.name
	p2p := fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", ports[0])
	c.Network.Listen, c.Network.Seeds, c.Network.MDNS, c.Network.DHT = []string{p2p}, seeds, false, "server"
	g.api, g.mqtt = fmt.Sprintf("127.0.0.1:%d", ports[1]), fmt.Sprintf("127.0.0.1:%d", ports[2])
	c.API.Listen, c.MQTT.Listen = g.api, g.mqtt
	c.Batch.Window = config.Duration(time.Second)
	c.Batch.Topic = "demo"
	c.Storage.Reserve = 1 << 20
	if err := os.WriteFile(g.home.ConfigPath(), c.Encode(), 0o600); err != nil {
		return err
	}
	if _, err := g.home.Join(genesis, g.vault); err != nil {
		return err
	}
	host, err := card.Host()
	if err != nil {
		return err
	}
	g.seed = p2p + "/p2p/" + host.String()
	return nil
}

// start starts the gateway's process.
func (g *gateway) start() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	command := exec.Command(g.program, "up", "--home", g.home.Dir()) //nolint:gosec // this program itself
	command.Env = append(cleanEnvironment(), "NO_COLOR=1")
	g.output = &tail{}
	command.Stdout, command.Stderr = g.output, g.output
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the demo; it stops its gateways in order
	if err := command.Start(); err != nil {
		return fmt.Errorf("start gateway %s: %w", g.name, err)
	}
	exited := make(chan struct{})
	g.process, g.exited = command, exited
	go func() {
		_ = command.Wait() // how it ended is seen in its output
		close(exited)
	}()
	return nil
}

// cleanEnvironment is this process's without settings for a gateway of the user's own.
func cleanEnvironment() []string {
	var env []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "LOT_") {
			env = append(env, entry)
		}
	}
	return env
}

// ready waits until the gateway answers.
func (g *gateway) ready(ctx context.Context) error {
	for {
		c, err := client.New(client.Options{Address: g.api, TokenFile: g.home.TokenPath()})
		if err == nil {
			if err = c.Alive(ctx); err == nil {
				g.client = c
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("gateway %s did not come up: %w\n%s", g.name, err, g.output)
		case <-g.exited:
			return fmt.Errorf("gateway %s ended:\n%s", g.name, g.output)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// kill ends the process as a power cut would.
func (g *gateway) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.process != nil {
		_ = g.process.Process.Kill()
		<-g.exited
	}
}

// stopGrace is how long a gateway may take to stop before it is killed.
const stopGrace = 5 * time.Second

// stop asks the process to end.
func (g *gateway) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.process == nil {
		return
	}
	if err := g.process.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
		return
	}
	select {
	case <-g.exited:
	case <-time.After(stopGrace):
		_ = g.process.Process.Kill()
		<-g.exited
	}
}

// tail keeps the end of a gateway's output, to be shown if it fails.
type tail struct {
	mu    sync.Mutex
	bytes []byte
}

const tailSize = 8 << 10

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bytes = append(t.bytes, p...)
	if excess := len(t.bytes) - tailSize; excess > 0 {
		t.bytes = bytes.Clone(t.bytes[excess:])
	}
	return len(p), nil
}

// String returns the end of the output.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.bytes)
}
