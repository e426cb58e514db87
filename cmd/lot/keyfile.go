package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"

	"github.com/ledgerofthings/lot/dag"
)

// A key file holds one Ed25519 private key in PKCS#8 (RFC 8410) and PEM: what `openssl genpkey -algorithm ed25519` writes.

const (
	pemType = "PRIVATE KEY"
	// maxKeyFile bounds a key file, in bytes.
	maxKeyFile = 4 << 10
	// openToOthers are the permission bits that a key file must not have.
	openToOthers = 0o077
)

// createKey makes a key file with mode 0600; one that is there is never overwritten.
func createKey(path string) (*dag.MemorySigner, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fail(exitFailure, "choose another name, or use the key that is there", "%s exists; keys are never overwritten", path)
	}
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	err = pem.Encode(f, &pem.Block{Type: pemType, Bytes: encoded})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("write key %s: %w", path, err), os.Remove(path))
	}
	return dag.NewSigner([32]byte(private.Seed())), nil
}

// readKey returns the seed (RFC 8032) in a key file, and refuses a file that others can read.
func readKey(path string) (seed [32]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return seed, fmt.Errorf("key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return seed, fmt.Errorf("key: %w", err)
	}
	if mode := info.Mode().Perm(); mode&openToOthers != 0 && runtime.GOOS != "windows" {
		return seed, fail(exitFailure, "run: chmod 600 "+path, "key %s: others can read it (mode %04o)", path, mode)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return seed, fmt.Errorf("key %s: %w", path, err)
	}
	private, err := parseKey(text)
	if err != nil {
		return seed, fail(exitFailure, "`lot device keygen FILE` makes one; so does `openssl genpkey -algorithm ed25519`", "key %s: %w", path, err)
	}
	return [32]byte(private.Seed()), nil
}

func parseKey(text []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, errors.New("it has no PEM block PRIVATE KEY")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("it is not of Ed25519")
	}
	return private, nil
}
