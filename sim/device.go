package sim

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/attack"
	"github.com/ledgerofthings/lot/sim/queue"
)

// device is a simulated sensor at a node.
type device struct {
	signer *dag.MemorySigner
	name   string
	seq    uint64
	known  bool // the node's engine has it registered, as far as the device knows
}

// read lets one of a node's devices give a reading.
func (s *shard) read(n *node, l *loadPlan, at uint64) {
	for len(n.devices) < max(1, l.Devices) {
		n.devices = append(n.devices, device{
			signer: dag.NewSigner(secret(s.world.seed, "device", int(n.number)<<16|len(n.devices))),
			name:   fmt.Sprint("device", len(n.devices)),
		})
	}
	d := &n.devices[s.random(n)%uint64(len(n.devices))]
	if !d.known {
		s.step(n, at, engine.AddDevice{Ticket: ticket, Name: d.name, Key: d.signer.Key()})
		d.known = s.countRefusals() == nil
	}
	if !n.up || n.deaf {
		return
	}
	d.seq++
	verified, err := d.measure(n.clock(at))
	if err != nil {
		s.fail(n, "a device's reading: %w", err)
		return
	}
	s.step(n, at, engine.Reading{Ticket: ticket, Reading: verified})
	refusal := s.countRefusals()
	if refusal == nil {
		s.measured.totals.Readings++
		s.measured.suite.Readings.Acknowledged(int(n.number), at, d.signer.Key(), d.seq)
	} else if refusal.Code == engine.CodeUnknownDevice {
		d.known = false
	}
}

// submit sends a reading to the gateway that an adversary names, as a device would.
func (s *shard) submit(n *node, at uint64, r attack.Submission) {
	to, ok := n.number, true
	if r.Peer != "" {
		to, ok = s.world.numberOf(r.Peer)
	}
	if !ok {
		return
	}
	p := parcel{reading: r.Raw, size: len(r.Raw)}
	s.send(n, at, p.size, queue.Item{Target: to, Kind: kindSubmit}, &p)
}

// submitted gives a gateway's engine the reading that came, if its signature holds.
func (s *shard) submitted(n *node, item *queue.Item) {
	p := s.parcels.take(item.Ref)
	if !n.up || n.deaf {
		return
	}
	parsed, err := reading.Parse(p.reading)
	if err != nil {
		return
	}
	at := n.charge(item.At, s.world.cpu.verify)
	if verified, err := reading.Verify(parsed); err == nil {
		s.step(n, at, engine.Reading{Ticket: ticket, Reading: verified})
		_ = s.countRefusals()
	}
}

// measure makes a signed reading: a temperature that follows the sequence number.
func (d *device) measure(clock uint64) (reading.Verified, error) {
	raw, err := reading.Sign(d.signer, reading.Message{
		Time: clock, Seq: d.seq, Sensor: "temperature", Value: 15 + float64(d.seq%100)/10, Unit: "Cel",
	})
	if err != nil {
		return reading.Verified{}, err
	}
	parsed, err := reading.Parse(raw)
	if err != nil {
		return reading.Verified{}, err
	}
	return reading.Verify(parsed)
}
