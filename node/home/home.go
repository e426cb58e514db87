// Package home is a gateway's data folder:
//
//	config.toml       what the operator chooses
//	vault.age         the gateway's keys, encrypted
//	vault.identity    opens the vault, unless it is locked with a passphrase or lies elsewhere
//	genesis.toml      the network that the gateway is in
//	checkpoint.pin    of a gateway that came by an invitation: the seal from which on it checks the network
//	invitations.json  the invitations that this gateway gave
//	api.token         what clients of the API show
//	data/             the database and the encrypted batches
//	init.lock         held while the folder is being set up
//
// [Init] sets a folder up and finishes what an interrupted Init left; it never overwrites anything. [Open] opens one that was
// set up. Both refuse a folder that others can read, and one whose keys are lost: new keys would make another gateway, whose
// readings, balance and seat are not those of the old one.
package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/config"
)

// Names in the folder.
const (
	configName   = "config.toml"
	vaultName    = "vault.age"
	identityName = "vault.identity" // what vault.DefaultIdentityFile makes of vaultName
	genesisName  = "genesis.toml"
	pinName      = "checkpoint.pin"
	invitedName  = "invitations.json"
	tokenName    = "api.token"
	dataName     = "data"
	lockName     = "init.lock"
)

// Home is a data folder that was set up. Its methods may be called from any goroutine.
type Home struct{ dir string }

// Default returns the data folder of a user: the value of LOT_HOME in an environment, or .lot in the home directory.
func Default(getenv func(string) string) (string, error) {
	if dir := getenv("LOT_HOME"); dir != "" {
		return dir, nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("data folder: %w: give it with --home or LOT_HOME", err)
	}
	return filepath.Join(user, ".lot"), nil
}

// At names a data folder without looking at it, for commands that need one of its paths only.
func At(dir string) (*Home, error) {
	absolute, err := filepath.Abs(dir) // relative paths would move with the working directory
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", dir, err)
	}
	return &Home{absolute}, nil
}

// Open opens a folder that Init set up. The error wraps ErrMissing, ErrUnfinished, ErrPermissions or ErrKeysLost, or is the
// operating system's.
func Open(dir string) (*Home, error) {
	h, err := At(dir)
	if err != nil {
		return nil, err
	}
	s, err := h.look()
	if err != nil {
		return nil, err
	}
	switch {
	case !s.folder || s.isEmpty():
		return nil, fmt.Errorf("data folder %s: %w: `lot init` sets it up", h.dir, ErrMissing)
	case !s.config || !s.vault:
		return nil, fmt.Errorf("data folder %s: %w: `lot init` finishes it", h.dir, ErrUnfinished)
	}
	return h, nil
}

// Dir returns the absolute path of the folder.
func (h *Home) Dir() string { return h.dir }

// ConfigPath returns the path of the configuration.
func (h *Home) ConfigPath() string { return filepath.Join(h.dir, configName) }

// VaultPath returns the path of the encrypted keys.
func (h *Home) VaultPath() string { return filepath.Join(h.dir, vaultName) }

// GenesisPath returns the path of the network's genesis.
func (h *Home) GenesisPath() string { return filepath.Join(h.dir, genesisName) }

// PinPath returns the path of the pin; see Pin.
func (h *Home) PinPath() string { return filepath.Join(h.dir, pinName) }

// InvitationsPath returns the path of the invitations that this gateway gave.
func (h *Home) InvitationsPath() string { return filepath.Join(h.dir, invitedName) }

// TokenPath returns the path of the API's token.
func (h *Home) TokenPath() string { return filepath.Join(h.dir, tokenName) }

// DataDir returns the path of the database's folder.
func (h *Home) DataDir() string { return filepath.Join(h.dir, dataName) }

// Config loads the configuration, under an environment in the form of os.Environ. See config.Load for its errors.
func (h *Home) Config(environ []string) (config.Config, error) {
	c, err := config.Load(h.ConfigPath(), environ)
	var faults config.Faults
	if err != nil && !errors.As(err, &faults) {
		return c, fmt.Errorf("%w: `lot init` writes a new one if it is lost", err)
	}
	return c, err
}

// Token returns the API's token, and makes one if there is none yet.
func (h *Home) Token() (api.Token, error) { return api.EnsureToken(h.TokenPath()) }

// Resolve returns the path that a configuration means: a relative one starts in the folder.
func (h *Home) Resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(h.dir, path)
}

// Vault opens the gateway's keys in the way that the configuration says. The error wraps one of package vault, or is the
// operating system's.
func (h *Home) Vault(c config.Config) (*vault.Vault, error) {
	unlock, err := h.unlock(c)
	if err != nil {
		return nil, err
	}
	return vault.Open(h.VaultPath(), unlock)
}

// unlock returns what opens the vault.
func (h *Home) unlock(c config.Config) (vault.Unlock, error) {
	switch {
	case c.PassphraseFile != "":
		passphrase, err := readPassphrase(h.Resolve(c.PassphraseFile))
		return vault.Passphrase(passphrase), err
	case c.IdentityFile != "":
		return vault.IdentityFile(h.Resolve(c.IdentityFile)), nil
	}
	return vault.IdentityFile(filepath.Join(h.dir, identityName)), nil
}

// openToOthers are the permission bits that the folder must not have.
const openToOthers = 0o077

// checkMode refuses a folder that others can look into.
func checkMode(dir string, mode fs.FileMode) error {
	if mode.Perm()&openToOthers != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("data folder %s: %w: mode %04o; run: chmod 700 %s", dir, ErrPermissions, mode.Perm(), dir)
	}
	return nil
}
