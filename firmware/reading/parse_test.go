package reading

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseKeepsWhatWasWritten(t *testing.T) {
	raw := strings.Replace(string(mustSign(t, 1, plain)), `"value":21.5`, `"value": 21.50 `, 1)
	input := []byte(" \n" + raw + "\r\n")
	r := mustParse(t, input)
	clear(input)
	if r.Device() != device(1).Key() || r.Message() != plain || r.Number() != "21.50" || string(r.Raw()) != raw {
		t.Errorf("got %v %+v %q %s", r.Device(), r.Message(), r.Number(), r.Raw())
	}
	if r.Time() != plain.Time || r.Seq() != plain.Seq || r.Sensor() != plain.Sensor || r.Value() != plain.Value || r.Unit() != plain.Unit {
		t.Error("accessors differ from the message")
	}
	if _, err := Verify(r); err != nil {
		t.Errorf("another spelling of the same value: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	good := string(mustSign(t, 1, plain))
	did := device(1).Key().String()
	sig := good[strings.Index(good, `"sig":"`)+7 : len(good)-2]
	cases := []struct{ name, old, new, reason string }{
		{"nothing", good, "", "found the end"},
		{"no object", good, "[]", `want '{'`},
		{"cut short", good, good[:40], "without an end"},
		{"trailing bytes", good, good + "x", "want the end"},
		{"second object", good, good + good, "want the end"},
		{"byte order mark", good, "\ufeff" + good, `want '{'`},
		{"too large", good, good + strings.Repeat(" ", MaxSize), "at most 4096"},
		{"invalid UTF-8", "temperature", "temp\xff", "UTF-8"},
		{"unknown key", `"unit"`, `"units"`, `unknown key "units"`},
		{"other case", `"unit"`, `"Unit"`, `unknown key "Unit"`},
		{"duplicate key", `"unit":"Cel"`, `"ts":1`, `"ts" is there twice`},
		{"duplicate by escape", `"unit":"Cel"`, `"\u0074s":1`, `"ts" is there twice`},
		{"missing key", `,"unit":"Cel"`, ``, `"unit" is missing`},
		{"surplus key", `"unit":"Cel"`, `"unit":"Cel","x":1`, `unknown key "x"`},
		{"surplus key at the end", `21.5`, `21.5,"x":1`, `unknown key "x"`},
		{"duplicate key at the end", `21.5`, `21.5,"seq":7`, `"seq" is there twice`},
		{"comma at the end", `21.5`, `21.5,`, `want '"'`},
		{"missing sig", `,"sig":"` + sig + `"`, ``, `"sig" is missing`},
		{"null", `"Cel"`, `null`, `unit: byte`},
		{"number as text", `21.5`, `"21.5"`, "want a number"},
		{"text as number", `"Cel"`, `1`, `want '"'`},
		{"leading zero", `21.5`, `021.5`, "found '2'"},
		{"plus", `21.5`, `+21.5`, "want a number"},
		{"bare point", `21.5`, `21.`, "want a number"},
		{"bare exponent", `21.5`, `21e`, "want a number"},
		{"infinite", `21.5`, `1e400`, "too large for a double"},
		{"NaN", `21.5`, `NaN`, "want a number"},
		{"long number", `21.5`, "1." + strings.Repeat("0", MaxNumberLength), "at most 64"},
		{"negative ts", `1790000000000`, `-1`, "want an integer"},
		{"fractional ts", `1790000000000`, `1790000000000.0`, "want an integer"},
		{"huge ts", `1790000000000`, `9007199254740992`, "want an integer"},
		{"overflowing ts", `1790000000000`, `99999999999999999999`, "want an integer"},
		{"seq 0", `"seq":7`, `"seq":0`, "seq: 0"},
		{"empty sensortype", `"temperature"`, `""`, "sensortype: empty"},
		{"long sensortype", "temperature", strings.Repeat("x", MaxSensorLength+1), "at most 64"},
		{"long unit", "Cel", strings.Repeat("x", MaxUnitLength+1), "at most 32"},
		{"control character", "Cel", `C\u001bel`, "control character U+001B"},
		{"raw control character", "Cel", "C\nel", "control character"},
		{"second control set", "Cel", "C\u0085el", "control character U+0085"},
		{"text direction", "Cel", "C\u202eel", "control character U+202E"},
		{"half a pair", "Cel", `\ud800`, "half a surrogate pair"},
		{"half a pair, then text", "Cel", `\ud800\u0041`, "half a surrogate pair"},
		{"second half only", "Cel", `\udc00`, "half a surrogate pair"},
		{"unknown escape", "Cel", `\x`, "unknown escape"},
		{"bad hex", "Cel", `\u12g4`, "four hexadecimal digits"},
		{"other method", did, "did:web:example.org", "did:key"},
		{"other key type", did, "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc", "not an Ed25519"},
		{"long did", did, did + strings.Repeat("1", 200), "at most 128"},
		{"padded sig", sig, sig + "==", "sig: 88 characters"},
		{"short sig", sig, sig[1:], "sig: 85 characters"},
		{"standard alphabet", sig, "+" + sig[1:], "not base64url"},
		{"loose last bits", sig, sig[:85] + "B", "not base64url"},
		{"line end in sig", sig, `\n\n\n\n` + sig[4:], "not base64url"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("the case replaces %q, which is not there", c.old)
			}
			_, err := Parse([]byte(strings.Replace(good, c.old, c.new, 1)))
			if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("got %v, want ErrMalformed with %q", err, c.reason)
			}
		})
	}
}

