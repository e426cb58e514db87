package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"filippo.io/age"
)

const (
	// maxFileSize bounds a vault file, in bytes; MaxSeeds seeds take about 5 kB.
	maxFileSize = 64 << 10
	// vaultMode are the permission bits that a vault must not have.
	vaultMode = 0o077
)

// Create makes a vault with random seeds of the given names, and the identity file if unlock names one that is not there.
// It never overwrites: the error then wraps ErrExists.
func Create(path string, unlock Unlock, names ...string) (*Vault, error) {
	seeds := make(map[string][32]byte, len(names))
	for _, name := range names {
		if err := checkName(name); err != nil {
			return nil, fmt.Errorf("vault %s: %w", path, err)
		}
		seeds[name] = newSeed()
	}
	if len(seeds) > MaxSeeds {
		return nil, fmt.Errorf("vault %s: %w: %d of them, at most %d are allowed", path, ErrName, len(seeds), MaxSeeds)
	}
	// Looked at before the identity is made: a new identity beside an old vault would only mislead.
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("vault %s: %w; keys are never overwritten", path, ErrExists)
	}
	if err := unlock.makeIdentity(); err != nil {
		return nil, fmt.Errorf("vault %s: %w", path, err)
	}
	lock, err := unlock.lock()
	if err != nil {
		return nil, fmt.Errorf("vault %s: %w", path, err)
	}
	if err := save(path, lock, seeds, createFile); err != nil {
		return nil, err
	}
	return &Vault{path: path, lock: lock, seeds: seeds}, nil
}

// Open reads a vault. The error wraps ErrMissing, ErrPermissions, ErrWrongKey, ErrWorkFactor or ErrCorrupt, or is the
// operating system's.
func Open(path string, unlock Unlock) (*Vault, error) {
	lock, seeds, err := open(path, unlock)
	if err != nil {
		return nil, fmt.Errorf("vault %s: %w", path, err)
	}
	return &Vault{path: path, lock: lock, seeds: seeds}, nil
}

func open(path string, unlock Unlock) (*lock, map[string][32]byte, error) {
	file, err := readPrivate(path, vaultMode, maxFileSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%w: put it back from a backup, or make one with lot init", ErrMissing)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(file) == 0 {
		return nil, nil, fmt.Errorf("%w: empty; its creation was interrupted and no key was ever in it: remove it and run lot init", ErrCorrupt)
	}
	if err := checkHeader(file, unlock); err != nil {
		return nil, nil, err
	}
	lock, err := unlock.lock()
	if err != nil {
		return nil, nil, err
	}
	plain, err := decrypt(file, lock, unlock)
	if err != nil {
		return nil, nil, err
	}
	seeds, err := decodeContent(plain)
	return lock, seeds, err
}

// checkHeader looks at how the file is locked before any costly step, to say what is wrong and to refuse a work factor
// that would take the machine down. The header's first line is the version, its second the recipient: "-> type args".
func checkHeader(file []byte, unlock Unlock) error {
	header, err := age.ExtractHeader(bytes.NewReader(file))
	if err != nil {
		return fmt.Errorf("%w: not an age file; restore it from a backup", ErrCorrupt) // age's error quotes the content
	}
	lines := strings.SplitN(string(header), "\n", 3)
	if len(lines) < 3 {
		return fmt.Errorf("%w: header without a recipient", ErrCorrupt)
	}
	fields := strings.Fields(strings.TrimPrefix(lines[1], "->"))
	if len(fields) == 0 || fields[0] != unlock.stanza() {
		return fmt.Errorf("%w: the vault is locked with %s, not with the %s given", ErrWrongKey, lockedWith(fields), unlock.describe())
	}
	if fields[0] != stanzaScrypt || len(fields) != 3 {
		return nil
	}
	if factor, err := strconv.Atoi(fields[2]); err == nil && factor > maxWorkFactor {
		return fmt.Errorf("%w: 2^%d, at most 2^%d is opened: this vault was not made by Lot", ErrWorkFactor, factor, maxWorkFactor)
	}
	return nil
}

func lockedWith(stanza []string) string {
	switch {
	case len(stanza) > 0 && stanza[0] == stanzaScrypt:
		return "a passphrase"
	case len(stanza) > 0 && stanza[0] == stanzaX25519:
		return "an identity file"
	}
	return "something that Lot does not use"
}

func decrypt(file []byte, lock *lock, unlock Unlock) ([]byte, error) {
	reader, err := age.Decrypt(bytes.NewReader(file), lock.identity)
	var mismatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &mismatch):
		return nil, fmt.Errorf("%w: the %s does not open it", ErrWrongKey, unlock.describe())
	case err != nil:
		return nil, fmt.Errorf("%w: %w: restore it from a backup", ErrCorrupt, err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("%w: %w: restore it from a backup", ErrCorrupt, err)
	}
	return plain, nil
}

// save encrypts the seeds and hands the file to write, which is createFile or replaceFile.
func save(path string, lock *lock, seeds map[string][32]byte, write func(string, []byte) error) error {
	plain, err := encodeContent(seeds)
	if err != nil {
		return fmt.Errorf("vault %s: %w", path, err)
	}
	var file bytes.Buffer
	encryptor, err := age.Encrypt(&file, lock.recipient)
	if err != nil {
		return fmt.Errorf("vault %s: encrypt: %w", path, err)
	}
	if _, err := encryptor.Write(plain); err != nil {
		return fmt.Errorf("vault %s: encrypt: %w", path, err)
	}
	if err := encryptor.Close(); err != nil {
		return fmt.Errorf("vault %s: encrypt: %w", path, err)
	}
	if err := write(path, file.Bytes()); err != nil {
		return fmt.Errorf("vault %s: %w", path, err)
	}
	return nil
}
