package record

import "errors"

// Errors of this package wrap one of these, or what the writer returned.
var (
	// ErrFormat says that the bytes are no record, or one of another version.
	ErrFormat = errors.New("not a record that this program reads")
	// ErrDamaged says that the record was changed after it was written.
	ErrDamaged = errors.New("the record is damaged")
	// ErrTooLarge says that the storage at the start of a record is larger than a replay is to hold.
	ErrTooLarge = errors.New("the storage at the start of the record is too large to replay")
	// ErrLimit says that the record has reached the size that it may have.
	ErrLimit = errors.New("the record has reached its size limit")
)
