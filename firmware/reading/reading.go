package reading

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"unicode"
	"unicode/utf8"

	"github.com/ledgerofthings/lot/dag"
)

// Limits of a reading.
const (
	// MaxSize is the largest reading as received, in bytes.
	MaxSize = 4 << 10
	// MaxInteger bounds ts and seq: the largest integer that every JSON tool reads without loss (2^53 - 1).
	MaxInteger = dag.MaxInteger
	// MaxSensorLength bounds sensortype, in bytes of UTF-8; it has at least one.
	MaxSensorLength = 64
	// MaxUnitLength bounds unit, in bytes of UTF-8; it may be empty for a bare number.
	MaxUnitLength = 32
	// MaxNumberLength bounds value as it is written, in bytes. The longest number a double needs has 24.
	MaxNumberLength = 64
)

// ErrMalformed is wrapped by every error of Parse and Sign: the bytes are not a reading, whoever signed them.
var ErrMalformed = errors.New("malformed reading")

// Message is what a device states and signs.
type Message struct {
	Time   uint64  // ts: the device's clock in ms since the Unix epoch, at most MaxInteger
	Seq    uint64  // the device's own count of readings, 1 to MaxInteger
	Sensor string  // sensortype: 1 to MaxSensorLength bytes without control characters
	Value  float64 // finite
	Unit   string  // at most MaxUnitLength bytes without control characters
}

// Reading is a parsed, immutable reading. Its signature has not been checked; see Verified.
type Reading struct {
	device  dag.Key
	message Message
	number  string
	sig     dag.Signature
	digest  [sha256.Size]byte
	raw     []byte
}

// Device returns the key that names the device and signs its readings.
func (r *Reading) Device() dag.Key { return r.device }

// Message returns what the device stated.
func (r *Reading) Message() Message { return r.message }

// Time returns the device's clock in ms since the Unix epoch: a claim.
func (r *Reading) Time() uint64 { return r.message.Time }

// Seq returns the device's number for this reading, from 1.
func (r *Reading) Seq() uint64 { return r.message.Seq }

// Sensor returns the kind of sensor.
func (r *Reading) Sensor() string { return r.message.Sensor }

// Value returns the measured value. The signature covers this double, not the way in which it is written.
func (r *Reading) Value() float64 { return r.message.Value }

// Number returns the measured value as the device wrote it, such as "21.50".
func (r *Reading) Number() string { return r.number }

// Unit returns the unit of the value; it may be empty.
func (r *Reading) Unit() string { return r.message.Unit }

// Raw returns the JSON object as received, without white space around it: the leaf that stands for the reading in its
// batch. The caller must not change the slice.
func (r *Reading) Raw() []byte { return r.raw }

// Signature returns the device's signature.
func (r *Reading) Signature() dag.Signature { return r.sig }

// SigningDigest returns the 32 bytes that the signature covers: SHA-256 of the canonical form of msg. Two readings with
// the same digest state the same, however each is written.
func (r *Reading) SigningDigest() [sha256.Size]byte { return r.digest }

// check refuses values that the format does not allow.
func (m *Message) check() error {
	switch {
	case m.Time > MaxInteger:
		return fmt.Errorf("ts: %d is above %d", m.Time, uint64(MaxInteger))
	case m.Seq == 0 || m.Seq > MaxInteger:
		return fmt.Errorf("seq: %d is not in 1 to %d", m.Seq, uint64(MaxInteger))
	case math.IsNaN(m.Value) || math.IsInf(m.Value, 0):
		return fmt.Errorf("value: %v is not a finite number", m.Value)
	case m.Sensor == "":
		return errors.New("sensortype: empty")
	}
	if err := checkText(m.Sensor, MaxSensorLength); err != nil {
		return fmt.Errorf("sensortype: %w", err)
	}
	if err := checkText(m.Unit, MaxUnitLength); err != nil {
		return fmt.Errorf("unit: %w", err)
	}
	return nil
}

// checkText refuses what could disturb a terminal, a log or a table: control characters, line and paragraph separators,
// and characters that turn the direction of the text around them.
func checkText(s string, limit int) error {
	if len(s) > limit {
		return fmt.Errorf("%d bytes, at most %d are allowed", len(s), limit)
	}
	if !utf8.ValidString(s) {
		return errors.New("not valid UTF-8")
	}
	for _, c := range s {
		if unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return fmt.Errorf("control character U+%04X", c)
		}
	}
	return nil
}
