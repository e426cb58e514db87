package audit

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// devices are the registered devices, and the readings of the open batch.
type devices struct {
	known map[dag.Key]deviceRecord
	names map[string]dag.Key
	open  map[dag.Key][]uint64 // sequence numbers in the open batch
	batch uint64               // number of the open batch; 0 for none
	next  uint32
}

func newDevices() devices {
	return devices{known: map[dag.Key]deviceRecord{}, names: map[string]dag.Key{}, open: map[dag.Key][]uint64{}}
}

// readDevice checks a device by itself.
func readDevice(c *check, key, value []byte) error {
	d, err := digest(key)
	if err != nil {
		return err
	}
	if err := dag.Key(d).Check(); err != nil {
		return err
	}
	record, err := decode[deviceRecord](value)
	if err != nil {
		return err
	}
	if other, taken := c.devices.names[record.Name]; taken && !record.Removed {
		return fmt.Errorf("its name %q is that of %s", record.Name, other)
	}
	c.devices.known[d] = record
	if !record.Removed {
		c.devices.names[record.Name] = d
	}
	return nil
}

// readOpen checks a reading of the open batch.
func readOpen(c *check, key, raw []byte) error {
	if len(key) != 13 {
		return fmt.Errorf("its key has %d bytes, want 13", len(key))
	}
	batch, index := binary.BigEndian.Uint64(key[1:9]), binary.BigEndian.Uint32(key[9:])
	d := &c.devices
	if d.batch == 0 {
		d.batch = batch
	}
	if batch != d.batch || index != d.next {
		return fmt.Errorf("it is reading %d of batch %d, want reading %d of batch %d", index, batch, d.next, d.batch)
	}
	d.next++
	r, err := reading.Parse(bytes.Clone(raw))
	if err != nil {
		return err
	}
	if _, err := reading.Verify(r); err != nil {
		return err
	}
	d.open[r.Device()] = append(d.open[r.Device()], r.Seq())
	return nil
}

// endDevices holds the devices against the readings that are kept of them.
func (c *check) endDevices() error {
	if c.devices.batch != 0 && c.devices.batch <= c.batches.last {
		c.report.add(&Finding{Kind: "reading of the open batch", Where: fmt.Sprint(c.devices.batch), What: "batch is closed already", Remedy: remedyNone})
	}
	closed := map[dag.Key]batchDevice{}
	for _, b := range c.batches.closed { // order does not matter: sums and maxima
		for _, d := range b.Devices {
			sum := closed[dag.Key(d.Key)]
			closed[dag.Key(d.Key)] = batchDevice{Last: max(sum.Last, d.Last), Count: sum.Count + d.Count}
		}
	}
	all := maps.Clone(closed)
	for key := range c.devices.open {
		if _, ok := all[key]; !ok {
			all[key] = batchDevice{}
		}
	}
	for key := range c.devices.known {
		if _, ok := all[key]; !ok {
			all[key] = batchDevice{}
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(all), dag.Key.Compare) {
		if _, known := c.devices.known[key]; !known {
			c.report.add(&Finding{Kind: "device", Where: key.String(), What: "there are readings of it, but no record",
				Remedy: "take it from a backup, or register the device again: its readings stay provable"})
			continue
		}
		if err := c.judgeDevice(key, closed[key]); err != nil {
			c.report.add(&Finding{Kind: "device", Where: key.String(), What: err.Error(), Remedy: remedyOwn}).
				forced(fix{op: putAside, key: digestKey('d', key)})
		}
	}
	return nil
}

// judgeDevice compares the counters of a device, which are written when a batch is closed, with its readings.
func (c *check) judgeDevice(key dag.Key, closed batchDevice) error {
	d := c.devices.known[key]
	open := c.devices.open[key]
	last := closed.Last
	if len(open) > 0 {
		last = max(last, slices.MaxFunc(open, cmp.Compare[uint64]))
	}
	switch {
	case d.LastSeq < closed.Last || d.LastSeq > last:
		return fmt.Errorf("its newest reading has number %d by its record, %d by its batches", d.LastSeq, last)
	case d.Stored < closed.Count || d.Stored > closed.Count+uint64(len(open)):
		return fmt.Errorf("it sent %d readings by its record, %d by its batches", d.Stored, closed.Count)
	}
	return nil
}
