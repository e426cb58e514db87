package api_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ledgerofthings/lot/node/api"
)

func TestTokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "api.token")
	if _, err := api.ReadToken(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	made, err := api.EnsureToken(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if again, err := api.EnsureToken(path); err != nil || again != made {
		t.Errorf("another token at the second start, %v", err)
	}
	if rest, _ := os.ReadDir(filepath.Dir(path)); len(rest) != 1 {
		t.Errorf("left behind: %v", rest)
	}
}

func TestTokenFileIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "api.token")
	tokens := make([]api.Token, 8)
	var done sync.WaitGroup
	for i := range tokens {
		done.Go(func() {
			var err error
			if tokens[i], err = api.EnsureToken(path); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	for _, token := range tokens {
		if token != tokens[0] {
			t.Fatal("two processes have different tokens")
		}
	}
}

func TestBadTokenFiles(t *testing.T) {
	good := string(api.NewToken())
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"good":      {good + "\n", 0o600, ""},
		"read-only": {good, 0o400, ""},
		"group":     {good, 0o640, "chmod 600"},
		"world":     {good, 0o604, "chmod 600"},
		"empty":     {"", 0o600, "remove the file"},
		"short":     {good[:30], 0o600, "remove the file"},
		"long":      {strings.Repeat(good, 100), 0o600, "remove the file"},
		"foreign":   {"hello world", 0o600, "remove the file"},
	} {
		path := filepath.Join(t.TempDir(), "api.token")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := api.EnsureToken(path)
		if (err == nil) != (c.want == "") || (err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path))) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), good[:20]) {
			t.Errorf("%s: the error shows the secret", name)
		}
	}
}

func TestTokenIsNotPrinted(t *testing.T) {
	token := api.NewToken()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", token)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", token)
	fmt.Fprintf(&log, "%v %s %q %+v", token, token, token, struct{ T api.Token }{token})
	if strings.Contains(log.String(), string(token)) {
		t.Errorf("the token shows in %s", log.String())
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(string(api.NewToken()))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if token, err := api.ParseToken(s); err == nil && string(token) != s {
			t.Errorf("%q became another", s)
		}
	})
}
