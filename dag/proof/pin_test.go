package proof

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func TestPinText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Pin{Epoch: rapid.Uint64Range(1, dag.MaxInteger).Draw(t, "epoch"), Seal: numbered(rapid.Uint64().Draw(t, "seal"))}
		text := p.String()
		var back Pin
		if err := back.UnmarshalText([]byte(text)); err != nil || back != p || p.IsZero() {
			t.Fatalf("%s comes back as %v, %v", text, back, err)
		}
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		with := rapid.SampledFrom(strings.Split("abcdefghijklmnopqrstuvwxyz234567A1: ", "")).Draw(t, "with")
		if slip := text[:at] + with + text[at+1:]; slip != text {
			if _, err := ParsePin(slip); !errors.Is(err, ErrMalformed) {
				t.Fatalf("%s with a slip at %d: %v", text, at, err)
			}
		}
	})
}

// TestPinSample holds the text form still.
func TestPinSample(t *testing.T) {
	const want = "lotpin:aaaaaaaaaaaaoaicamcakbqhbaequaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq3i3hzq"
	if got := (Pin{Epoch: 7, Seal: Hash{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}).String(); got != want {
		t.Errorf("the text form is %s", got)
	}
}

func TestParsePinRefuses(t *testing.T) {
	good := Pin{Epoch: 7, Seal: numbered(7)}.String()
	for name, text := range map[string]string{
		"nothing":        "",
		"zero":           Pin{}.String(),
		"a far epoch":    Pin{Epoch: 1 << 60}.String(),
		"another prefix": strings.Replace(good, "lotpin", "lotnet", 1),
		"no prefix":      strings.TrimPrefix(good, "lotpin:"),
		"a cut":          good[:len(good)-1],
		"text behind":    good + "a",
		"upper case":     strings.ToUpper(good),
		"padding":        good + "=",
	} {
		if p, err := ParsePin(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

func FuzzParsePin(f *testing.F) {
	f.Add(Pin{Epoch: 7, Seal: numbered(7)}.String())
	f.Add(Pin{}.String())
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ParsePin(text); err == nil && p.String() != text {
			t.Errorf("%q reads as %v", text, p)
		}
	})
}
