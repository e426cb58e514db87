package ingest

import (
	"strings"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// maxDevice bounds a device's name or did:key in a topic, in bytes.
const maxDevice = 128

// anyDevice is the filter for the acknowledgements of all devices.
const anyDevice = "lot/+/ack"

// uplink returns the device that a topic for readings names.
func uplink(topic string) (device string, ok bool) {
	if device, ok = strings.CutPrefix(topic, "/telemetry/"); !ok {
		device, ok = between(topic, "lot/", "/up")
	}
	return device, ok && validDevice(device)
}

// acknowledged returns the device whose acknowledgements a topic carries.
func acknowledged(topic string) (device string, ok bool) {
	device, ok = between(topic, "lot/", "/ack")
	return device, ok && validDevice(device)
}

// ackTopic is the topic of a device's acknowledgements.
func ackTopic(device string) string { return "lot/" + device + "/ack" }

func between(s, head, tail string) (string, bool) {
	s, begins := strings.CutPrefix(s, head)
	s, ends := strings.CutSuffix(s, tail)
	return s, begins && ends
}

func validDevice(device string) bool {
	return device != "" && len(device) <= maxDevice && !strings.ContainsAny(device, "/+#\x00")
}

// resolve returns the key of a device that is named by its did:key or by its registered name.
func resolve(device string, names Directory) (dag.Key, bool) {
	if strings.HasPrefix(device, "did:") {
		key, err := dag.ParseKey(device)
		return key, err == nil
	}
	return names.Key(device)
}

// judge parses what was published under a device's topic, and refuses what another device made.
func judge(device string, payload []byte, names Directory) (*reading.Reading, Outcome) {
	r, why := Parse(payload)
	if why.Code != "" {
		return nil, why
	}
	key, known := resolve(device, names)
	switch {
	case !known:
		return r, refused(UnknownDevice, "no device "+device+" is registered here: register it with `lot device add`, or publish under its did:key")
	case key != r.Device():
		return r, refused(WrongDevice, "the topic names "+device+", the reading is of "+r.Device().String())
	}
	return r, Outcome{}
}
