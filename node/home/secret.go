package home

// Passphrase reads a passphrase from the first line of a file that only its owner, and perhaps its group, can read. The error
// wraps ErrPassphrase or ErrPermissions.
func Passphrase(path string) (string, error) { return readPassphrase(path) }
