package ledger

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

// TestDeviceLife leads one device through bindings; each step says who acts and who holds it afterwards.
func TestDeviceLife(t *testing.T) {
	c := newChain(t, 3, Devices{})
	device, nobody := key(50), dag.Account{}
	bind := func(from uint64) (string, encoder) { return KindDeviceBind, DeviceBind{device, from} }
	release := func(from uint64) (string, encoder) { return KindDeviceRelease, DeviceRelease{device, from} }
	handover := func(to int, from uint64) (string, encoder) {
		return KindDeviceHandover, DeviceHandover{device, born(to), from}
	}
	var holding dag.ID
	step := func(by int, want Status, holder dag.Account, from uint64, kind string, p encoder) {
		t.Helper()
		e := c.pay(by, kind, p)
		r := c.apply(e, want)
		if (want == StatusDeviceBoundElsewhere || want == StatusAlreadyExists || want == StatusWrongSequence) && r.BeatenBy != holding {
			t.Errorf("%s by %d: beaten by %s, want %s", kind, by, r.BeatenBy, holding)
		}
		if want == StatusApplied {
			holding = e.ID()
		}
		b, ok := DeviceGateway(c.state, device)
		if b.Account != holder || b.From != from || ok != !holder.IsZero() || b.Event != holding {
			t.Fatalf("%s by %d: binding %+v, %v", kind, by, b, ok)
		}
	}
	do := func(by int, want Status, holder dag.Account, from uint64) func(string, encoder) {
		return func(kind string, p encoder) { t.Helper(); step(by, want, holder, from, kind, p) }
	}
	do(0, StatusNotFound, nobody, 0)(release(1))
	do(0, StatusNotFound, nobody, 0)(handover(1, 1))
	do(0, StatusApplied, born(0), 5)(bind(5))
	do(0, StatusAlreadyExists, born(0), 5)(bind(6))
	do(1, StatusDeviceBoundElsewhere, born(0), 5)(bind(6))
	do(1, StatusDeviceBoundElsewhere, born(0), 5)(handover(1, 6))
	do(1, StatusDeviceBoundElsewhere, born(0), 5)(release(6))
	do(0, StatusWrongSequence, born(0), 5)(handover(1, 4))
	do(0, StatusAlreadyExists, born(0), 5)(handover(0, 9))
	do(0, StatusApplied, born(1), 9)(handover(1, 9))
	do(0, StatusDeviceBoundElsewhere, born(1), 9)(handover(0, 9))
	do(1, StatusWrongSequence, born(1), 9)(release(8))
	do(1, StatusApplied, nobody, 20)(release(20))
	do(2, StatusWrongSequence, nobody, 20)(bind(1)) // its old readings cannot be taken again
	do(2, StatusApplied, born(2), 20)(bind(20))
	for _, kind := range (Devices{}).Kinds() {
		c.apply(c.event(0, born(0), kind, []byte{0xa0}), StatusMalformedPayload)
	}
	checkState(t, c.state)
}

// TestDeviceLimit fills an account's count. A device that was bound before costs nobody anything.
func TestDeviceLimit(t *testing.T) {
	c := newChain(t, 2, Devices{})
	c.apply(c.pay(1, KindDeviceBind, DeviceBind{key(50), 1}), StatusApplied)
	c.apply(c.pay(1, KindDeviceRelease, DeviceRelease{key(50), 1}), StatusApplied)
	tx, account := c.state.begin(devicesName), born(0)
	if r := tx.Put(append([]byte("count/"), account[:]...), record(MaxDevices-1)); r != nil {
		t.Fatal(r)
	}
	c.state = tx.state()
	c.apply(c.pay(0, KindDeviceBind, DeviceBind{key(51), 1}), StatusApplied)
	c.apply(c.pay(0, KindDeviceBind, DeviceBind{key(52), 1}), StatusLimitReached)
	c.apply(c.pay(0, KindDeviceBind, DeviceBind{key(50), 1}), StatusApplied)
}

func TestDevicePayloadsRefused(t *testing.T) {
	for name, p := range map[string]encoder{
		"no device":       DeviceBind{From: 1},
		"from 0":          DeviceBind{Device: key(1)},
		"from too large":  DeviceRelease{Device: key(1), From: dag.MaxInteger + 1},
		"to nobody":       DeviceHandover{Device: key(1), From: 1},
		"no device given": DeviceHandover{To: born(1), From: 1},
	} {
		if _, err := p.Encode(); !errors.Is(err, ErrPayload) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeDevice(f *testing.F) {
	for _, p := range []encoder{DeviceBind{key(1), 1}, DeviceHandover{key(1), born(1), 2}, DeviceRelease{key(1), 3}} {
		body, err := p.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		again := func(p encoder, err error) {
			if err != nil {
				if !errors.Is(err, ErrPayload) {
					t.Fatalf("%v does not wrap ErrPayload", err)
				}
				return
			}
			if b, err := p.Encode(); err != nil || !bytes.Equal(b, body) {
				t.Fatalf("%x encodes again as %x, %v", body, b, err)
			}
		}
		bind, err := DecodeDeviceBind(body)
		again(bind, err)
		handover, err := DecodeDeviceHandover(body)
		again(handover, err)
		release, err := DecodeDeviceRelease(body)
		again(release, err)
	})
}
