package light

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

// maxSeq is the highest sequence number that is taken of a device. The one after it can still be written on the ledger, as the first
// that the next holder may take.
const maxSeq = dag.MaxInteger - 1

// gapsKept is how many of a device's newest gaps are listed; all are counted.
const gapsKept = 16

// devices is the registry of this gateway.
type devices struct {
	byKey    map[dag.Key]*engine.Device
	byName   map[string]*engine.Device
	bindings map[dag.Key]ledger.Binding // as proven last; those that nobody holds are left out
	checking dag.Key                    // the device whose binding was proven last
}

func (m *Machine) loadDevices() error {
	m.devices = devices{
		byKey: map[dag.Key]*engine.Device{}, byName: map[string]*engine.Device{}, bindings: map[dag.Key]ledger.Binding{},
	}
	return scanRecords(m.storage, prefixDevice, func(key []byte, d *engine.Device) error {
		d.Key = dag.Key(key[len(prefixDevice):])
		m.devices.put(d)
		m.totals.Stored += d.Stored
		m.totals.Refused += d.Refused
		return nil
	})
}

func (d *devices) put(v *engine.Device) {
	d.byKey[v.Key] = v
	if !v.Removed {
		d.byName[v.Name] = v
	}
}

// find returns a registered device by its name or the text form of its key.
func (d *devices) find(nameOrKey string) *engine.Device {
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

func (m *Machine) storeDevice(d *engine.Device) error {
	return putRecord(m.storage, idKey(prefixDevice, dag.ID(d.Key)), d)
}

// nextSeq returns the lowest sequence number that may still be taken of a device: numbers never go back, here or at an earlier
// holder. It is above maxSeq, by one, if there is none.
func (m *Machine) nextSeq(d *engine.Device) uint64 {
	return min(max(d.LastSeq+1, d.From, m.devices.bindings[d.Key].From), maxSeq+1)
}

// boundElsewhere reports whether the ledger binds a device to another gateway's account, as proven last.
func (m *Machine) boundElsewhere(device dag.Key) bool {
	b, bound := m.devices.bindings[device]
	return bound && b.Account != m.config.Self.Account
}

// setBinding notes a proven binding.
func (d *devices) setBinding(device dag.Key, b ledger.Binding, bound bool) {
	delete(d.bindings, device)
	if bound {
		d.bindings[device] = b
	}
}

// bindingsAtOnce is how many bindings are proven anew along with what the ledger says of this gateway.
const bindingsAtOnce = 16

// toCheck returns the devices whose bindings are to be proven next: the ones after those that were last, in the order of keys.
func (d *devices) toCheck() []dag.Key {
	keys := make([]dag.Key, 0, len(d.byName))
	for _, v := range d.byName { // sorted below, so the order does not matter
		keys = append(keys, v.Key)
	}
	slices.SortFunc(keys, dag.Key.Compare)
	at, _ := slices.BinarySearchFunc(keys, d.checking, dag.Key.Compare)
	if at < len(keys) && keys[at] == d.checking {
		at++
	}
	keys = append(keys[at:], keys[:at]...)
	return keys[:min(len(keys), bindingsAtOnce)]
}

// addDevice registers a device and binds it to this gateway on the ledger, once it is proven that nobody else holds it.
func (m *Machine) addDevice(now uint64, in engine.AddDevice, out *Effects) error {
	if refusal := m.judgeDevice(in); refusal != nil {
		out.reply(in.Ticket, refusal, dag.ID{})
		return nil
	}
	var binding ledger.Binding
	var bound bool
	read := func(v ledger.View) { binding, bound = ledger.DeviceGateway(v, in.Key) }
	return m.read(now, read, out, func(now uint64, _ Head, refusal *engine.Refusal, out *Effects) error {
		if refusal == nil {
			m.devices.setBinding(in.Key, binding, bound)
			refusal = m.judgeDevice(in) // again: much may have happened since
		}
		if refusal != nil {
			out.reply(in.Ticket, refusal, dag.ID{})
			return nil
		}
		out.reply(in.Ticket, nil, dag.ID{})
		return m.register(now, in, bound)
	})
}

// register enters a device that was judged.
func (m *Machine) register(now uint64, in engine.AddDevice, bound bool) error {
	d := m.devices.byKey[in.Key]
	released := d != nil // and its release may be on its way, so that what the ledger says now will not last
	if d == nil {
		d = &engine.Device{Key: in.Key, Added: now}
	}
	d.Name, d.Removed, d.From = in.Name, false, in.From
	m.devices.put(d)
	if err := m.storeDevice(d); err != nil || bound && !released {
		return err
	}
	body, err := ledger.DeviceBind{Device: in.Key, From: m.nextSeq(d)}.Encode()
	if err != nil {
		return err
	}
	return m.enqueue(queued{Kind: ledger.KindDeviceBind, Body: body}, 0)
}

// judgeDevice says why a device is not registered; nil if it is to be.
func (m *Machine) judgeDevice(in engine.AddDevice) *engine.Refusal {
	if known := m.devices.byName[in.Name]; known != nil && known.Key != in.Key {
		return &engine.Refusal{Code: engine.CodeConflict, Detail: fmt.Sprintf("the name %q belongs to another device; choose another, or remove it with: lot device rm %s", in.Name, in.Name)}
	}
	known := m.devices.byKey[in.Key]
	switch {
	case known != nil && !known.Removed:
		return &engine.Refusal{Code: engine.CodeConflict, Detail: fmt.Sprintf("the device is registered as %q", known.Name)}
	case m.boundElsewhere(in.Key):
		return &engine.Refusal{Code: engine.CodeBoundElse, Detail: "the ledger binds the device to another gateway; hand it over there first"}
	case len(m.devices.byName) >= m.config.Policy.MaxDevices:
		return &engine.Refusal{Code: engine.CodeBusy, Detail: fmt.Sprintf("this gateway has %d devices, the most that its configuration allows", len(m.devices.byName))}
	case m.queue.len() >= m.config.Policy.OutboxLimit:
		return m.crowded()
	}
	if err := in.Key.Check(); err != nil {
		return &engine.Refusal{Code: engine.CodeInvalid, Detail: err.Error()}
	}
	if binding, bound := m.devices.bindings[in.Key]; bound && known == nil && in.From <= binding.From {
		return &engine.Refusal{Code: engine.CodeConflict, Detail: "the ledger says that this gateway held the device before, but its data folder is older and does not know which readings it took; " +
			"say with --from-seq from which number on to take them, above all that the device has sent"}
	}
	first := engine.Device{Key: in.Key, From: in.From}
	if known != nil {
		first.LastSeq = known.LastSeq
	}
	if m.nextSeq(&first) > maxSeq {
		return &engine.Refusal{Code: engine.CodeInvalid, Detail: fmt.Sprintf("the device has no sequence number left to count on with, %d is the highest; give it a new key", uint64(maxSeq))}
	}
	return checkDeviceName(in.Name)
}

// checkDeviceName allows what is safe in a topic name and a shell: letters, digits, dot, dash and underscore.
func checkDeviceName(name string) *engine.Refusal {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
	if len(name) == 0 || len(name) > 64 || strings.Trim(name, allowed) != "" {
		return &engine.Refusal{Code: engine.CodeInvalid, Detail: "a device name has 1 to 64 letters, digits, dots, dashes and underscores"}
	}
	return nil
}

// removeDevice ends a registration and releases the device on the ledger for another gateway to bind.
func (m *Machine) removeDevice(in engine.RemoveDevice, out *Effects) error {
	d := m.devices.find(in.Device)
	if d == nil {
		out.reply(in.Ticket, &engine.Refusal{Code: engine.CodeUnknownDevice, Detail: fmt.Sprintf("no device %q is registered here; `lot device list` shows them", in.Device)}, dag.ID{})
		return nil
	}
	// Whatever the ledger says now, a binding may be on its way; to release what is not held has no effect.
	body, err := ledger.DeviceRelease{Device: d.Key, From: m.nextSeq(d)}.Encode()
	if err != nil {
		return err
	}
	d.Removed = true
	delete(m.devices.byName, d.Name)
	if err := m.storeDevice(d); err != nil {
		return err
	}
	out.reply(in.Ticket, nil, dag.ID{})
	return m.enqueue(queued{Kind: ledger.KindDeviceRelease, Body: body}, 0)
}

// Devices returns the registered devices by rising name.
func (m *Machine) Devices() []engine.Device {
	list := make([]engine.Device, 0, len(m.devices.byName))
	for _, d := range m.devices.byName { // sorted below, so the order does not matter
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b engine.Device) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Device returns a registered device by its name or key.
func (m *Machine) Device(nameOrKey string) (engine.Device, bool) {
	d := m.devices.find(nameOrKey)
	if d == nil {
		return engine.Device{}, false
	}
	return *d, true
}
