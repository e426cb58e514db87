package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
)

// made returns a new vault that is locked with an identity file, and what opens it.
func made(t *testing.T, names ...string) (*Vault, Unlock) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys", "vault.age")
	unlock := IdentityFile(DefaultIdentityFile(path))
	v, err := Create(path, unlock, names...)
	if err != nil {
		t.Fatal(err)
	}
	return v, unlock
}

func reopened(t *testing.T, v *Vault, unlock Unlock) *Vault {
	t.Helper()
	again, err := Open(v.Path(), unlock)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestSeedsSurviveReopening(t *testing.T) {
	v, unlock := made(t, GatewaySeeds()...)
	again := reopened(t, v, unlock)
	if !maps.Equal(v.seeds, again.seeds) || len(again.seeds) != 4 {
		t.Fatal("seeds differ after reopening")
	}
	distinct := map[dag.Key]bool{}
	for _, name := range GatewaySeeds() {
		signer, err := again.Signer(name)
		if err != nil {
			t.Fatal(err)
		}
		seed, err := v.Seed(name)
		if err != nil || dag.NewSigner(seed).Key() != signer.Key() {
			t.Errorf("%s: signer is not that of the seed: %v", name, err)
		}
		distinct[signer.Key()] = true
	}
	if len(distinct) != 4 {
		t.Error("seeds repeat")
	}
}

func TestPassphrase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.age")
	v, err := Create(path, Passphrase("correct horse"), Event)
	if err != nil {
		t.Fatal(err)
	}
	if again := reopened(t, v, Passphrase("correct horse")); !maps.Equal(v.seeds, again.seeds) {
		t.Error("seeds differ after reopening")
	}
	if _, err := Open(path, Passphrase("battery staple")); !errors.Is(err, ErrWrongKey) {
		t.Errorf("wrong passphrase: %v", err)
	}
	if _, err := Open(path, Passphrase("")); !errors.Is(err, ErrWrongKey) {
		t.Errorf("empty passphrase: %v", err)
	}
	if _, err := Open(path, IdentityFile("nowhere")); !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), "locked with a passphrase") {
		t.Errorf("identity for a passphrase: %v", err)
	}
}

