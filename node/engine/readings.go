package engine

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// gapsKept is how many of a device's newest gaps are listed; all are counted.
const gapsKept = 16

// maxSeq is the highest sequence number that is taken of a device. The one after it can still be written on the ledger, as
// the first that the next holder may take.
const maxSeq = dag.MaxInteger - 1

// outboxLimit is how many anchors may wait while the node cannot issue, before it refuses further readings.
const outboxLimit = 100_000

// Device is a registered device and what came from it.
type Device struct {
	Key     dag.Key `cbor:"-"`
	Name    string  `cbor:"name"`
	Added   uint64  `cbor:"added"`             // ms
	From    uint64  `cbor:"from"`              // the first sequence number to take
	LastSeq uint64  `cbor:"last"`              // of the newest reading; 0 for none
	LastAt  uint64  `cbor:"at"`                // when it came, ms
	Stored  uint64  `cbor:"stored"`            // readings accepted
	Refused uint64  `cbor:"refused"`           // readings refused, since the last batch was closed at least
	Missed  uint64  `cbor:"missed"`            // sequence numbers that never came
	Gaps    []Gap   `cbor:"gaps,omitempty"`    // the newest, oldest first
	Refusal string  `cbor:"-"`                 // why its newest refused reading was refused, since the start
	Removed bool    `cbor:"removed,omitempty"` // no longer registered; kept so that its numbers are not taken twice
}

// Gap is a run of sequence numbers that a device skipped.
type Gap struct {
	First uint64 `cbor:"first"`
	Last  uint64 `cbor:"last"`
}

// devices is the registry of this gateway.
type devices struct {
	byKey  map[dag.Key]*Device
	byName map[string]*Device
	dirty  map[dag.Key]*Device // changed since they were last stored
}

func (e *Engine) loadDevices() error {
	e.devices = devices{byKey: map[dag.Key]*Device{}, byName: map[string]*Device{}, dirty: map[dag.Key]*Device{}}
	return scanRecords(e.storage, []byte{prefixDevice}, func(key []byte, d *Device) error {
		d.Key = dag.Key(key[1:])
		e.devices.put(d)
		e.totals.Stored += d.Stored
		e.totals.Refused += d.Refused
		return nil
	})
}

func (d *devices) put(v *Device) {
	d.byKey[v.Key] = v
	if !v.Removed {
		d.byName[v.Name] = v
	}
}

// find returns a registered device by its name or the text form of its key.
func (d *devices) find(nameOrKey string) *Device {
	if v := d.byName[nameOrKey]; v != nil {
		return v
	}
	key, err := dag.ParseKey(nameOrKey)
	if err != nil {
		return nil
	}
	if v := d.byKey[key]; v != nil && !v.Removed {
		return v
	}
	return nil
}

// reading judges a reading and, if it is accepted, puts it into the open batch. The reply is released when it is on disk.
func (e *Engine) reading(now uint64, in Reading, out *Effects) error {
	r := in.Reading.Reading()
	d := e.devices.byKey[r.Device()]
	refusal := e.judgeReading(cmp.Or(in.At, now), d, r)
	if refusal != nil {
		e.refuseReading(d, r, refusal, out)
		out.reply(in.Ticket, refusal, dag.ID{})
		return nil
	}
	missed := r.Seq() - e.nextSeq(d)
	d.accept(r.Seq(), missed, now)
	e.devices.dirty[d.Key] = d
	e.totals.Stored++
	e.keepReading(now, r)
	out.notice(ReadingStored{Device: d.Key, Name: d.Name, Seq: r.Seq(), Missed: missed})
	out.reply(in.Ticket, nil, dag.ID{})
	if e.batch.full(&e.config.Policy) {
		return e.closeBatch(now, out)
	}
	return nil
}

