// Package process runs gateways as child processes of this program, for the demo, for measurements and for crash tests.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/api/client"
	"github.com/ledgerofthings/lot/node/home"
)

// Gateway is a data folder and the process that runs on it. Found makes it.
type Gateway struct {
	Name   string
	Home   *home.Home
	API    string         // host:port of the HTTP API
	MQTT   string         // host:port of the broker
	Client *client.Client // nil until Ready

	keys    *vault.Vault
	program string // this program

	mu      sync.Mutex
	process *exec.Cmd
	exited  chan struct{}
	output  *tail
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
