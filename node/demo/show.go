package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/ingest"
	"github.com/ledgerofthings/lot/node/process"
)

// patience is how long each claim may take before it counts as failed.
const patience = 10 * time.Second

// show goes through the claims, then tells how it goes until ctx ends.
func (d *demo) show(ctx context.Context) error {
	if d.options.Break == ClaimApproves {
		// Where three are allowed, an event approves a third only once there is a third tip.
		if err := d.watch.until(ctx, func() bool { return d.watch.approvals() != nil }); err != nil {
			return err
		}
	}
	for _, scene := range []struct {
		claim Claim
		play  func(context.Context) error
	}{
		{ClaimAnchored, d.showAnchored},
		{ClaimApproves, d.showApprovals},
		{ClaimFinal, d.showOrder},
		{ClaimForgery, d.showForgery},
		{ClaimRestart, d.showRestart},
		{ClaimProof, d.showProof},
	} {
		limited, cancel := context.WithTimeout(ctx, d.options.patience)
		err := scene.play(limited)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err() // Run knows that the time was over before the scene was
		}
		d.held[scene.claim] = err
		if err != nil {
			d.tell.verdict(failing, "%s: %v", says[scene.claim], err)
		}
	}
	if d.options.Once {
		return errShown
	}
	d.tell.say("All is shown. It goes on until %s.", d.until())
	return d.report(ctx)
}

// errShown ends a run that was asked to end when all is shown.
var errShown = errors.New("all is shown")

// until says when the run ends.
func (d *demo) until() string {
	if d.options.For > 0 {
		return fmt.Sprintf("%s after its start, or Ctrl-C", d.options.For)
	}
	return "you press Ctrl-C"
}

// showAnchored waits until readings are anchored.
func (d *demo) showAnchored(ctx context.Context) error {
	if err := d.watch.until(ctx, func() bool { return d.watch.anchors >= 3 }); err != nil {
		return errors.New("no batch of readings was anchored in time")
	}
	status, err := d.gateways[0].Client.Status(ctx)
	if err != nil {
		return err
	}
	d.tell.say("Readings are anchored: %s alone has %d on disk, %d of them in batches on the ledger.", d.gateways[0].Name, status.Readings.Stored, status.Readings.Anchored)
	return nil
}

// showApprovals shows some events with what they approve, and checks all that were seen.
func (d *demo) showApprovals(ctx context.Context) error {
	if err := d.watch.until(ctx, func() bool { return len(d.watch.events) >= 5 }); err != nil {
		return errors.New("too few events were seen")
	}
	d.tell.say("Each new event approves two tips of the graph:")
	d.watch.mu.Lock()
	defer d.watch.mu.Unlock()
	shown := 0
	for _, e := range d.watch.events { // any three will do
		d.tell.detail("%s  %-11s by %s approves %s", e.ID.Short(), e.Kind, e.Name, shortIDs(e.Approves))
		if shown++; shown == 3 {
			break
		}
	}
	return d.watch.approvals()
}

func shortIDs(ids []dag.ID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = id.Short()
	}
	return strings.Join(words, " and ")
}

// showOrder waits until events are final and compares the orders of all gateways.
func (d *demo) showOrder(ctx context.Context) error {
	if err := d.watch.until(ctx, func() bool { return d.watch.finals >= 10 }); err != nil {
		return errors.New("no events became final in time")
	}
	var longest, shortest []dag.ID
	for n, g := range d.gateways {
		order, err := orderOf(ctx, g)
		if err != nil {
			return err
		}
		if n == 0 || len(order) < len(shortest) {
			shortest = order
		}
		if len(order) > len(longest) {
			longest, order = order, longest
		}
		for i, id := range order {
			if longest[i] != id {
				return fmt.Errorf("%s orders %s as number %d, another gateway %s", g.Name, id, i+1, longest[i])
			}
		}
	}
	status, err := d.gateways[0].Client.Status(ctx)
	if err != nil {
		return err
	}
	d.tell.say("The order is final: %d gateways agree on the first %d events, event for event. Half of the payloads took %.0f ms or less.",
		len(d.gateways), len(shortest), status.Finality.MedianMs)
	return nil
}

// orderOf returns the final order as a gateway exports it.
func orderOf(ctx context.Context, g *process.Gateway) ([]dag.ID, error) {
	if g.Client == nil {
		return nil, fmt.Errorf("%s is not running", g.Name)
	}
	var export bytes.Buffer
	if err := g.Client.Graph(ctx, &export); err != nil {
		return nil, err
	}
	var order []dag.ID
	lines := bufio.NewScanner(&export)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var line engine.Line
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("export of %s: %w", g.Name, err)
		}
		order = append(order, line.Order...)
	}
	return order, lines.Err()
}

