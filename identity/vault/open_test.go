package vault

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"
)

func TestOpenSaysWhatIsWrong(t *testing.T) {
	v, unlock := made(t, GatewaySeeds()...)
	sound, err := os.ReadFile(v.Path())
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(sound)
	changed[len(changed)-20] ^= 1
	badMAC := bytes.Replace(sound, []byte("\n--- "), []byte("\n--- A"), 1)
	_, stranger := made(t)
	empty := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(empty, []byte("# nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		file   []byte
		unlock Unlock
		want   error
		reason string
	}{
		{"empty file", nil, unlock, ErrCorrupt, "interrupted"},
		{"no age file", []byte("hello\n"), unlock, ErrCorrupt, "not an age file"},
		{"cut short", sound[:len(sound)-5], unlock, ErrCorrupt, "backup"},
		{"cut in the header", sound[:60], unlock, ErrCorrupt, "not an age file"},
		{"changed content", changed, unlock, ErrCorrupt, "backup"},
		{"changed header", badMAC, unlock, ErrCorrupt, ""},
		{"longer", append(bytes.Clone(sound), 0), unlock, ErrCorrupt, "backup"},
		{"huge", make([]byte, maxFileSize+1), unlock, ErrCorrupt, "larger than"},
		{"another identity", sound, stranger, ErrWrongKey, "does not open it"},
		{"passphrase for an identity", sound, Passphrase("x"), ErrWrongKey, "locked with an identity file"},
		{"identity file is gone", sound, IdentityFile(empty + ".gone"), ErrMissing, "identity file"},
		{"identity file is empty", sound, IdentityFile(empty), ErrCorrupt, "not an age identity file"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vault.age")
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(path, c.unlock)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.reason) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %v with %q and the path", err, c.want, c.reason)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "vault.age"), unlock); !errors.Is(err, ErrMissing) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Open(t.TempDir(), unlock); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a folder: %v", err)
	}
}

// A file whose work factor is too high is refused by its header, before any stretching.
func TestWorkFactor(t *testing.T) {
	var file bytes.Buffer
	recipient, err := age.NewScryptRecipient("p")
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(2)
	w, err := age.Encrypt(&file, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for factor, want := range map[int]error{19: ErrWorkFactor, 30: ErrWorkFactor, 18: nil} {
		lines := strings.SplitN(file.String(), "\n", 3)
		lines[1] = strings.TrimSuffix(lines[1], " 2") + fmt.Sprint(" ", factor)
		err := checkHeader([]byte(strings.Join(lines, "\n")), Passphrase("p"))
		if !errors.Is(err, want) {
			t.Errorf("factor %d: got %v, want %v", factor, err, want)
		}
	}
	if got := strings.Fields(header(t))[3]; got != "15" {
		t.Errorf("a new vault has the work factor %s", got)
	}
}

// header returns the recipient line of a new vault with a passphrase.
func header(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "vault.age")
	if _, err := Create(path, Passphrase("p")); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(file), "\n")[1]
}

// Each byte of the file counts: changed, it is never opened to other seeds.
func TestEveryByteCounts(t *testing.T) {
	v, unlock := made(t, Event)
	sound, err := os.ReadFile(v.Path())
	if err != nil {
		t.Fatal(err)
	}
	for i := range sound {
		changed := bytes.Clone(sound)
		changed[i] ^= 4
		if err := os.WriteFile(v.Path(), changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(v.Path(), unlock); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrWrongKey) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
}

func TestContentRoundTrip(t *testing.T) {
	seeds := rapid.MapOfN(rapid.StringMatching(`[a-z0-9-]{1,32}`), rapid.Custom(func(t *rapid.T) [32]byte {
		return [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
	}), 0, MaxSeeds)
	rapid.Check(t, func(t *rapid.T) {
		want := seeds.Draw(t, "seeds")
		plain, err := encodeContent(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeContent(plain)
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("got %v, %v", got, err)
		}
	})
}

func TestContentRefuses(t *testing.T) {
	seed := make([]byte, 32)
	for name, value := range map[string]any{
		"version":    map[string]any{"v": 2, "seeds": map[string][]byte{}},
		"no version": map[string]any{"seeds": map[string][]byte{}},
		"unknown":    map[string]any{"v": 1, "seeds": map[string][]byte{}, "x": 1},
		"short seed": map[string]any{"v": 1, "seeds": map[string][]byte{"a": seed[1:]}},
		"bad name":   map[string]any{"v": 1, "seeds": map[string][]byte{"A": seed}},
		"no map":     []int{1},
	} {
		plain, err := cbor.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeContent(plain); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzContent(f *testing.F) {
	for _, seeds := range []map[string][32]byte{nil, {"event": {1}}, {"a": {}, "b-2": {31: 9}}} {
		plain, err := encodeContent(seeds)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(plain)
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		seeds, err := decodeContent(plain)
		if err != nil {
			return
		}
		again, err := encodeContent(seeds)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := decodeContent(again); err != nil || !maps.Equal(back, seeds) {
			t.Fatalf("%x: %v, %v", plain, back, err)
		}
	})
}
