package bootstrap

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ledgerofthings/lot/dag"
)

func TestCardRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 1000).Draw(t, "keys")
		card, err := NewCard(names.Draw(t, "name"), signer(n, 'h'), signer(n, 'e'), signer(n, 'c'))
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseCard(card.String())
		if err != nil || *again != *card {
			t.Fatalf("%s: %v", card, err)
		}
	})
}

func TestCardSurvivesCopying(t *testing.T) {
	card := mustCard(t, "gw-1", 1)
	line := card.String()
	if strings.ContainsAny(line, " \n") || len(line) > maxCardText/2 {
		t.Errorf("no single line: %s", line)
	}
	for name, text := range map[string]string{
		"line ends":    "\r\n  " + line + "\n",
		"wrapped":      line[:80] + "\n" + line[80:160] + "\r\n  " + line[160:],
		"capitals":     strings.ToUpper(line),
		"copied twice": line + "\n",
	} {
		if again, err := ParseCard(text); err != nil || *again != *card {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCardBecomesMember(t *testing.T) {
	card := mustCard(t, "gw-1", 1)
	got, err := card.Member(1, 1000)
	want := gateway(1)
	want.Account = dag.AccountOf(want.Event)
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if card.Name() != "gw-1" || card.HostKey() != signer(1, 'h').Key() {
		t.Error("accessors")
	}
}

// Any lost, added or changed character is noticed.
func TestCardNoticesEveryCharacter(t *testing.T) {
	line := mustCard(t, "gw-1", 1).String()
	for i := range line {
		other := byte('a')
		if line[i] == other {
			other = 'b'
		}
		for name, text := range map[string]string{
			"changed": line[:i] + string(other) + line[i+1:],
			"lost":    line[:i] + line[i+1:],
			"doubled": line[:i] + line[i:i+1] + line[i:],
			"cut":     line[:i],
		} {
			if _, err := ParseCard(text); !errors.Is(err, ErrCard) {
				t.Errorf("character %d %s: %v", i, name, err)
			}
		}
	}
}

// reseal returns the text of a card whose content was changed after signing, with the right checksum.
func reseal(content []byte) string {
	sum := sha256.Sum256(content)
	return cardPrefix + lowerBase32.EncodeToString(append(content, sum[:checksumLength]...))
}

func TestCardRefusesForgery(t *testing.T) {
	raw, err := lowerBase32.DecodeString(strings.TrimPrefix(mustCard(t, "gw-1", 1).String(), cardPrefix))
	if err != nil {
		t.Fatal(err)
	}
	content := raw[:len(raw)-checksumLength]
	keysAt, sigsAt := 2+len("gw-1"), 2+len("gw-1")+cardKeys*keyLength
	other := signer(2, 'e').Key()
	cases := map[string]struct {
		change func(c []byte) []byte
		reason string
	}{
		"version":          {func(c []byte) []byte { c[0] = 2; return c }, "version 2"},
		"length":           {func(c []byte) []byte { c[1]++; return c }, "a name of 5"},
		"trailing":         {func(c []byte) []byte { return append(c, 0) }, "a name of 4"},
		"no name":          {func(c []byte) []byte { c[1] = 0; return append(c[:2], c[keysAt:]...) }, "want 1 to 63"},
		"bad name":         {func(c []byte) []byte { c[2] = '/'; return c }, "want 1 to 63"},
		"other name":       {func(c []byte) []byte { c[2] = 'h'; return c }, "signature"},
		"key of another":   {func(c []byte) []byte { copy(c[keysAt+keyLength:], other[:]); return c }, "signature does not match"},
		"host of another":  {func(c []byte) []byte { copy(c[keysAt:], other[:]); return c }, "host key"},
		"small order":      {func(c []byte) []byte { copy(c[keysAt:], make([]byte, 32)); return c }, "small order"},
		"same key twice":   {func(c []byte) []byte { copy(c[keysAt:], c[keysAt+keyLength:sigsAt-keyLength]); return c }, "different keys"},
		"host signature":   {func(c []byte) []byte { c[sigsAt+3] ^= 1; return c }, "host key"},
		"event signature":  {func(c []byte) []byte { c[sigsAt+signatureLength+3] ^= 1; return c }, "event key"},
		"cosign signature": {func(c []byte) []byte { c[len(c)-9] ^= 1; return c }, "cosign key"},
	}
	for name, c := range cases {
		changed := c.change(append(make([]byte, 0, len(content)+8), content...))
		if _, err := ParseCard(reseal(changed)); !errors.Is(err, ErrCard) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: got %v, want %q", name, err, c.reason)
		}
	}
	if _, err := ParseCard(reseal(append([]byte(nil), content...))); err != nil {
		t.Errorf("the unchanged content: %v", err)
	}
}

// The last character holds bits that decode to nothing; only one spelling of them is right.
func TestCardHasOneSpelling(t *testing.T) {
	line := mustCard(t, "gw-1", 1).String()
	last := len(line) - 1
	twin := line[:last] + string(line[last]+1)
	want, _ := lowerBase32.DecodeString(line[len(cardPrefix):])
	if got, err := lowerBase32.DecodeString(twin[len(cardPrefix):]); err != nil || string(got) != string(want) {
		t.Fatalf("%q is not another spelling: %v", twin[last:], err)
	}
	if _, err := ParseCard(twin); !errors.Is(err, ErrCard) {
		t.Errorf("another spelling: %v", err)
	}
}

func TestCardRefusesWhatIsNone(t *testing.T) {
	for text, reason := range map[string]string{
		"":                                 "begins with",
		"did:key:z6Mk":                     "begins with",
		cardPrefix:                         "cut short",
		cardPrefix + "aaaa":                "cut short",
		cardPrefix + "a!":                  "not base32",
		strings.Repeat("a", maxCardText+1): "too long",
	} {
		if _, err := ParseCard(text); !errors.Is(err, ErrCard) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%.40q: got %v, want %q", text, err, reason)
		}
	}
	if _, err := NewCard("A", signer(1, 'h'), signer(1, 'e'), signer(1, 'c')); !errors.Is(err, ErrCard) {
		t.Errorf("bad name: %v", err)
	}
	if _, err := NewCard("a", signer(1, 'h'), signer(1, 'e'), signer(1, 'e')); !errors.Is(err, ErrCard) {
		t.Errorf("same key twice: %v", err)
	}
}

func FuzzParseCard(f *testing.F) {
	card := mustCard(f, "gw-1", 1)
	f.Add(card.String())
	f.Add(mustCard(f, "a.b-c", 2).String())
	f.Add(cardPrefix)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCard(text)
		if err != nil {
			return
		}
		if again, err := ParseCard(c.String()); err != nil || *again != *c {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// FuzzCardContent reaches what lies behind the checksum.
func FuzzCardContent(f *testing.F) {
	raw, err := lowerBase32.DecodeString(strings.TrimPrefix(mustCard(f, "gw-1", 1).String(), cardPrefix))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw[:len(raw)-checksumLength])
	f.Fuzz(func(t *testing.T, content []byte) {
		c, err := ParseCard(reseal(content))
		if err == nil && c.String() != reseal(content) {
			t.Fatalf("%x: reads as %s", content, c)
		}
	})
}
