package home

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/api"
)

// made returns a new data folder and its vault.
func made(t *testing.T) (*Home, *vault.Vault) {
	t.Helper()
	h, m, err := Init(filepath.Join(t.TempDir(), "lot"), Setup{Name: "gw-1"})
	if err != nil || m != (Made{Config: true, Keys: true}) {
		t.Fatalf("%+v, %v", m, err)
	}
	return h, opened(t, h)
}

// opened returns the vault of a folder.
func opened(t *testing.T, h *Home) *vault.Vault {
	t.Helper()
	c, err := h.Config(nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := h.Vault(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestInitMakesAFolder(t *testing.T) {
	h, v := made(t)
	for _, name := range vault.GatewaySeeds() {
		if !v.Has(name) {
			t.Errorf("no seed %q", name)
		}
	}
	for path, want := range map[string]os.FileMode{
		h.Dir(): 0o700, h.ConfigPath(): 0o600, h.VaultPath(): 0o600, vault.DefaultIdentityFile(h.VaultPath()): 0o600,
	} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	c, err := h.Config([]string{"LOT_LOG_LEVEL=debug"})
	if err != nil || c.Name != "gw-1" || c.Log.Level != "debug" {
		t.Errorf("%+v, %v", c, err)
	}
	if again, err := Open(h.Dir()); err != nil || again.Dir() != h.Dir() {
		t.Errorf("open: %v", err)
	}
}

func TestIdentityElsewhere(t *testing.T) {
	key := filepath.Join(t.TempDir(), "stick", "gw.identity")
	environ := []string{"LOT_IDENTITY_FILE=" + key}
	h, _, err := Init(filepath.Join(t.TempDir(), "lot"), Setup{Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Config(environ)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Vault(c); err != nil {
		t.Error(err)
	}
	if c, err = h.Config(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Vault(c); !errors.Is(err, vault.ErrMissing) {
		t.Errorf("without the stick: %v", err)
	}
	if got := h.Resolve("x/y"); got != filepath.Join(h.Dir(), "x", "y") || h.Resolve(key) != key {
		t.Errorf("relative path %s", got)
	}
}

// What is wrong with a damaged vault is said without what stands in it.
func TestDamagedVault(t *testing.T) {
	h, _ := made(t)
	c, err := h.Config(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"P\xa4\xa6\"8\x9e;\xfc\xcc\n\x83)", "age-encryption.org/v1\n-> \x01\xff\"\x02 x\n\x83)\n---\n"} {
		if err := os.WriteFile(h.VaultPath(), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := h.Vault(c)
		if !errors.Is(err, vault.ErrCorrupt) || strings.Contains(err.Error(), `\`) || !strings.Contains(err.Error(), "corrupt: not an age file;") {
			t.Errorf("%v", err)
		}
	}
}

func TestTokenAndPlaces(t *testing.T) {
	h, _ := made(t)
	token, err := h.Token()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := api.ReadToken(h.TokenPath()); err != nil || again != token {
		t.Errorf("token on disk: %v", err)
	}
	if dir, err := Default(func(string) string { return "/x" }); err != nil || dir != "/x" {
		t.Errorf("%s, %v", dir, err)
	}
	t.Setenv("HOME", "/home/someone")
	if dir, err := Default(func(string) string { return "" }); err != nil || dir != "/home/someone/.lot" {
		t.Errorf("%s, %v", dir, err)
	}
	if h.DataDir() != filepath.Join(h.Dir(), "data") || vault.DefaultIdentityFile(vaultName) != identityName {
		t.Error("names in the folder")
	}
}