func TestModes(t *testing.T) {
	v, unlock := made(t, Event)
	for path, want := range map[string]os.FileMode{v.Path(): 0o600, unlock.identityPath: 0o600, filepath.Dir(v.Path()): 0o700} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v; want %v", path, info.Mode().Perm(), err, want)
		}
	}
	for _, c := range []struct {
		path string
		mode os.FileMode
		ok   bool
	}{
		{v.Path(), 0o640, false}, {v.Path(), 0o604, false}, {v.Path(), 0o400, true},
		{unlock.identityPath, 0o644, false}, {unlock.identityPath, 0o620, false}, {unlock.identityPath, 0o440, true},
	} {
		if err := os.Chmod(c.path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := Open(v.Path(), unlock)
		if (err == nil) != c.ok || (err != nil && !errors.Is(err, ErrPermissions)) {
			t.Errorf("%s with mode %v: %v", filepath.Base(c.path), c.mode, err)
		}
		if err != nil && !strings.Contains(err.Error(), "chmod 600 "+c.path) {
			t.Errorf("the error does not say what to do: %v", err)
		}
		if err := os.Chmod(c.path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	v, unlock := made(t, Event)
	if _, err := Create(v.Path(), unlock, Event); !errors.Is(err, ErrExists) {
		t.Errorf("create over a vault: %v", err)
	}
	if _, err := Create(v.Path(), IdentityFile(v.Path()+".other"), Event); !errors.Is(err, ErrExists) {
		t.Errorf("create over a vault: %v", err)
	}
	if _, err := os.Stat(v.Path() + ".other"); err == nil {
		t.Error("an identity was made for a vault that was not")
	}
	if err := createFile(v.Path(), nil); !errors.Is(err, ErrExists) {
		t.Errorf("second process: %v", err)
	}
	if err := v.Add(Event); !errors.Is(err, ErrName) {
		t.Errorf("add over a seed: %v", err)
	}
	if again := reopened(t, v, unlock); !maps.Equal(v.seeds, again.seeds) {
		t.Error("seeds changed")
	}
}

func TestAddImportRelock(t *testing.T) {
	v, unlock := made(t, Event)
	if err := os.WriteFile(v.Path()+".tmp", []byte("left by an interruption"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(v.Add("channels"), v.Import("old-event", [32]byte{1, 2, 3})); err != nil {
		t.Fatal(err)
	}
	again := reopened(t, v, unlock)
	if got := again.Names(); !slices.Equal(got, []string{"channels", Event, "old-event"}) || !maps.Equal(v.seeds, again.seeds) {
		t.Errorf("got %v", got)
	}
	if seed, err := again.Seed("old-event"); err != nil || seed != ([32]byte{1, 2, 3}) {
		t.Errorf("imported seed: %v %v", seed, err)
	}
	if err := v.Relock(Passphrase("new")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(v.Path(), unlock); !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), "locked with a passphrase") {
		t.Errorf("old identity after relocking: %v", err)
	}
	if again := reopened(t, v, Passphrase("new")); !maps.Equal(v.seeds, again.seeds) {
		t.Error("seeds changed by relocking")
	}
}

func TestFailedWriteChangesNothing(t *testing.T) {
	v, _ := made(t, Event)
	if err := os.RemoveAll(filepath.Dir(v.Path())); err != nil {
		t.Fatal(err)
	}
	if err := v.Add("channels"); err == nil || v.Has("channels") {
		t.Errorf("add without a folder: %v, has it: %v", err, v.Has("channels"))
	}
}

func TestNames(t *testing.T) {
	v, _ := made(t)
	for _, name := range []string{"", "Event", "a b", "a/b", "ä", strings.Repeat("a", MaxNameLength+1)} {
		if err := v.Add(name); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := Create(filepath.Join(t.TempDir(), "v"), Passphrase("p"), name); !errors.Is(err, ErrName) {
			t.Errorf("create with %q: %v", name, err)
		}
	}
	for i := range MaxSeeds {
		v.seeds[fmt.Sprint("seed-", i)] = [32]byte{}
	}
	if err := v.Add("one-more"); !errors.Is(err, ErrName) || !strings.Contains(err.Error(), "full") {
		t.Errorf("one seed too many: %v", err)
	}
	if _, err := v.Signer("nobody"); !errors.Is(err, ErrName) {
		t.Errorf("unknown name: %v", err)
	}
}

// The twin is RFC 5869 spelled out: extract with a salt of zeros, then one block of expand.
func TestDerive(t *testing.T) {
	v, unlock := made(t, Batch, Event)
	seed, _ := v.Seed(Batch)
	sum := func(key []byte, parts ...[]byte) []byte {
		mac := hmac.New(sha256.New, key)
		for _, part := range parts {
			mac.Write(part)
		}
		return mac.Sum(nil)
	}
	want := sum(sum(make([]byte, 32), seed[:]), []byte("lot/derive/v1\nbatch 7"), []byte{1})
	got, err := reopened(t, v, unlock).Derive(Batch, "batch 7")
	if err != nil || !bytes.Equal(got[:], want) {
		t.Errorf("got %x, %v; want %x", got, err, want)
	}
	other, _ := v.Derive(Batch, "batch 8")
	third, _ := v.Derive(Event, "batch 7")
	if got == other || got == third {
		t.Error("another context or seed gives the same key")
	}
	if _, err := v.Derive("nobody", "x"); !errors.Is(err, ErrName) {
		t.Errorf("unknown name: %v", err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	v, unlock := made(t)
	var seed [32]byte
	for i := range seed {
		seed[i] = 0xa7
	}
	if err := v.Import(Event, seed); err != nil {
		t.Fatal(err)
	}
	identity := v.lock.identity.(fmt.Stringer).String()
	var out strings.Builder
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v, "u", Passphrase("hunter2"))
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v, "u", Passphrase("hunter2"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o"} {
		fmt.Fprintf(&out, verb+verb+verb+verb, v, *v, unlock, Passphrase("hunter2"))
		fmt.Fprintf(&out, verb, struct{ V *Vault }{v})
	}
	for _, secret := range []string{"a7a7", "A7A7", "167 167", "10100111", "247 247", "hunter2", "68756e746572", identity} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is printed", secret)
		}
	}
}
