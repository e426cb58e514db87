package ledger

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// Payload kinds of device bindings.
const (
	// KindDeviceBind is the kind of a DeviceBind.
	KindDeviceBind = "device.bind"
	// KindDeviceHandover is the kind of a DeviceHandover.
	KindDeviceHandover = "device.handover"
	// KindDeviceRelease is the kind of a DeviceRelease.
	KindDeviceRelease = "device.release"
)

// DeviceBind binds a device that nobody holds to the account that the event acts for.
type DeviceBind struct {
	Device dag.Key `cbor:"device"` // the key that signs the device's readings
	From   uint64  `cbor:"from"`   // the sequence number of the first reading that the account may take, from 1
}

// DeviceHandover moves a device from the account that the event acts for, which holds it, to another.
type DeviceHandover struct {
	Device dag.Key     `cbor:"device"`
	To     dag.Account `cbor:"to"`
	From   uint64      `cbor:"from"` // the sequence number of the first reading that To may take
}

// DeviceRelease lets go of a device that the account holds.
type DeviceRelease struct {
	Device dag.Key `cbor:"device"`
	From   uint64  `cbor:"from"` // the sequence number of the first reading that the next holder may take
}

// Encode returns the event body. Errors wrap ErrPayload.
func (p DeviceBind) Encode() ([]byte, error) { return encodePayload(p) }

// Encode returns the event body. Errors wrap ErrPayload.
func (p DeviceHandover) Encode() ([]byte, error) { return encodePayload(p) }

// Encode returns the event body. Errors wrap ErrPayload.
func (p DeviceRelease) Encode() ([]byte, error) { return encodePayload(p) }

// DecodeDeviceBind reads the body of an event of kind KindDeviceBind strictly. Errors wrap ErrPayload.
func DecodeDeviceBind(body []byte) (DeviceBind, error) { return decodePayload[DeviceBind](body) }

// DecodeDeviceHandover reads the body of an event of kind KindDeviceHandover strictly. Errors wrap ErrPayload.
func DecodeDeviceHandover(body []byte) (DeviceHandover, error) {
	return decodePayload[DeviceHandover](body)
}

// DecodeDeviceRelease reads the body of an event of kind KindDeviceRelease strictly. Errors wrap ErrPayload.
func DecodeDeviceRelease(body []byte) (DeviceRelease, error) {
	return decodePayload[DeviceRelease](body)
}

func (DeviceBind) kind() string     { return KindDeviceBind }
func (DeviceHandover) kind() string { return KindDeviceHandover }
func (DeviceRelease) kind() string  { return KindDeviceRelease }

func (p DeviceBind) check() error    { return checkDevice(p.Device, p.From) }
func (p DeviceRelease) check() error { return checkDevice(p.Device, p.From) }

func (p DeviceHandover) check() error {
	if p.To.IsZero() {
		return errors.New("hand-over to no account")
	}
	return checkDevice(p.Device, p.From)
}

func checkDevice(device dag.Key, from uint64) error {
	if device.IsZero() {
		return errors.New("no device key")
	}
	if from == 0 || from > dag.MaxInteger {
		return fmt.Errorf("sequence number %d out of range", from)
	}
	return nil
}
