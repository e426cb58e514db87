package invariant

import (
	"fmt"
	"math"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
)

// Gateway is what a node answers about the readings that it keeps. An *engine.Engine is one.
type Gateway interface {
	// OpenReadings returns the readings of the open batch, as they were received, and its number.
	OpenReadings() (number uint64, leaves [][]byte)
	// BatchNumbers returns the numbers of the closed batches, those of all devices for the zero key.
	BatchNumbers(device dag.Key, limit int) ([]uint64, error)
	// Batch returns a closed batch.
	Batch(number uint64) (*engine.Batch, error)
	// BatchReadings returns the readings of a closed batch, as they were received.
	BatchReadings(*engine.Batch) ([][]byte, error)
}

// Readings checks that a reading whose acknowledgement went out is never lost, and never kept twice. Memory is 16 bytes for
// each acknowledged reading.
type Readings struct {
	nodes   map[int]*promises
	kept    findings
	anchors findings
}

// NewReadings returns a checker that knows of no reading.
func NewReadings() Readings { return Readings{nodes: map[int]*promises{}} }

// Acknowledged says that a node acknowledged a reading at a virtual time in microseconds.
func (r *Readings) Acknowledged(node int, at uint64, device dag.Key, seq uint64) {
	p := r.nodes[node]
	if p == nil {
		p = &promises{at: map[dag.Key]int{}}
		r.nodes[node] = p
	}
	p.add(device, promise{seq, at})
}

// Replaced says that a node's disk is now one of an earlier time, in microseconds since the start, or empty for 0. What the node
// acknowledged since then is not asked for any more.
func (r *Readings) Replaced(node int, from uint64) {
	if p := r.nodes[node]; p != nil {
		p.forget(from)
	}
}

// Check looks for all that a node has acknowledged. Call it after each restart and at the end. It reads every batch of the node.
func (r *Readings) Check(node int, at uint64, g Gateway) {
	held, err := r.collect(node, at, g)
	if err != nil {
		r.kept.add(Finding{RuleReadings, at, node, err.Error()})
		return
	}
	p := r.nodes[node]
	if p == nil {
		return
	}
	for n := range p.devices {
		r.checkDevice(node, at, &p.devices[n], held)
	}
}

// checkDevice finds the readings of a device that a node has promised to keep and does not hold.
func (r *Readings) checkDevice(node int, at uint64, d *promisedDevice, held map[readingName]bool) {
	missing, first := 0, promise{}
	for _, given := range d.given {
		if held[readingName{d.key, given.seq}] {
			continue
		}
		if missing++; missing == 1 {
			first = given
		}
	}
	if missing > 0 {
		r.kept.add(Finding{RuleReadings, at, node, fmt.Sprintf("%d of %d readings of device %s that it acknowledged are in none of its batches: first number %d, acknowledged at %s",
			missing, len(d.given), d.key, first.seq, seconds(first.at))})
	}
}

// CheckAnchored looks whether every reading of a node is in a batch whose anchor is final and took effect, which is asked after
// everything has healed.
func (r *Readings) CheckAnchored(node int, at uint64, g Gateway) {
	if number, leaves := g.OpenReadings(); len(leaves) > 0 {
		r.anchors.add(Finding{RuleAnchors, at, node, fmt.Sprintf("batch %d is still open, with %d readings", number, len(leaves))})
	}
	numbers, err := g.BatchNumbers(dag.Key{}, math.MaxInt)
	if err != nil {
		r.anchors.add(Finding{RuleAnchors, at, node, err.Error()})
	}
	for _, number := range numbers {
		b, err := g.Batch(number)
		switch {
		case err != nil:
			r.anchors.add(Finding{RuleAnchors, at, node, err.Error()})
		case b.Status == 0:
			r.anchors.add(Finding{RuleAnchors, at, node, fmt.Sprintf("the anchor of batch %d, with %d readings, is not final", number, b.Count)})
		case b.Status != ledger.StatusApplied:
			r.anchors.add(Finding{RuleAnchors, at, node, fmt.Sprintf("the anchor of batch %d, with %d readings, had no effect: %s", number, b.Count, b.Status)})
		}
	}
}

// readingName is a reading's device and number.
type readingName struct {
	device dag.Key
	seq    uint64
}

// collect returns what a node holds, and finds what it holds twice.
func (r *Readings) collect(node int, at uint64, g Gateway) (map[readingName]bool, error) {
	held := map[readingName]bool{}
	number, leaves := g.OpenReadings()
	if err := r.take(node, at, number, leaves, held); err != nil {
		return nil, err
	}
	numbers, err := g.BatchNumbers(dag.Key{}, math.MaxInt)
	if err != nil {
		return nil, fmt.Errorf("list of batches: %w", err)
	}
	for _, number := range numbers {
		b, err := g.Batch(number)
		if err != nil {
			return nil, fmt.Errorf("batch %d: %w", number, err)
		}
		if leaves, err = g.BatchReadings(b); err != nil {
			return nil, fmt.Errorf("readings of batch %d: %w", number, err)
		}
		if err := r.take(node, at, number, leaves, held); err != nil {
			return nil, err
		}
	}
	return held, nil
}

// take adds the readings of a batch to what a node holds.
func (r *Readings) take(node int, at, number uint64, leaves [][]byte, held map[readingName]bool) error {
	for _, raw := range leaves {
		v, err := reading.Parse(raw)
		if err != nil {
			return fmt.Errorf("batch %d: %w", number, err)
		}
		name := readingName{v.Device(), v.Seq()}
		if held[name] {
			r.kept.add(Finding{RuleReadings, at, node, fmt.Sprintf("reading %d of device %s is in batch %d and in another one", name.seq, name.device, number)})
		}
		held[name] = true
	}
	return nil
}

// Merge takes what another has found. What nodes acknowledged stays with the checker that they are checked by.
func (r *Readings) Merge(other *Readings) {
	r.kept.merge(other.kept)
	r.anchors.merge(other.anchors)
}

// Findings returns what was lost, what is held twice, and what is not final.
func (r *Readings) Findings() []Finding {
	return append(append([]Finding{}, r.kept...), r.anchors...)
}
