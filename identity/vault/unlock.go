package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"filippo.io/age"
)

const (
	// workFactor is the base-2 logarithm of scrypt's cost for new files (RFC 7914: N = 2^15, r = 8).
	workFactor = 15
	// maxWorkFactor bounds what Open accepts: 2^18 takes about a second and 256 MB.
	maxWorkFactor = 18
	// maxIdentitySize bounds an identity file, in bytes.
	maxIdentitySize = 4 << 10
)

// The recipient types of age that a vault uses (https://age-encryption.org/v1, "scrypt" and "X25519").
const (
	stanzaScrypt = "scrypt"
	stanzaX25519 = "X25519"
)

// Unlock is what locks and opens a vault: a Passphrase or an IdentityFile.
type Unlock struct {
	passphrase   string
	identityPath string
}

// Passphrase locks a vault with a passphrase, which must not be empty.
func Passphrase(passphrase string) Unlock { return Unlock{passphrase: passphrase} }

// IdentityFile locks a vault with the age X25519 identity in the file at path. Create makes the file if there is none.
func IdentityFile(path string) Unlock { return Unlock{identityPath: path} }

// DefaultIdentityFile returns where the identity of a vault is made by default: beside it.
func DefaultIdentityFile(vaultPath string) string {
	return strings.TrimSuffix(vaultPath, ".age") + ".identity"
}

// Format implements fmt.Formatter, so that no verb prints the passphrase.
func (u Unlock) Format(s fmt.State, _ rune) { fmt.Fprint(s, "vault.Unlock("+u.describe()+")") }

func (u Unlock) describe() string {
	if u.identityPath != "" {
		return "identity file " + u.identityPath
	}
	return "passphrase"
}

// stanza returns the recipient type of files that u opens.
func (u Unlock) stanza() string {
	if u.identityPath != "" {
		return stanzaX25519
	}
	return stanzaScrypt
}

// lock is an Unlock ready for use: the two halves of an age key.
type lock struct {
	identity  age.Identity
	recipient age.Recipient
}

// lock loads the identity file, or prepares the passphrase.
func (u Unlock) lock() (*lock, error) {
	if u.identityPath != "" {
		identity, err := readIdentity(u.identityPath)
		if err != nil {
			return nil, fmt.Errorf("identity file %s: %w", u.identityPath, err)
		}
		return &lock{identity, identity.Recipient()}, nil
	}
	if u.passphrase == "" {
		return nil, fmt.Errorf("%w: the passphrase is empty", ErrWrongKey)
	}
	identity, err := age.NewScryptIdentity(u.passphrase)
	if err != nil {
		return nil, err
	}
	recipient, err := age.NewScryptRecipient(u.passphrase)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	recipient.SetWorkFactor(workFactor)
	return &lock{identity, recipient}, nil
}

// identityMode are the permission bits that an identity file must not have. The group may read it, because credential
// stores hand secrets to a service that way; a file that this package makes has 0600.
const identityMode = 0o037

func readIdentity(path string) (*age.X25519Identity, error) {
	data, err := readPrivate(path, identityMode, maxIdentitySize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: put it back, or name its new place in the configuration", ErrMissing)
	}
	if err != nil {
		return nil, err
	}
	identities, err := age.ParseIdentities(strings.NewReader(string(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: not an age identity file: %w", ErrCorrupt, err)
	}
	identity, ok := identities[0].(*age.X25519Identity)
	if !ok || len(identities) != 1 {
		return nil, fmt.Errorf("%w: want one line that begins with AGE-SECRET-KEY-1", ErrCorrupt)
	}
	return identity, nil
}

// makeIdentity makes the identity file if u names one that is not there. One that is there is used as it is, so that a
// creation that was interrupted can be repeated.
func (u Unlock) makeIdentity() error {
	if u.identityPath == "" {
		return nil
	}
	if _, err := os.Stat(u.identityPath); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	text := fmt.Sprintf("# Opens the vault of a Lot gateway. Keep it away from the vault: whoever has both has the keys.\n"+
		"# public key: %s\n%s\n", identity.Recipient(), identity)
	return createFile(u.identityPath, []byte(text))
}
