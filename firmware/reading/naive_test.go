package reading

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/gowebpki/jcs"

	"github.com/ledgerofthings/lot/dag"
)

// naiveCanonical is the slow twin of parse: it reads a reading with general libraries and returns the canonical form of
// msg.
func naiveCanonical(raw []byte) ([]byte, error) {
	if len(raw) > MaxSize || !utf8.Valid(raw) {
		return nil, errors.New("size or encoding")
	}
	if _, err := jcs.Transform(raw); err != nil { // among others duplicate keys and halves of surrogate pairs
		return nil, err
	}
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal(raw, &envelope); err != nil {
		return nil, err
	}
	var msg map[string]json.RawMessage
	if err := json.Unmarshal(envelope["msg"], &msg); err != nil {
		return nil, err
	}
	if len(envelope) != 2 || len(msg) != 6 {
		return nil, errors.New("keys")
	}
	if err := naiveFields(envelope["sig"], msg); err != nil {
		return nil, err
	}
	return jcs.Transform(envelope["msg"])
}

func naiveFields(rawSig json.RawMessage, msg map[string]json.RawMessage) error {
	var did, sensor, unit, sig *string
	var value *float64
	err := errors.Join(json.Unmarshal(msg["did"], &did), json.Unmarshal(msg["sensortype"], &sensor),
		json.Unmarshal(msg["unit"], &unit), json.Unmarshal(msg["value"], &value), json.Unmarshal(rawSig, &sig))
	if err != nil || did == nil || sensor == nil || unit == nil || value == nil || sig == nil {
		return errors.New("kind of value")
	}
	if _, err := dag.ParseKey(*did); err != nil {
		return err
	}
	decoded, err := base64.RawURLEncoding.DecodeString(*sig)
	if err != nil || len(decoded) != 64 || base64.RawURLEncoding.EncodeToString(decoded) != *sig {
		return errors.New("sig")
	}
	ts, err1 := strconv.ParseUint(string(bytes.TrimSpace(msg["ts"])), 10, 64)
	seq, err2 := strconv.ParseUint(string(bytes.TrimSpace(msg["seq"])), 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if len(bytes.TrimSpace(msg["value"])) > MaxNumberLength {
		return errors.New("long number")
	}
	m := Message{Time: ts, Seq: seq, Sensor: *sensor, Value: *value, Unit: *unit}
	return m.check()
}
