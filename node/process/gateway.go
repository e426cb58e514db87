// Package process runs gateways as child processes of this program, for the demo, for measurements and for crash tests.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

// Gateway is a data folder and the process that runs on it.
type Gateway struct {
	Name   string
	Home   *home.Home
	Card   *bootstrap.Card
	API    string         // host:port of the HTTP API
	MQTT   string         // host:port of the broker
	Seed   string         // multiaddress with the peer id
	Client *client.Client // nil until Ready

	vault   *vault.Vault
	program string // this program

	mu      sync.Mutex
	process *exec.Cmd
	exited  chan struct{}
	output  *tail
}

// New makes the folder, below dir, and the keys of a gateway. Program is this program's path.
func New(dir, program, name string) (*Gateway, error) {
	h, _, err := home.Init(filepath.Join(dir, name), home.Setup{Name: name})
	if err != nil {
		return nil, err
	}
	v, err := h.Vault(config.Defaults())
	if err != nil {
		return nil, err
	}
	card, err := home.Card(v, name)
	if err != nil {
		return nil, err
	}
	return &Gateway{Name: name, Home: h, Card: card, vault: v, program: program}, nil
}

// PortsEach is how many ports a gateway needs.
const PortsEach = 3

// Configure writes the gateway's configuration, on loopback only, and puts it into the network. It uses PortsEach ports; the
// seeds are other gateways' Seed. Adjust may change the configuration further; nil for not.
func (g *Gateway) Configure(genesis *bootstrap.Genesis, ports []int, seeds []string, adjust func(*config.Config)) error {
	c := config.Defaults()
	c.Name = g.Name
	p2p := fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", ports[0])
	c.Network.Listen, c.Network.Seeds, c.Network.MDNS, c.Network.DHT = []string{p2p}, seeds, false, "server"
	g.API, g.MQTT = fmt.Sprintf("127.0.0.1:%d", ports[1]), fmt.Sprintf("127.0.0.1:%d", ports[2])
	c.API.Listen, c.MQTT.Listen = g.API, g.MQTT
	if adjust != nil {
		adjust(&c)
	}
	if err := os.WriteFile(g.Home.ConfigPath(), c.Encode(), 0o600); err != nil {
		return err
	}
	if _, err := g.Home.Join(genesis, g.vault); err != nil {
		return err
	}
	host, err := g.Card.Host()
	if err != nil {
		return err
	}
	g.Seed = p2p + "/p2p/" + host.String()
	return nil
}

// Start starts the gateway's process.
func (g *Gateway) Start() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	command := exec.Command(g.program, "up", "--home", g.Home.Dir()) //nolint:gosec,noctx // this program itself, which Stop and Kill end
	command.Env = append(cleanEnvironment(), "NO_COLOR=1")
	g.output = &tail{}
	command.Stdout, command.Stderr = g.output, g.output
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the demo; it stops its gateways in order
	if err := command.Start(); err != nil {
		return fmt.Errorf("start gateway %s: %w", g.Name, err)
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

// Ready waits until the gateway answers.
func (g *Gateway) Ready(ctx context.Context) error {
	for {
		c, err := client.New(client.Options{Address: g.API, TokenFile: g.Home.TokenPath()})
		if err == nil {
			if err = c.Alive(ctx); err == nil {
				g.Client = c
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("gateway %s did not come up: %w\n%s", g.Name, err, g.output)
		case <-g.exited:
			return fmt.Errorf("gateway %s ended:\n%s", g.Name, g.output)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends the process as a power cut would.
func (g *Gateway) Kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.process != nil {
		_ = g.process.Process.Kill()
		<-g.exited
	}
}

// stopGrace is how long a gateway may take to stop before it is killed.
const stopGrace = 5 * time.Second

// Stop asks the process to end.
func (g *Gateway) Stop() {
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
