package home

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

const (
	// maxPassphrase bounds a passphrase file, in bytes.
	maxPassphrase = 4 << 10
	// passphraseMode are the permission bits that a passphrase file must not have. The group may read it, because credential
	// stores hand secrets to a service that way.
	passphraseMode = 0o037
)

// readPassphrase reads the first line of a file that only its owner, and perhaps its group, can read.
func readPassphrase(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPassphrase, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPassphrase, err)
	}
	if mode := info.Mode().Perm(); info.Mode().IsRegular() && mode&passphraseMode != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("passphrase file %s: %w: mode %04o; run: chmod 600 %s", path, ErrPermissions, mode, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxPassphrase+1))
	if err != nil {
		return "", fmt.Errorf("%w %s: %w", ErrPassphrase, path, err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" || len(text) > maxPassphrase {
		return "", fmt.Errorf("%w %s: want the passphrase in its first line, in at most %d bytes", ErrPassphrase, path, maxPassphrase)
	}
	return line, nil
}
