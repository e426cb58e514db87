package archive

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

const (
	// workFactor is the base-2 logarithm of scrypt's cost (RFC 7914: N = 2^16, r = 8, 64 MiB): a backup lies where others may
	// try, so it is dearer than the vault's.
	workFactor = 16
	// maxWorkFactor bounds what is opened: 2^18 takes about a second and 256 MiB.
	maxWorkFactor = 18
	// maxIdentities bounds an identity file, in bytes.
	maxIdentities = 64 << 10
)

// Passphrase returns what locks a backup with a passphrase, and what opens it.
func Passphrase(passphrase string) (age.Recipient, age.Identity, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, nil, fmt.Errorf("passphrase: %w", err)
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, nil, fmt.Errorf("passphrase: %w", err)
	}
	recipient.SetWorkFactor(workFactor)
	identity.SetMaxWorkFactor(maxWorkFactor)
	return recipient, identity, nil
}

// Recipient reads an age recipient, such as age1...: whoever has the identity to it, and nobody else, opens the backup.
func Recipient(text string) (age.Recipient, error) {
	recipients, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("recipient %.80q: %w", text, err)
	}
	if len(recipients) != 1 {
		return nil, fmt.Errorf("recipient %.80q: want one", text)
	}
	return recipients[0], nil
}

// Identities reads an age identity file.
func Identities(r io.Reader) ([]age.Identity, error) {
	identities, err := age.ParseIdentities(io.LimitReader(r, maxIdentities))
	if err != nil {
		return nil, fmt.Errorf("identity file: want lines that begin with AGE-SECRET-KEY-: %w", err)
	}
	return identities, nil
}

// unlock opens the encryption of a backup. Errors wrap ErrLocked or ErrDamaged.
func unlock(r io.Reader, identities []age.Identity) (io.Reader, error) {
	plain, err := age.Decrypt(r, identities...)
	var mismatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &mismatch):
		return nil, fmt.Errorf("%w: it was made for another passphrase or another recipient", ErrLocked)
	case err != nil:
		return nil, fmt.Errorf("%w: not an age file, or its head is changed: %w", ErrDamaged, err)
	}
	return plain, nil
}
