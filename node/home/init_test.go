package home

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ledgerofthings/lot/identity/vault"
)

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
