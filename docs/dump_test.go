package docs

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// dumpMap writes a CBOR map as hexadecimal, each key with its value on a line of its own and what they say behind.
func dumpMap(t *testing.T, encoded []byte) string {
	t.Helper()
	var b strings.Builder
	pairs := int(encoded[0] & 0x1f)
	fmt.Fprintf(&b, "%-20s  map of %d\n", hex.EncodeToString(encoded[:1]), pairs)
	rest := encoded[1:]
	for range pairs {
		key, after := cut(t, rest)
		value, next := cut(t, after)
		fmt.Fprintf(&b, "%-20s  %s\n", hex.EncodeToString(key), diagnose(t, key))
		for n := 0; n < len(value); n += 32 {
			fmt.Fprintf(&b, "    %s\n", hex.EncodeToString(value[n:min(n+32, len(value))]))
		}
		rest = next
	}
	if len(rest) > 0 {
		t.Fatalf("%d bytes behind the map", len(rest))
	}
	return b.String()
}

func diagnose(t *testing.T, item []byte) string {
	t.Helper()
	text, err := cbor.Diagnose(item)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// cut takes the first CBOR item off.
func cut(t *testing.T, b []byte) (item, rest []byte) {
	t.Helper()
	rest, err := cbor.UnmarshalFirst(b, new(cbor.RawMessage))
	if err != nil {
		t.Fatal(err)
	}
	return b[:len(b)-len(rest)], rest
}

// lines writes bytes as hexadecimal, 32 to a line, indented.
func lines(b []byte) string {
	var out strings.Builder
	for n := 0; n < len(b); n += 32 {
		fmt.Fprintf(&out, "    %s\n", hex.EncodeToString(b[n:min(n+32, len(b))]))
	}
	return out.String()
}

func beUint32(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
