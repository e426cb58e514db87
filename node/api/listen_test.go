package api_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/node/api"
)

func TestListenIsLoopbackUnlessConfigured(t *testing.T) {
	for address, loopback := range map[string]bool{":0": true, "127.0.0.1:0": true, "localhost:0": true, "0.0.0.0:0": false} {
		listener, err := api.Listen(t.Context(), address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got := listener.Addr().(*net.TCPAddr).IP.IsLoopback(); got != loopback {
			t.Errorf("%s listens on %s", address, listener.Addr())
		}
		_ = listener.Close()
	}
	host, _, err := net.SplitHostPort(api.DefaultAddress)
	if err != nil || !net.ParseIP(host).IsLoopback() {
		t.Errorf("default address %s", api.DefaultAddress)
	}
}

func TestListenSaysWhatIsWrong(t *testing.T) {
	taken, err := api.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		taken.Addr().String(): "in use",
		"8640":                "want host:port",
		"127.0.0.1:x":         "127.0.0.1:x",
	} {
		if listener, err := api.Listen(t.Context(), address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", address, listener, err)
		}
	}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "api.sock")
	first, err := api.Listen(t.Context(), "unix:"+path)
	if err != nil {
		t.Fatal(err)
	}
	mode := func(name string) os.FileMode {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if mode(path) != 0o600 || mode(filepath.Dir(path)) != 0o700 {
		t.Errorf("modes %o in %o", mode(path), mode(filepath.Dir(path)))
	}
	if _, err := api.Listen(t.Context(), "unix:"+path); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second listener: %v", err)
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false) // as after kill -9
	_ = first.Close()
	again, err := api.Listen(t.Context(), "unix:"+path)
	if err != nil {
		t.Fatalf("over a stale socket: %v", err)
	}
	_ = again.Close()
	if err := os.WriteFile(path, []byte("letters"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := api.Listen(t.Context(), "unix:"+path); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("over a file: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "letters" {
		t.Error("the file is gone")
	}
}
