package reading

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

// device returns the signer of a test device; different numbers are different devices.
func device(n byte) *dag.MemorySigner { return dag.NewSigner([32]byte{31: n}) }

var plain = Message{Time: 1_790_000_000_000, Seq: 7, Sensor: "temperature", Value: 21.5, Unit: "Cel"}

func mustSign(t testing.TB, n byte, m Message) []byte {
	t.Helper()
	raw, err := Sign(device(n), m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func mustParse(t testing.TB, raw []byte) *Reading {
	t.Helper()
	r, err := Parse(raw)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return r
}

// messages generates messages that Sign accepts.
func messages() *rapid.Generator[Message] {
	return rapid.Custom(func(t *rapid.T) Message {
		return Message{
			Time:   rapid.Uint64Range(0, MaxInteger).Draw(t, "ts"),
			Seq:    rapid.Uint64Range(1, MaxInteger).Draw(t, "seq"),
			Sensor: "s" + texts(MaxSensorLength-1).Draw(t, "sensortype"),
			Value:  rapid.Float64().Draw(t, "value"),
			Unit:   texts(MaxUnitLength).Draw(t, "unit"),
		}
	})
}

// texts generates strings that are allowed as sensortype and unit, with many that need escaping.
func texts(limit int) *rapid.Generator[string] {
	odd := rapid.SampledFrom([]rune{'"', '\\', '/', '°', 'µ', '€', '\ufffd', '\U0001f321', ' ', '<', '&'})
	return rapid.StringOfN(rapid.OneOf(odd, rapid.Rune()), 0, limit, limit).
		Filter(func(s string) bool { return checkText(s, limit) == nil })
}

// spelling writes a message in one of the many ways that JSON allows.
func spelling(t *rapid.T, n byte, m Message) string {
	space := rapid.StringOfN(rapid.SampledFrom([]rune(" \t\r\n")), 0, 2, -1)
	number := fmt.Sprintf(rapid.SampledFrom([]string{"%v", "%.17g", "%.20e", "%.17E"}).Draw(t, "format"), m.Value)
	fields := []string{
		spellString(t, "did") + ":" + spellString(t, device(n).Key().String()),
		`"ts"` + space.Draw(t, "") + ":" + fmt.Sprint(m.Time), `"seq":` + space.Draw(t, "") + fmt.Sprint(m.Seq),
		spellString(t, "sensortype") + ":" + spellString(t, m.Sensor),
		`"value":` + number + space.Draw(t, ""), `"unit":` + spellString(t, m.Unit),
	}
	fields = rapid.Permutation(fields).Draw(t, "order")
	return "{" + space.Draw(t, "") + strings.Join(fields, space.Draw(t, "")+","+space.Draw(t, "")) + "}"
}

// spellString quotes s, escaping some characters that need it not.
func spellString(t *rapid.T, s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c < 0x10000 && rapid.IntRange(0, 9).Draw(t, "escape") == 0:
			fmt.Fprintf(&b, "\\u%04X", c)
		case c >= 0x10000 && rapid.Bool().Draw(t, "escape"):
			fmt.Fprintf(&b, "\\u%04x\\u%04x", 0xd800+(c-0x10000)>>10, 0xdc00+(c-0x10000)&0x3ff)
		case c == '"' || c == '\\':
			b.WriteString("\\" + string(c))
		default:
			b.WriteRune(c)
		}
	}
	return `"` + b.String() + `"`
}
