// Package vault keeps a gateway's secrets: named 32-byte seeds in one file, encrypted with age
// (https://age-encryption.org/v1).
//
// A vault is locked in one of two ways. A [Passphrase] is stretched by scrypt with a work factor of 15, about a tenth of a
// second and 32 MB on a small gateway; a file that asks for more than 18 is refused, so that a planted file cannot take the
// machine down. An [IdentityFile] holds an age X25519 identity and unlocks without anybody present, which is what a
// gateway needs that must come back after a power cut. It is made beside the vault ([DefaultIdentityFile]); a thief of the
// disk then has both, so move it to another disk, a USB stick or a credential store (systemd LoadCredential, a container
// secret) and name the new place in the configuration. `age -d -i vault.identity vault.age` opens the file without Lot.
//
// Files are created with mode 0600 in a folder of 0700, written beside the old file, synced, and renamed over it, so that
// an interruption leaves the old file or the new one. Secrets never appear in errors, in logs, or in what fmt prints.
package vault
