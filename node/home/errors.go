package home

import "errors"

// What can be wrong with a data folder. Every error of this package wraps one of these, one of packages config, vault and
// bootstrap, or one of the operating system, and says what to do.
var (
	// ErrMissing: there is no data folder, or nothing in it.
	ErrMissing = errors.New("not set up")
	// ErrUnfinished: setting the folder up was interrupted.
	ErrUnfinished = errors.New("only half set up")
	// ErrForeign: the folder holds other things and is no data folder.
	ErrForeign = errors.New("holds other files")
	// ErrPermissions: others than the owner can read the folder or a file with secrets.
	ErrPermissions = errors.New("open to others")
	// ErrKeysLost: the folder belongs to a gateway, but its keys are not there.
	ErrKeysLost = errors.New("the keys are lost")
	// ErrBusy: another process is setting the folder up.
	ErrBusy = errors.New("being set up by another process")
	// ErrNoNetwork: the gateway is in no network yet.
	ErrNoNetwork = errors.New("no network yet")
	// ErrOtherNetwork: the gateway is in another network already.
	ErrOtherNetwork = errors.New("in another network already")
	// ErrNotMember: the genesis does not have this gateway's keys.
	ErrNotMember = errors.New("not a member")
	// ErrPassphrase: the passphrase file is empty or too long.
	ErrPassphrase = errors.New("passphrase file")
)
