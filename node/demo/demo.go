package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/process"
)

const (
	gatewayCount = 5
	deviceCount  = 20
)

// What Run's error wraps.
var (
	// ErrClaim: something that the demo shows did not hold.
	ErrClaim = errors.New("not everything that the demo shows held")
	// ErrEarly: what was shown held, but the run ended before everything was shown.
	ErrEarly = errors.New("it ended before everything was shown")
)

// Options configure a run.
type Options struct {
	Program string        // this program, which runs the gateways and verifies the proof
	Dir     string        // folder for the gateways; empty for a temporary one, which is removed in the end
	CSV     string        // folder of series to replay instead of simulated sensors
	For     time.Duration // how long to run; 0 until ctx ends
	Once    bool          // end as soon as everything was shown
	Out     io.Writer     // where to tell
	Color   bool
	Break   Claim // sabotage this claim, to see that the demo notices

	patience time.Duration // how long each claim may take; tests that wait for a failure shorten it
}

// demo is one run.
type demo struct {
	options  Options
	tell     *narrator
	dir      string
	gateways []*process.Gateway
	genesis  *bootstrap.Genesis
	path     string // of the genesis file
	proof    string // path of the proof file, once there is one
	sensors  []*Sensor
	devices  []*device
	watch    *watch
	held     map[Claim]error // nil for a claim that held; without those that were not reached
}

// Run shows everything and then goes on until ctx or the time ends. The error wraps ErrClaim if a claim did not hold, else
// ErrEarly if one was not reached.
func Run(ctx context.Context, o Options) error {
	if o.patience == 0 {
		o.patience = patience
	}
	d := &demo{options: o, tell: newNarrator(o.Out, o.Color), held: map[Claim]error{}}
	var err error
	if d.sensors, err = o.sensors(); err != nil {
		return err // before anything is made
	}
	if o.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.For)
		defer cancel()
	}
	remove, err := d.makeFolder()
	if err != nil {
		return err
	}
	defer remove()
	defer d.stopGateways()
	if err := d.found(ctx); err != nil {
		return d.interrupted(ctx, err)
	}
	if err := d.startGateways(ctx); err != nil {
		return d.interrupted(ctx, err)
	}
	ongoing, end := context.WithCancel(ctx)
	defer end()
	group, running := errgroup.WithContext(ongoing)
	d.watch = newWatch(d.gateways)
	for _, g := range d.gateways {
		group.Go(func() error { return d.watch.follow(running, g) })
	}
	if err := d.startDevices(running, group); err != nil {
		end() // nobody else ends those who follow the gateways
		return d.interrupted(ctx, errors.Join(err, group.Wait()))
	}
	group.Go(func() error { return d.show(running) })
	if err := group.Wait(); err != nil && ctx.Err() == nil && !errors.Is(err, errShown) {
		return err
	}
	return d.conclude()
}

// interrupted turns an error that came because the time was over into the claims that were not reached.
func (d *demo) interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return d.conclude()
}

// makeFolder makes the folder of the run. Of a temporary one the gateways' folders are removed in the end, so that proof and
// genesis stay for the user to verify.
func (d *demo) makeFolder() (remove func(), err error) {
	if d.options.Dir != "" {
		d.dir = d.options.Dir
		return func() {}, os.MkdirAll(d.dir, 0o700)
	}
	d.dir, err = os.MkdirTemp("", "lot-demo-")
	return d.removeGateways, err
}

func (d *demo) removeGateways() {
	for _, g := range d.gateways {
		_ = os.RemoveAll(g.Home.Dir()) // what is left is in the system's folder for temporary files
	}
	_ = os.Remove(d.dir) // succeeds only if there is neither proof nor genesis
}

// found makes five gateways' keys and the network of which they are the members.
func (d *demo) found(ctx context.Context) error {
	d.tell.say("A network of %d gateways is founded on this machine, each with its own keys.", gatewayCount)
	f := process.Founding{
		Network: "demo", Dir: d.dir, Program: d.options.Program, Balance: 1_000_000, Parameters: bootstrap.DefaultParameters(), Adjust: tune,
	}
	if d.options.Break == ClaimApproves {
		f.Parameters.Approvals = 3
	}
	for n := range gatewayCount {
		f.Gateways = append(f.Gateways, fmt.Sprintf("gateway-%d", n+1))
	}
	var err error
	if d.genesis, d.gateways, err = process.Found(ctx, f); err != nil {
		return err
	}
	d.path = filepath.Join(d.dir, "genesis.toml")
	return os.WriteFile(d.path, d.genesis.Encode(), 0o600)
}

