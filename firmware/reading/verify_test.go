package reading

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func TestVerifyRefusesForeignAndChanged(t *testing.T) {
	raw := string(mustSign(t, 1, plain))
	for name, changed := range map[string]string{
		"another value":  strings.Replace(raw, "21.5", "21.6", 1),
		"another time":   strings.Replace(raw, "1790000000000", "1790000000001", 1),
		"another number": strings.Replace(raw, `"seq":7`, `"seq":8`, 1),
		"another device": strings.Replace(raw, device(1).Key().String(), device(2).Key().String(), 1),
	} {
		if v, err := Verify(mustParse(t, []byte(changed))); !errors.Is(err, dag.ErrSignature) || !v.IsZero() {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestVerifyBatchFindsTheBadOnes(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	rapid.Check(t, func(t *rapid.T) {
		bad := rapid.SliceOfN(rapid.IntRange(0, 2), 0, 12).Draw(t, "faults")
		readings := make([]*Reading, len(bad))
		for i, fault := range bad {
			r, err := signed(byte(i), uint64(i+1))
			if err != nil {
				t.Fatal(err)
			}
			if fault == 1 {
				r.sig[40] ^= 1
			}
			if fault != 2 {
				readings[i] = r
			}
		}
		for i, v := range VerifyBatch(readings, random) {
			if v.IsZero() != (bad[i] != 0) || (!v.IsZero() && v.Reading() != readings[i]) {
				t.Fatalf("entry %d with fault %d: %+v", i, bad[i], v)
			}
		}
	})
}

func signed(n byte, seq uint64) (*Reading, error) {
	m := plain
	m.Seq = seq
	raw, err := Sign(device(n), m)
	if err != nil {
		return nil, err
	}
	return Parse(raw)
}

func TestSignRefuses(t *testing.T) {
	for name, change := range map[string]func(*Message){
		"ts":                            func(m *Message) { m.Time = MaxInteger + 1 },
		"seq":                           func(m *Message) { m.Seq = 0 },
		"value":                         func(m *Message) { m.Value = math.NaN() },
		"value: +Inf":                   func(m *Message) { m.Value = math.Inf(1) },
		"sensortype: empty":             func(m *Message) { m.Sensor = "" },
		"sensortype: control character": func(m *Message) { m.Sensor = "a\x00" },
		"unit: not valid UTF-8":         func(m *Message) { m.Unit = "\xc3" },
		"unit: 33 bytes":                func(m *Message) { m.Unit = strings.Repeat("u", 33) },
	} {
		m := plain
		change(&m)
		if _, err := Sign(device(1), m); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
