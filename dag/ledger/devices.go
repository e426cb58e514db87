package ledger

import "github.com/ledgerofthings/lot/dag"

// MaxDevices is how many devices an account can be the first to bind, those it let go of included: what they leave in the
// state stays there.
const MaxDevices = 1 << 16

// Devices is the module of device bindings. A device is bound to one account at a time, from one of its sequence numbers
// on, and these numbers never go back: no reading can be taken by two gateways, nor again by a later holder.
type Devices struct{ NoDeadlines }

// devicesName owns the entries: "bound/" and device -> account, from, event id; "count/" and account -> number of devices
// that the account was the first to bind.
const devicesName = "device"

// Name implements Module.
func (Devices) Name() string { return devicesName }

// Kinds implements Module.
func (Devices) Kinds() []string {
	return []string{KindDeviceBind, KindDeviceHandover, KindDeviceRelease}
}

// Binding says who may take the readings of a device.
type Binding struct {
	Account dag.Account // the holder; zero if the device was let go of
	From    uint64      // the sequence number of the first reading that the holder, or the next one, may take
	Event   dag.ID      // the event that made it so
}

// DeviceGateway returns the binding of a device; ok is false if nobody holds it.
func DeviceGateway(v View, device dag.Key) (b Binding, ok bool) {
	b, _ = readBinding(v, device)
	return b, !b.Account.IsZero()
}

func boundKey(device dag.Key) []byte { return append([]byte("bound/"), device[:]...) }

func readBinding(v View, device dag.Key) (b Binding, ok bool) {
	raw, ok := v.Get(EntryKey(devicesName, boundKey(device)))
	if !ok || len(raw) != len(Binding{}.record()) {
		return Binding{}, false
	}
	return Binding{Account: dag.Account(raw), From: integer(raw[32:], 0), Event: dag.ID(raw[40:])}, true
}

func (b Binding) record() []byte {
	return append(append(b.Account[:], record(b.From)...), b.Event[:]...)
}

// Apply implements Module.
func (Devices) Apply(tx *Tx, e *dag.Event) *Refusal {
	switch e.Kind() {
	case KindDeviceBind:
		return applyBind(tx, e)
	case KindDeviceHandover:
		return applyHandover(tx, e)
	default:
		return applyRelease(tx, e)
	}
}

func applyBind(tx *Tx, e *dag.Event) *Refusal {
	p, err := DecodeDeviceBind(e.Body())
	if err != nil {
		return Refuse(StatusMalformedPayload, "%v", err)
	}
	old, known := readBinding(tx, p.Device)
	switch {
	case old.Account == e.Account():
		return Refuse(StatusAlreadyExists, "the account holds device %s already", p.Device.Short()).By(old.Event)
	case !old.Account.IsZero():
		return boundElsewhere(p.Device, old)
	case !known:
		if r := countDevice(tx, e.Account()); r != nil {
			return r
		}
	}
	return rebind(tx, p.Device, old, Binding{e.Account(), p.From, e.ID()})
}

func applyHandover(tx *Tx, e *dag.Event) *Refusal {
	p, err := DecodeDeviceHandover(e.Body())
	if err != nil {
		return Refuse(StatusMalformedPayload, "%v", err)
	}
	old, r := held(tx, p.Device, e.Account())
	if r != nil {
		return r
	}
	if p.To == e.Account() {
		return Refuse(StatusAlreadyExists, "the account holds device %s already", p.Device.Short()).By(old.Event)
	}
	return rebind(tx, p.Device, old, Binding{p.To, p.From, e.ID()})
}

func applyRelease(tx *Tx, e *dag.Event) *Refusal {
	p, err := DecodeDeviceRelease(e.Body())
	if err != nil {
		return Refuse(StatusMalformedPayload, "%v", err)
	}
	old, r := held(tx, p.Device, e.Account())
	if r != nil {
		return r
	}
	return rebind(tx, p.Device, old, Binding{From: p.From, Event: e.ID()})
}

// held returns the binding of a device that account must hold.
func held(tx *Tx, device dag.Key, account dag.Account) (Binding, *Refusal) {
	b, ok := DeviceGateway(tx, device)
	switch {
	case !ok:
		return b, Refuse(StatusNotFound, "nobody holds device %s", device.Short())
	case b.Account != account:
		return b, boundElsewhere(device, b)
	}
	return b, nil
}

func boundElsewhere(device dag.Key, b Binding) *Refusal {
	return Refuse(StatusDeviceBoundElsewhere, "device %s is bound to %s, which can hand it over or release it",
		device.Short(), b.Account).By(b.Event)
}

// rebind replaces a binding by one that does not go back.
func rebind(tx *Tx, device dag.Key, old, next Binding) *Refusal {
	if next.From < old.From {
		return Refuse(StatusWrongSequence, "from %d, but the readings of device %s before %d were for another to take",
			next.From, device.Short(), old.From).By(old.Event)
	}
	return tx.Put(boundKey(device), next.record())
}

// countDevice counts a device that was never bound before.
func countDevice(tx *Tx, account dag.Account) *Refusal {
	key := append([]byte("count/"), account[:]...)
	var count uint64
	if b, ok := tx.Own(key); ok && len(b) == len(record(0)) {
		count = integer(b, 0)
	}
	if count >= MaxDevices {
		return Refuse(StatusLimitReached, "the account bound %d devices, more are not allowed", count)
	}
	return tx.Put(key, record(count+1))
}
