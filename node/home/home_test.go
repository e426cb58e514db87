package home

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
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

// A second Init changes nothing, whatever it asks for.
func TestInitOverwritesNothing(t *testing.T) {
	h, _ := made(t)
	before := contents(t, h)
	if _, m, err := Init(h.Dir(), Setup{Name: "other"}); err != nil || m != (Made{}) {
		t.Errorf("%+v, %v", m, err)
	}
	for path, content := range contents(t, h) {
		if !bytes.Equal(content, before[path]) {
			t.Errorf("%s changed", path)
		}
	}
}

func contents(t *testing.T, h *Home) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, path := range []string{h.ConfigPath(), h.VaultPath(), vault.DefaultIdentityFile(h.VaultPath())} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = content
	}
	return files
}

// Whatever an interruption leaves, the next Init finishes, with the keys that were there if there were any.
func TestInitFinishesWhatWasInterrupted(t *testing.T) {
	cases := []struct {
		name  string
		harm  func(t *testing.T, h *Home)
		made  Made
		fresh bool // new keys
	}{
		{"before the configuration", func(t *testing.T, h *Home) { remove(t, h.VaultPath(), h.ConfigPath()) }, Made{true, true}, true},
		{"while writing the configuration", func(t *testing.T, h *Home) {
			remove(t, h.VaultPath(), h.ConfigPath())
			put(t, filepath.Join(h.Dir(), ".config.toml-123"), "na")
		}, Made{true, true}, true},
		{"before the keys", func(t *testing.T, h *Home) { remove(t, h.VaultPath()) }, Made{Keys: true}, true},
		{"before the identity", func(t *testing.T, h *Home) {
			remove(t, h.VaultPath(), vault.DefaultIdentityFile(h.VaultPath()))
			put(t, vault.DefaultIdentityFile(h.VaultPath())+".tmp", "AGE-SEC")
		}, Made{Keys: true}, true},
		{"while writing the keys", func(t *testing.T, h *Home) {
			remove(t, h.VaultPath())
			put(t, h.VaultPath(), "")
			put(t, h.VaultPath()+".tmp", "age-enc")
		}, Made{Keys: true}, true},
		{"configuration lost", func(t *testing.T, h *Home) { remove(t, h.ConfigPath()) }, Made{Config: true}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h, before := made(t)
			c.harm(t, h)
			if _, err := Open(h.Dir()); !errors.Is(err, ErrUnfinished) && !errors.Is(err, ErrMissing) {
				t.Errorf("open: %v", err)
			}
			if _, m, err := Init(h.Dir(), Setup{}); err != nil || m != c.made {
				t.Fatalf("%+v, %v; want %+v", m, err, c.made)
			}
			old, _ := before.Seed(vault.Event)
			if seed, err := opened(t, h).Seed(vault.Event); err != nil || (seed != old) != c.fresh {
				t.Errorf("fresh keys %t, want %t (%v)", seed != old, c.fresh, err)
			}
		})
	}
}

func remove(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Without its keys the folder of a gateway that has lived is refused by both, and nothing is made.
func TestLostKeysAreNotReplaced(t *testing.T) {
	for _, trace := range []string{genesisName, dataName} {
		for _, hollow := range []bool{false, true} {
			h, _ := made(t)
			remove(t, h.VaultPath())
			if hollow {
				put(t, h.VaultPath(), "")
			}
			put(t, filepath.Join(h.Dir(), trace), "")
			_, err := Open(h.Dir())
			_, m, initErr := Init(h.Dir(), Setup{})
			if !errors.Is(err, ErrKeysLost) || !errors.Is(initErr, ErrKeysLost) || m != (Made{}) {
				t.Errorf("%s: %v; %v", trace, err, initErr)
			}
		}
	}
}

func TestFoldersThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "lot init") {
		t.Errorf("missing: %v", err)
	}
	put(t, filepath.Join(dir, "letter.txt"), "")
	if _, _, err := Init(dir, Setup{}); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "letter.txt") {
		t.Errorf("foreign: %v", err)
	}
	if _, _, err := Init(filepath.Join(dir, "letter.txt"), Setup{}); !errors.Is(err, ErrForeign) {
		t.Errorf("file: %v", err)
	}
	if _, _, err := Init(filepath.Join(dir, "new"), Setup{Name: "Bad Name"}); err == nil || !strings.Contains(err.Error(), "Bad Name") {
		t.Errorf("name: %v", err)
	}
	h, _ := made(t)
	if err := os.Chmod(h.Dir(), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := Open(h.Dir())
	_, _, initErr := Init(h.Dir(), Setup{})
	if !errors.Is(err, ErrPermissions) || !errors.Is(initErr, ErrPermissions) || !strings.Contains(err.Error(), "chmod 700 "+h.Dir()) {
		t.Errorf("permissions: %v; %v", err, initErr)
	}
}