// showForgery changes the value in a signed reading and offers it.
func (d *demo) showForgery(ctx context.Context) error {
	victim := d.devices[0]
	if err := victim.measure(); err != nil {
		return err
	}
	victim.mu.Lock()
	raw := bytes.Clone(victim.unsent[len(victim.unsent)-1])
	victim.mu.Unlock()
	if d.options.Break != ClaimForgery {
		raw = bytes.Replace(raw, []byte(`"value":`), []byte(`"value":9`), 1)
	}
	results, err := victim.gateway.Client.SendReadings(ctx, raw)
	if err != nil {
		return err
	}
	if results.Stored > 0 || len(results.Results) != 1 {
		return fmt.Errorf("it was taken: %+v", results)
	}
	refusal := results.Results[0]
	d.tell.say("Someone changes the value in a signed reading of %s and offers it. The gateway refuses:", victim.sensor.Name)
	d.tell.detail("%s: %s", refusal.Code, refusal.Reason)
	if refusal.Code != string(ingest.Signature) {
		return fmt.Errorf("it was refused, but not for its signature: %s", refusal.Code)
	}
	return nil
}

// showRestart kills a gateway, starts it again, and looks for what it had acknowledged.
func (d *demo) showRestart(ctx context.Context) error {
	g := d.gateways[2]
	d.tell.say("%s is killed without warning (kill -9) ...", g.Name)
	g.Kill()
	acked := map[string]uint64{}
	for _, device := range d.devices {
		if device.gateway == g {
			acked[device.sensor.Name] = device.lastAcked()
		}
	}
	if d.options.Break == ClaimRestart {
		if err := os.RemoveAll(g.Home.DataDir()); err != nil {
			return err
		}
	}
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	if err := g.Start(); err != nil {
		return err
	}
	if err := g.Ready(ctx); err != nil {
		return err
	}
	return d.compareAcked(ctx, g, acked)
}

// compareAcked checks that a gateway holds every reading that it had acknowledged.
func (d *demo) compareAcked(ctx context.Context, g *process.Gateway, acked map[string]uint64) error {
	devices, err := g.Client.Devices(ctx)
	if err != nil {
		return err
	}
	held := map[string]api.Device{}
	for _, device := range devices {
		held[device.Name] = device
	}
	total := uint64(0)
	for name, seq := range acked {
		if got := held[name]; got.LastSeq < seq || got.Stored < seq || got.Missing > 0 {
			return fmt.Errorf("%s had acknowledged %d readings of %s and now has %d", g.Name, seq, name, got.Stored)
		}
		total += seq
	}
	d.tell.say("... and comes back with all %d readings that it had acknowledged; its devices send what came meanwhile.", total)
	return nil
}

// showProof gets the proof of a reading and has it verified as anybody could.
func (d *demo) showProof(ctx context.Context) error {
	device := d.devices[1%len(d.devices)]
	var file []byte
	for {
		var err error
		if file, err = device.gateway.Client.ReadingProof(ctx, device.signer.Key(), 1); err == nil {
			break
		}
		if pause(ctx, 100*time.Millisecond) != nil {
			return fmt.Errorf("no proof in time: %w", err)
		}
	}
	if d.options.Break == ClaimProof {
		file[len(file)/2] ^= 1
	}
	path := filepath.Join(d.dir, "proof.json")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return err
	}
	out, err := d.verify(ctx, path)
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(out))
	}
	d.tell.say("The first reading of %s has a proof file that needs no gateway. It verifies:", device.sensor.Name)
	d.tell.detail("%s", lastLine(out))
	d.proof = path
	return nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// report tells every few seconds how it goes, until ctx ends.
func (d *demo) report(ctx context.Context) error {
	for pause(ctx, 5*time.Second) == nil {
		var stored, final uint64
		var events uint64
		var median float64
		for _, g := range d.gateways {
			if g.Client == nil {
				continue
			}
			status, err := g.Client.Status(ctx)
			if err != nil {
				continue
			}
			stored, final = stored+status.Readings.Stored, final+status.Readings.Final
			events, median = max(events, status.Ledger.Events), max(median, status.Finality.MedianMs)
		}
		if ctx.Err() == nil {
			d.tell.say("%d readings on disk, %d of them final; %d events in the graph; median finality %.0f ms", stored, final, events, median)
		}
	}
	return nil
}
