package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// tokenBytes is the entropy of a token.
const tokenBytes = 32

// Token is the secret that a client shows as a bearer token (RFC 6750): 32 random bytes in base64url without padding.
type Token string

// NewToken returns a random token.
func NewToken() Token {
	var raw [tokenBytes]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the process first
	return Token(base64.RawURLEncoding.EncodeToString(raw[:]))
}

// ParseToken reads a token.
func ParseToken(s string) (Token, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) != tokenBytes {
		return "", fmt.Errorf("not an API token: want %d bytes in base64url without padding", tokenBytes)
	}
	return Token(s), nil
}

// equal compares in constant time. Hashing first hides the length too.
func (t Token) equal(other string) bool {
	ours, theirs := sha256.Sum256([]byte(t)), sha256.Sum256([]byte(other))
	return t != "" && subtle.ConstantTimeCompare(ours[:], theirs[:]) == 1
}

// String hides the token from whoever prints it.
func (t Token) String() string { return "(secret)" }

// LogValue hides the token from logs (slog.LogValuer).
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// EnsureToken reads the token file, or makes it with mode 0600 (and its folder with 0700) if there is none.
func EnsureToken(path string) (Token, error) {
	token, err := ReadToken(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("make the folder of the API token: %w", err)
	}
	token = NewToken()
	if err := writeToken(path, token); errors.Is(err, fs.ErrExist) {
		return ReadToken(path) // another process was quicker
	} else if err != nil {
		return "", fmt.Errorf("write the API token: %w", err)
	}
	return token, nil
}

// writeToken makes the file under another name and links it, so that nobody ever reads half a token and an existing file
// is never replaced.
func writeToken(path string, token Token) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".token-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // the link stays; a temporary file that stays too is harmless
	_, err = file.WriteString(string(token) + "\n")
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}

// ReadToken reads a token file and refuses one that others can read.
func ReadToken(path string) (Token, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the API token: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", fmt.Errorf("read the API token: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("the API token %s can be read by others (mode %04o): run `chmod 600 %s`", path, mode, path)
	}
	text, err := io.ReadAll(io.LimitReader(file, 256))
	if err != nil {
		return "", fmt.Errorf("read the API token: %w", err)
	}
	token, err := ParseToken(strings.TrimSpace(string(text)))
	if err != nil {
		return "", fmt.Errorf("%s: %w; remove the file and restart the gateway to get a new one", path, err)
	}
	return token, nil
}
