package reading

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/ledgerofthings/lot/dag"
)

// maxDIDLength bounds did, in bytes: an Ed25519 did:key has 56.
const maxDIDLength = 128

// signatureLength is the length of a signature in base64url without padding.
const signatureLength = 86

var (
	envelopeKeys = []string{"msg", "sig"}
	messageKeys  = []string{"did", "ts", "seq", "sensortype", "value", "unit"}
)

var signatureEncoding = base64.RawURLEncoding.Strict()

// Parse reads one reading strictly: at most MaxSize bytes of valid UTF-8, one JSON object with exactly the known keys, each
// once, and every value within its range. White space and the order of keys are free. It does not keep raw. Errors wrap
// ErrMalformed and name the byte or the key that is wrong.
func Parse(raw []byte) (*Reading, error) {
	r, err := parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return r, nil
}

func parse(raw []byte) (*Reading, error) {
	if len(raw) > MaxSize {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", len(raw), MaxSize)
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("not valid UTF-8")
	}
	r := &Reading{raw: bytes.Clone(trimSpace(raw))}
	s := &scanner{text: r.raw}
	err := s.object(envelopeKeys, func(key int) error {
		if envelopeKeys[key] == "msg" {
			return s.object(messageKeys, func(key int) error { return r.readField(s, messageKeys[key]) })
		}
		return r.readSignature(s)
	})
	if err != nil {
		return nil, err
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	if err := r.message.check(); err != nil {
		return nil, err
	}
	r.digest = digest(r.device, &r.message)
	return r, nil
}

// digest returns what the device signs.
func digest(device dag.Key, m *Message) [sha256.Size]byte {
	var buffer [512]byte
	return sha256.Sum256(appendCanonical(buffer[:0], device.String(), m))
}

// readField reads the value of one key of msg.
func (r *Reading) readField(s *scanner, key string) (err error) {
	switch key {
	case "did":
		err = r.readDevice(s)
	case "ts":
		r.message.Time, err = readInteger(s)
	case "seq":
		r.message.Seq, err = readInteger(s)
	case "sensortype":
		r.message.Sensor, err = readText(s)
	case "unit":
		r.message.Unit, err = readText(s)
	case "value":
		err = r.readValue(s)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

func readText(s *scanner) (string, error) {
	text, err := s.str()
	return string(text), err
}

func (r *Reading) readDevice(s *scanner) error {
	did, err := s.str()
	if err != nil {
		return err
	}
	if len(did) > maxDIDLength {
		return fmt.Errorf("%d bytes, at most %d are allowed", len(did), maxDIDLength)
	}
	if r.device, err = dag.ParseKey(string(did)); err != nil {
		return fmt.Errorf("a device is named by the did:key of its Ed25519 key: %w", err)
	}
	return nil
}

// readInteger reads an integer written in plain digits; Message.check bounds it further.
func readInteger(s *scanner) (uint64, error) {
	s.peek()
	start := s.pos
	number, err := s.number()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil || n > MaxInteger {
		s.pos = start
		return 0, s.fault("want an integer from 0 to %d in plain digits, found %.40s", uint64(MaxInteger), number)
	}
	return n, nil
}

func (r *Reading) readValue(s *scanner) error {
	number, err := s.number()
	if err != nil {
		return err
	}
	if len(number) > MaxNumberLength {
		return fmt.Errorf("%d characters, at most %d are allowed", len(number), MaxNumberLength)
	}
	r.number = string(number)
	r.message.Value, err = strconv.ParseFloat(r.number, 64)
	if math.IsInf(r.message.Value, 0) {
		return fmt.Errorf("%s is too large for a double", r.number)
	}
	return err
}

func (r *Reading) readSignature(s *scanner) error {
	text, err := s.str()
	if err != nil {
		return fmt.Errorf("sig: %w", err)
	}
	if len(text) != signatureLength {
		return fmt.Errorf("sig: %d characters, want %d of base64url without padding", len(text), signatureLength)
	}
	// The decoder skips line ends, so a text of the right length can still give too few bytes.
	n, err := signatureEncoding.Decode(r.sig[:], text)
	if err != nil || n != len(r.sig) {
		return errors.New("sig: not base64url without padding of 64 bytes")
	}
	return nil
}
