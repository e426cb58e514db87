package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/config"
)

// Setup says how a folder is set up. The zero value suits a gateway that must start without anybody present.
type Setup struct {
	// Name of the gateway, which is written into the configuration; empty for none.
	Name string
	// PassphraseFile locks the vault with the passphrase in that file, instead of an identity file beside the vault. Its path
	// is written into the configuration.
	PassphraseFile string
	// Environ is the environment under which the configuration counts, in the form of os.Environ.
	Environ []string
}

// Made says what Init had to make.
type Made struct {
	Config bool // the configuration
	Keys   bool // the vault with the gateway's keys
}

// Init sets a folder up: the folder itself with mode 0700, the configuration, and the keys. What is there already stays as it
// is, so Init finishes what an interrupted Init left and does nothing to a folder that is whole; a Setup that contradicts
// what is there is ignored. The error wraps ErrForeign, ErrPermissions, ErrKeysLost or ErrBusy, one of packages config or vault,
// or is the operating system's.
func Init(dir string, setup Setup) (*Home, Made, error) {
	var made Made
	h, err := At(dir)
	if err != nil {
		return nil, made, err
	}
	if err := h.prepare(); err != nil {
		return nil, made, err
	}
	lock, err := vfs.Default.Lock(filepath.Join(h.dir, lockName))
	if err != nil {
		return nil, made, fmt.Errorf("data folder %s: %w: %w", h.dir, ErrBusy, err)
	}
	defer lock.Close()
	s, err := h.look() // again, now that nobody else changes it
	if err != nil {
		return nil, made, err
	}
	if !s.config {
		if err := h.makeConfig(setup); err != nil {
			return nil, made, err
		}
		made.Config = true
	}
	if !s.vault {
		if err := h.makeVault(s.hollow, setup.Environ); err != nil {
			return nil, made, err
		}
		made.Keys = true
	}
	return h, made, nil
}

// prepare makes the folder, and refuses one that is not ours to fill.
func (h *Home) prepare() error {
	s, err := h.look()
	if err != nil || !s.isEmpty() {
		return err
	}
	if s.foreign != "" {
		return fmt.Errorf("data folder %s: %w, such as %s: choose an empty folder", h.dir, ErrForeign, s.foreign)
	}
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	// There may have been an empty folder, made by a service manager or a container with its usual mode.
	if err := os.Chmod(h.dir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w: it must belong to the user who runs lot", err)
	}
	return nil
}

// makeConfig writes the configuration.
func (h *Home) makeConfig(setup Setup) error {
	c := config.Defaults()
	c.Name = setup.Name
	if setup.PassphraseFile != "" {
		path, err := filepath.Abs(setup.PassphraseFile)
		if err != nil {
			return fmt.Errorf("passphrase file: %w", err)
		}
		if _, err := readPassphrase(path); err != nil {
			return err
		}
		c.PassphraseFile = path
	}
	if err := c.Validate(); err != nil {
		return err
	}
	return createFile(h.ConfigPath(), c.Encode())
}

// makeVault makes the gateway's keys.
func (h *Home) makeVault(hollow bool, environ []string) error {
	c, err := h.Config(environ)
	if err != nil {
		return err
	}
	unlock, err := h.unlock(c)
	if err != nil {
		return err
	}
	if hollow {
		if err := os.Remove(h.VaultPath()); err != nil {
			return fmt.Errorf("vault: %w", err)
		}
	}
	_, err = vault.Create(h.VaultPath(), unlock, vault.GatewaySeeds()...)
	return err
}

// createFile writes a file that must not exist yet; after a crash there is all of it or none. It is written under another
// name and linked, so that an existing file is never replaced.
func createFile(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), temporaryPrefix(filepath.Base(path))+"*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // linked by then, or worth nothing
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Link(temporary.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write %s: %w", path, err)
	} else if err != nil {
		return fmt.Errorf("write %s: %w; it is not overwritten", path, err)
	}
	return syncDir(filepath.Dir(path))
}

// temporaryPrefix begins the names under which a file is written first.
func temporaryPrefix(name string) string { return "." + name + "-" }

// syncDir makes names in a folder durable.
func syncDir(dir string) error {
	d, err := vfs.Default.OpenDir(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