// judgeReading says why a reading is not accepted; nil if it is. Now is the time by the wall clock, in ms, which the step's own
// time may be ahead of for a while.
func (e *Engine) judgeReading(now uint64, d *Device, r *reading.Reading) *Refusal {
	n := e.network
	switch {
	case d == nil || d.Removed:
		return &Refusal{CodeUnknownDevice, "the device is not registered with this gateway; register it with: lot device add NAME " + r.Device().String()}
	case e.boundElsewhere(d.Key):
		return &Refusal{CodeBoundElse, "the ledger binds the device to another gateway; hand it over there first"}
	case r.Seq() < e.nextSeq(d):
		return &Refusal{CodeReplayed, fmt.Sprintf("sequence number %d was used; the next is %d", r.Seq(), e.nextSeq(d))}
	case r.Seq() > maxSeq:
		return &Refusal{CodeInvalid, fmt.Sprintf("sequence number %d is above %d, the highest that is taken; correct the device's counter, or give it a new key", r.Seq(), uint64(maxSeq))}
	case r.Time() > now+n.MaxDrift:
		return &Refusal{CodeDrift, fmt.Sprintf("the reading's time is %d ms ahead of this gateway's clock, %d are allowed; set the device's clock", r.Time()-now, n.MaxDrift)}
	case n.MaxAge != 0 && r.Time()+n.MaxAge < now:
		return &Refusal{CodeDrift, fmt.Sprintf("the reading is %d ms old, %d are allowed; set the device's clock", now-r.Time(), n.MaxAge)}
	case e.disk.Full:
		return &Refusal{CodeDiskFull, e.disk.Why}
	case e.outbox.len() >= outboxLimit:
		return &Refusal{CodeBusy, "too many batches wait to be anchored; `lot status` says what this gateway waits for"}
	}
	return nil
}

// boundElsewhere reports whether the ledger binds a device to another gateway's account.
func (e *Engine) boundElsewhere(device dag.Key) bool {
	binding, bound := ledger.DeviceGateway(e.at.state, device)
	return bound && binding.Account != e.config.Self.Account
}

// nextSeq returns the lowest sequence number that may still be taken of a device: numbers never go back, here or at an
// earlier holder. It is above maxSeq, by one, if there is none.
func (e *Engine) nextSeq(d *Device) uint64 {
	binding, _ := ledger.DeviceGateway(e.at.state, d.Key)
	return min(max(d.LastSeq+1, d.From, binding.From), maxSeq+1)
}

func (d *Device) accept(seq, missed, now uint64) {
	if missed > 0 {
		d.Missed += missed
		d.Gaps = append(d.Gaps, Gap{First: seq - missed, Last: seq - 1})
		d.Gaps = d.Gaps[max(0, len(d.Gaps)-gapsKept):]
	}
	d.LastSeq, d.LastAt = seq, now
	d.Stored++
}

func (e *Engine) refuseReading(d *Device, r *reading.Reading, refusal *Refusal, out *Effects) {
	e.totals.Refused++
	n := ReadingRefused{Device: r.Device(), Seq: r.Seq(), Refusal: refusal}
	if d != nil {
		d.Refused++
		d.Refusal = refusal.Error()
		n.Name = d.Name
	}
	out.notice(n)
}

// storeDevices persists what changed since it was last called.
func (e *Engine) storeDevices() error {
	keys := make([]dag.Key, 0, len(e.devices.dirty))
	for key := range e.devices.dirty { // sorted below, so the order does not matter
		keys = append(keys, key)
	}
	slices.SortFunc(keys, dag.Key.Compare)
	for _, key := range keys {
		if err := e.putRecord(digestKey(prefixDevice, key), e.devices.dirty[key]); err != nil {
			return err
		}
	}
	clear(e.devices.dirty)
	return nil
}