// An empty folder with a service manager's mode, or a new file system, is taken and closed to others.
func TestInitTakesAnEmptyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.MkdirAll(filepath.Join(dir, "lost+found"), 0o755); err != nil {
		t.Fatal(err)
	}
	h, _, err := Init(dir, Setup{})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(h.Dir()); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// Of several that set one folder up at once, the keys on disk are those that all of them see in the end.
func TestConcurrentInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lot")
	makers := make([]bool, 8)
	var wg sync.WaitGroup
	for i := range makers {
		wg.Go(func() {
			_, m, err := Init(dir, Setup{})
			if err != nil && !errors.Is(err, ErrBusy) {
				t.Error(err)
			}
			makers[i] = m.Keys
		})
	}
	wg.Wait()
	count := 0
	for _, maker := range makers {
		if maker {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d made keys, want 1", count)
	}
}

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

func TestFoundAndJoin(t *testing.T) {
	h, v := made(t)
	if _, err := h.Genesis(); !errors.Is(err, ErrNoNetwork) {
		t.Errorf("no network: %v", err)
	}
	g, err := h.Found(v, "gw-1", 1_790_000_000_000)
	if err != nil || g.TotalWeight() != 1 || g.Supply() != FoundingBalance {
		t.Fatalf("%+v, %v", g, err)
	}
	if again, err := h.Genesis(); err != nil || again.ID() != g.ID() {
		t.Errorf("genesis on disk: %v", err)
	}
	if member, err := h.Join(g, v); err != nil || member.Name != "gw-1" {
		t.Errorf("joining again: %v", err)
	}
	if _, err := h.Found(v, "gw-1", 1_790_000_000_001); !errors.Is(err, ErrOtherNetwork) {
		t.Errorf("founding another: %v", err)
	}
	other, otherKeys := made(t)
	if _, err := other.Join(g, otherKeys); !errors.Is(err, ErrNotMember) {
		t.Errorf("a stranger's network: %v", err)
	}
	if _, err := other.Genesis(); !errors.Is(err, ErrNoNetwork) {
		t.Errorf("a refused genesis was kept: %v", err)
	}
}

// A genesis that mixes one's event key with another's host or cosign key is refused, not discovered when signatures fail.
func TestMembershipNeedsAllKeys(t *testing.T) {
	_, v := made(t)
	_, w := made(t)
	mine, err := Card(v, "gw-1")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := Card(w, "gw-2")
	if err != nil {
		t.Fatal(err)
	}
	good, _ := mine.Member(1, 0)
	foreign, _ := theirs.Member(1, 0)
	host, cosign := good, good
	host.Host, cosign.Cosign = foreign.Host, foreign.Cosign
	for name, member := range map[string]bootstrap.Member{"host": host, "cosign": cosign, "": good} {
		g, err := bootstrap.NewGenesis(bootstrap.Manifest{
			Name: "n", Created: 1, Parameters: bootstrap.DefaultParameters(), Members: []bootstrap.Member{member},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Membership(g, v); (name == "") != (err == nil) || err != nil && !errors.Is(err, ErrNotMember) {
			t.Errorf("%s: %v", name, err)
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
