package home

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/identity/vault"
)

func TestPassphrase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pass")
	put(t, file, "correct horse\r\nsecond line\n")
	h, _, err := Init(filepath.Join(t.TempDir(), "lot"), Setup{PassphraseFile: file})
	if err != nil {
		t.Fatal(err)
	}
	opened(t, h)
	c, _ := h.Config(nil)
	if v, err := vault.Open(h.VaultPath(), vault.Passphrase("correct horse")); err != nil || !v.Has(vault.Event) || c.PassphraseFile != file {
		t.Errorf("%v, %q", err, c.PassphraseFile)
	}
	if _, err := os.Stat(vault.DefaultIdentityFile(h.VaultPath())); err == nil {
		t.Error("an identity file was made beside a passphrase")
	}
	for content, mode := range map[string]os.FileMode{"": 0o600, "\nx": 0o600, strings.Repeat("x", maxPassphrase+1): 0o600, "x": 0o644} {
		put(t, file, content)
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		_, _, err := Init(filepath.Join(t.TempDir(), "lot"), Setup{PassphraseFile: file})
		if want := map[bool]error{true: ErrPermissions, false: ErrPassphrase}[mode == 0o644]; !errors.Is(err, want) {
			t.Errorf("%.10q: %v", content, err)
		}
		if err := os.Chmod(file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := Init(filepath.Join(t.TempDir(), "lot"), Setup{PassphraseFile: "nowhere"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
