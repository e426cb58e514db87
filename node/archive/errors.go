package archive

import "errors"

// Errors of this package wrap one of these, one of package store or age, or come from the operating system.
var (
	// ErrDamaged says that a backup is not what was written: changed, cut off, or no backup at all.
	ErrDamaged = errors.New("the backup is damaged")
	// ErrVersion says that a later version made the backup.
	ErrVersion = errors.New("the backup has another format")
	// ErrLocked says that the passphrase or the identity does not open the backup.
	ErrLocked = errors.New("the backup does not open")
	// ErrExists says that what would be written is there already.
	ErrExists = errors.New("is there already")
	// ErrOther says that the home folder and the data are of two gateways.
	ErrOther = errors.New("another gateway's data")
)
