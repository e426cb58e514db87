package vault

import "errors"

// What can be wrong with a vault. Every error of this package wraps one of these or an error of the operating system, and
// says which file is meant and what to do.
var (
	// ErrMissing: there is no vault, or no identity file, at the path.
	ErrMissing = errors.New("missing")
	// ErrExists: there is a file at the path already; keys are never overwritten.
	ErrExists = errors.New("exists already")
	// ErrPermissions: others than the owner may read the file.
	ErrPermissions = errors.New("open to others")
	// ErrWrongKey: the file is sound, but the passphrase or identity does not open it.
	ErrWrongKey = errors.New("wrong key")
	// ErrCorrupt: the file is no vault, was changed, or is cut short.
	ErrCorrupt = errors.New("corrupt")
	// ErrWorkFactor: opening the file would cost more than a vault made by this package ever does.
	ErrWorkFactor = errors.New("scrypt work factor too high")
	// ErrName: there is no seed of that name, there is one already, or it cannot be a name.
	ErrName = errors.New("seed name")
)