// Whatever spelling a device chooses, the digest is that of the general canonicaliser, and so is every byte before it.
func TestEverySpellingHasOneCanonicalForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := messages().Draw(t, "message")
		sig := mustSignature(t, m)
		raw := []byte(fmt.Sprintf(`{"sig":%s,"msg":%s}`, spellString(t, sig), spelling(t, 3, m)))
		if len(raw) > MaxSize {
			t.Skip("too large")
		}
		r, err := Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		want, err := naiveCanonical(raw)
		if err != nil {
			t.Fatalf("twin refuses %s: %v", raw, err)
		}
		if got := appendCanonical(nil, device(3).Key().String(), &m); string(got) != string(want) {
			t.Fatalf("canonical form\n got %s\nwant %s", got, want)
		}
		if r.SigningDigest() != sha256.Sum256(want) || r.Message() != m {
			t.Fatalf("digest or message differ for %s", raw)
		}
		if _, err := Verify(r); err != nil {
			t.Fatal(err)
		}
	})
}

func mustSignature(t *rapid.T, m Message) string {
	raw, err := Sign(device(3), m)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	sig := r.Signature()
	return signatureEncoding.EncodeToString(sig[:])
}

// A changed byte is refused, or says the same in another spelling.
func TestOneChangedByte(t *testing.T) {
	raw := mustSign(t, 1, plain)
	want := mustParse(t, raw).SigningDigest()
	for i := range raw {
		for _, flip := range []byte{1, 2, 16, 32} {
			changed := append([]byte(nil), raw...)
			changed[i] ^= flip
			r, err := Parse(changed)
			if err != nil {
				continue
			}
			if _, err := Verify(r); err == nil && r.SigningDigest() != want {
				t.Errorf("byte %d changed by %#x: accepted as %+v", i, flip, r.Message())
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	good := string(mustSign(f, 1, plain))
	f.Add([]byte(good))
	f.Add([]byte(strings.Replace(good, "21.5", "-1.25E-07", 1)))
	f.Add([]byte(strings.Replace(good, "Cel", `\u00b0\ud83c\udf21\/`, 1)))
	f.Add([]byte(strings.Replace(good, "{", "{ \n\t", 2)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := Parse(raw)
		want, naiveErr := naiveCanonical(raw)
		if (err == nil) != (naiveErr == nil) {
			t.Fatalf("%q: got %v, twin %v", raw, err, naiveErr)
		}
		if err != nil {
			return
		}
		if r.SigningDigest() != sha256.Sum256(want) {
			t.Fatalf("%q: digest differs from that of %s", raw, want)
		}
		if again := mustParse(t, r.Raw()); again.digest != r.digest || again.message != r.message || again.number != r.number {
			t.Fatalf("%q: raw parses to something else", raw)
		}
	})
}
