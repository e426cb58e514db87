package reading

import (
	"math"
	"strconv"
	"testing"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"
)

// The samples of RFC 8785, appendix B, that are finite.
func TestNumbersOfRFC8785(t *testing.T) {
	samples := map[uint64]string{
		0x0000000000000000: "0",
		0x8000000000000000: "0",
		0x0000000000000001: "5e-324",
		0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308",
		0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992",
		0xc340000000000000: "-9007199254740992",
		0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22",
		0x44b52d02c7e14af6: "1e+23",
		0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000",
		0x444b1ae4d6e2ef4f: "999999999999999900000",
		0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7",
		0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332",
		0x41b3de4355555554: "333333333.33333325",
		0x41b3de4355555555: "333333333.3333333",
		0x41b3de4355555556: "333333333.3333334",
		0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333",
		0x43143ff3c1cb0959: "1424953923781206.2",
	}
	for bits, want := range samples {
		if got := string(appendNumber(nil, math.Float64frombits(bits))); got != want {
			t.Errorf("%016x: got %s, want %s", bits, got, want)
		}
	}
}

func TestNumberEqualsTwin(t *testing.T) {
	values := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Uint64(), math.Float64frombits),
		rapid.Custom(func(t *rapid.T) float64 {
			e := rapid.IntRange(-330, 308).Draw(t, "exponent")
			f, _ := strconv.ParseFloat("1e"+strconv.Itoa(e), 64)
			return f
		}))
	rapid.Check(t, func(t *rapid.T) { checkNumber(t, values.Draw(t, "value")) })
}

func FuzzNumber(f *testing.F) {
	for _, v := range []float64{0, 1e-7, 1e21, 1e100, 123456789.125, -5e-324} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) { checkNumber(t, v) })
}

func checkNumber(t interface{ Fatalf(string, ...any) }, v float64) {
	want, err := jcs.NumberToJSON(v)
	if err != nil {
		return // not finite: Message.check refuses it
	}
	if got := string(appendNumber(nil, v)); got != want {
		t.Fatalf("%v: got %s, want %s", v, got, want)
	}
}

func TestStringEqualsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := texts(MaxSensorLength).Draw(t, "text")
		want, err := jcs.Transform([]byte(spellString(t, s)))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(appendString(nil, s)); got != string(want) {
			t.Fatalf("%q: got %s, want %s", s, got, want)
		}
	})
}
