package ledger

import (
	"errors"
	"strings"
	"testing"
)

func TestTexts(t *testing.T) {
	for _, text := range []string{"", "attic", "Dachboden über'm Stall", "気温", "a\u00a0b", "π≈3", strings.Repeat("x", 128)} {
		if err := CheckText(text, 128); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for name, text := range map[string]string{
		"escape": "\x1b[2J", "line": "a\nb", "c1": "a\u0085b", "bidi": "a\u202eb", "invisible": "a\u200bb", "isolate": "\u2067", "mark": "\ufeffa",
		"not utf-8": "a\xff", "too long": strings.Repeat("x", 129), "surrogate": "\xed\xa0\x80", "tag": "\U000e0041",
	} {
		if err := CheckText(text, 128); !errors.Is(err, ErrText) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