// addDevice registers a device and binds it to this gateway on the ledger.
func (e *Engine) addDevice(now uint64, in AddDevice, out *Effects) error {
	if refusal := e.judgeDevice(in); refusal != nil {
		out.reply(in.Ticket, refusal, dag.ID{})
		return nil
	}
	d := e.devices.byKey[in.Key]
	released := d != nil // and its release may be on its way, so that what the ledger says now will not last
	if d == nil {
		d = &Device{Key: in.Key, Added: now}
	}
	d.Name, d.Removed, d.From = in.Name, false, in.From
	e.devices.put(d)
	e.devices.dirty[d.Key] = d
	if err := e.storeDevices(); err != nil {
		return err
	}
	out.reply(in.Ticket, nil, dag.ID{})
	if _, bound := ledger.DeviceGateway(e.at.state, in.Key); bound && !released {
		return nil
	}
	body, err := ledger.DeviceBind{Device: in.Key, From: e.nextSeq(d)}.Encode()
	if err != nil {
		return err
	}
	return e.queue(outboxRecord{Kind: ledger.KindDeviceBind, Body: body})
}

func (e *Engine) judgeDevice(in AddDevice) *Refusal {
	if known := e.devices.byName[in.Name]; known != nil && known.Key != in.Key {
		return &Refusal{CodeConflict, fmt.Sprintf("the name %q belongs to another device; choose another, or remove it with: lot device rm %s", in.Name, in.Name)}
	}
	known := e.devices.byKey[in.Key]
	switch {
	case known != nil && !known.Removed:
		return &Refusal{CodeConflict, fmt.Sprintf("the device is registered as %q", known.Name)}
	case e.boundElsewhere(in.Key):
		return &Refusal{CodeBoundElse, "the ledger binds the device to another gateway; hand it over there first"}
	case len(e.devices.byName) >= e.config.Policy.MaxDevices:
		return &Refusal{CodeBusy, fmt.Sprintf("this gateway has %d devices, the most that its configuration allows", len(e.devices.byName))}
	}
	if err := in.Key.Check(); err != nil {
		return &Refusal{CodeInvalid, err.Error()}
	}
	if binding, bound := ledger.DeviceGateway(e.at.state, in.Key); bound && known == nil && in.From <= binding.From {
		return &Refusal{CodeConflict, "the ledger says that this gateway held the device before, but its data folder is older and does not know which readings it took; " +
			"say with --from-seq from which number on to take them, above all that the device has sent"}
	}
	first := Device{Key: in.Key, From: in.From}
	if known != nil {
		first.LastSeq = known.LastSeq
	}
	if e.nextSeq(&first) > maxSeq {
		return &Refusal{CodeInvalid, fmt.Sprintf("the device has no sequence number left to count on with, %d is the highest; give it a new key", uint64(maxSeq))}
	}
	return checkDeviceName(in.Name)
}

// checkDeviceName allows what is safe in a topic name and a shell: letters, digits, dot, dash and underscore.
func checkDeviceName(name string) *Refusal {
	valid := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_'
	}
	if len(name) == 0 || len(name) > 64 || bytes.ContainsFunc([]byte(name), func(r rune) bool { return !valid(r) }) {
		return &Refusal{CodeInvalid, "a device name has 1 to 64 letters, digits, dots, dashes and underscores"}
	}
	return nil
}

// removeDevice ends a registration and releases the device on the ledger for another gateway to bind.
func (e *Engine) removeDevice(_ uint64, in RemoveDevice, out *Effects) error {
	d := e.devices.find(in.Device)
	if d == nil {
		out.reply(in.Ticket, &Refusal{CodeUnknownDevice, fmt.Sprintf("no device %q is registered here; `lot device list` shows them", in.Device)}, dag.ID{})
		return nil
	}
	// Whatever the ledger says now, a binding may be on its way; to release what is not held has no effect.
	body, err := ledger.DeviceRelease{Device: d.Key, From: e.nextSeq(d)}.Encode()
	if err != nil {
		return err
	}
	d.Removed = true
	delete(e.devices.byName, d.Name)
	e.devices.dirty[d.Key] = d
	if err := e.storeDevices(); err != nil {
		return err
	}
	out.reply(in.Ticket, nil, dag.ID{})
	return e.queue(outboxRecord{Kind: ledger.KindDeviceRelease, Body: body})
}