// tune makes a gateway fit for a short show on a machine that may be nearly full.
func tune(c *config.Config) {
	c.Batch.Window = config.Duration(time.Second)
	c.Batch.Topic = "demo"
	c.Storage.Reserve = 16 << 20
}

func (d *demo) startGateways(ctx context.Context) error {
	started := d.gateways
	if d.options.Break == ClaimFinal {
		started = started[:3] // too few for a quorum
	}
	for _, g := range started {
		if err := g.Start(); err != nil {
			return err
		}
	}
	for _, g := range started {
		if err := g.Ready(ctx); err != nil {
			return err
		}
	}
	if err := d.meet(ctx, started); err != nil {
		return err
	}
	d.tell.say("%d processes are up and have found each other.", len(started))
	return nil
}

// meet waits until every gateway is connected to every other.
func (d *demo) meet(ctx context.Context, started []*process.Gateway) error {
	for _, g := range started {
		for {
			status, err := g.Client.Status(ctx)
			if err == nil && status.Peers >= len(started)-1 {
				break
			}
			if err := pause(ctx, 50*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *demo) stopGateways() {
	var stops errgroup.Group
	for _, g := range d.gateways {
		stops.Go(func() error { g.Stop(); return nil })
	}
	_ = stops.Wait()
}

// startDevices registers the devices, spread over the gateways, and lets them publish.
func (d *demo) startDevices(ctx context.Context, group *errgroup.Group) error {
	for n, sensor := range d.sensors {
		g := d.gateways[n%len(d.gateways)]
		if g.Client == nil { // it was not started
			continue
		}
		device, err := newDevice(sensor, g, time.Second)
		if err != nil {
			return err
		}
		if _, err := g.Client.AddDevice(ctx, api.NewDevice{Name: sensor.Name, Key: device.signer.Key(), FromSeq: 1}); err != nil {
			return fmt.Errorf("register device %s with %s: %w", sensor.Name, g.Name, err)
		}
		d.devices = append(d.devices, device)
	}
	d.tell.say("%d devices are registered; each publishes a signed reading a second over MQTT.", len(d.devices))
	if d.options.Break == ClaimAnchored {
		return nil // nobody publishes
	}
	for n, device := range d.devices {
		group.Go(func() error {
			_ = pause(ctx, time.Duration(n)*time.Second/time.Duration(len(d.devices))) // run sees that the time is over
			return device.run(ctx)
		})
	}
	return nil
}

// sensors returns what the devices measure.
func (o *Options) sensors() ([]*Sensor, error) {
	if o.CSV != "" {
		return Series(o.CSV)
	}
	sensors := make([]*Sensor, deviceCount)
	for n := range sensors {
		sensors[n] = simulated(n)
	}
	return sensors, nil
}

// conclude tells which claims held.
func (d *demo) conclude() error {
	d.tell.heading("What this run showed")
	if err, shown := d.held[ClaimApproves]; shown && err == nil {
		d.held[ClaimApproves] = d.allApproveTwo() // also those that came since
	}
	var failed, missed []Claim
	for _, claim := range Claims {
		err, shown := d.held[claim]
		switch {
		case !shown:
			d.tell.verdict(notReached, "%s", says[claim])
			missed = append(missed, claim)
		case err != nil:
			d.tell.verdict(failing, "%s: %v", says[claim], err)
			failed = append(failed, claim)
		default:
			d.tell.verdict(holding, "%s", says[claim])
		}
	}
	if d.proof != "" {
		d.tell.say("The proof file is %s. Verify it yourself:", d.proof)
		d.tell.say("    %s verify %s --genesis %s", d.command(), d.proof, d.path)
	}
	if len(failed) > 0 {
		return fmt.Errorf("%w: %v", ErrClaim, failed)
	}
	if len(missed) > 0 {
		return fmt.Errorf("%w: %v", ErrEarly, missed)
	}
	return nil
}

func (d *demo) allApproveTwo() error {
	d.watch.mu.Lock()
	defer d.watch.mu.Unlock()
	return d.watch.approvals()
}

// command returns how the user calls this program. What `go run` built is gone when the demo ends.
func (d *demo) command() string {
	if strings.Contains(d.options.Program, "go-build") {
		return "go run ./cmd/lot"
	}
	return d.options.Program
}

// verify runs this program's verify command on a file, as anybody could.
func (d *demo) verify(ctx context.Context, file string) (string, error) {
	out, err := exec.CommandContext(ctx, d.options.Program, "verify", file, "--genesis", d.path).CombinedOutput() //nolint:gosec // this program itself
	return string(out), err
}

// pause waits, or returns ctx's error if it ends first.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
