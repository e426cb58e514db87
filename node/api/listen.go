package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// DefaultAddress is where the API listens unless it is configured: on loopback only.
const DefaultAddress = "127.0.0.1:8640"

// unixPrefix marks the address of a Unix socket.
const unixPrefix = "unix:"

// Listen opens the address of an API: "host:port", or "unix:" and the path of a socket. Without a host it is loopback; to
// listen on all interfaces say 0.0.0.0 or [::].
func Listen(ctx context.Context, address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, unixPrefix); ok {
		return listenUnix(ctx, path)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("API address %q: want host:port or unix:/path/to/socket: %w", address, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("API address %s is in use: another gateway or program listens there; stop it or configure another address: %w", address, err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen for the API on %s: %w", address, err)
	}
	return listener, nil
}

// listenUnix opens a socket that only the owner can connect to. It replaces a socket that a killed process left behind.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the API socket: %w", err)
	}
	if err := removeStaleSocket(ctx, path); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for the API on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("restrict the API socket: %w", err), listener.Close())
	}
	return listener, nil
}

// removeStaleSocket removes a socket on which nobody listens, and nothing else.
func removeStaleSocket(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the API socket: %w", err)
	}
	if info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("API socket %s: there is something else with this name; remove it or configure another path", path)
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", path)
	if err == nil {
		return errors.Join(fmt.Errorf("API socket %s is in use by another process; stop it or configure another path", path), conn.Close())
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove the stale API socket: %w", err)
	}
	return nil
}
