package invariant

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// promises are the readings that one node has acknowledged.
type promises struct {
	devices []promisedDevice // in the order of their first reading
	at      map[dag.Key]int  // in devices
}

// promisedDevice is what was acknowledged to one device, in that order.
type promisedDevice struct {
	key   dag.Key
	given []promise
}

// promise is an acknowledgement.
type promise struct {
	seq uint64
	at  uint64 // virtual time, µs
}

func (p *promises) add(device dag.Key, given promise) {
	n, known := p.at[device]
	if !known {
		n = len(p.devices)
		p.at[device] = n
		p.devices = append(p.devices, promisedDevice{key: device})
	}
	d := &p.devices[n]
	d.given = append(d.given, given)
}

// forget takes back what was promised at a time or later.
func (p *promises) forget(from uint64) {
	for n := range p.devices {
		d := &p.devices[n]
		d.given = slices.DeleteFunc(d.given, func(given promise) bool { return given.at >= from })
	}
}
