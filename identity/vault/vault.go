package vault

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/ledgerofthings/lot/dag"
)

// The seeds of a gateway. They are separate, so that no signature made for one purpose can serve another and one of them
// can be replaced or moved to other hardware without the rest.
const (
	Host   = "host"   // the libp2p host key, which names the peer
	Event  = "event"  // issues and signs events
	Cosign = "cosign" // signs checkpoints and nothing else
	Batch  = "batch"  // never signs: the keys that encrypt batches of readings are derived from it
)

// GatewaySeeds returns the names of all seeds of a gateway.
func GatewaySeeds() []string { return []string{Host, Event, Cosign, Batch} }

// derivePrefix separates derived keys from every other use of a seed.
const derivePrefix = "lot/derive/v1\n"

// Vault is an opened vault. Its reading methods may be called concurrently, but not while Add, Import or Relock runs.
type Vault struct {
	path  string
	lock  *lock
	seeds map[string][32]byte
}

// Path returns the file that the vault was read from.
func (v *Vault) Path() string { return v.path }

// Names returns the names of all seeds in rising order.
func (v *Vault) Names() []string { return slices.Sorted(maps.Keys(v.seeds)) }

// Has reports whether there is a seed of that name.
func (v *Vault) Has(name string) bool { _, ok := v.seeds[name]; return ok }

// Seed returns a seed, the 32 bytes of an Ed25519 private key (RFC 8032). The error wraps ErrName.
func (v *Vault) Seed(name string) ([32]byte, error) {
	seed, ok := v.seeds[name]
	if !ok {
		return seed, fmt.Errorf("vault %s: %w %.40q: there is none; it holds %v", v.path, ErrName, name, v.Names())
	}
	return seed, nil
}

// Signer returns the Ed25519 signer of a seed. The error wraps ErrName.
func (v *Vault) Signer(name string) (*dag.MemorySigner, error) {
	seed, err := v.Seed(name)
	if err != nil {
		return nil, err
	}
	return dag.NewSigner(seed), nil
}

// Derive returns a key for one use, made from a seed: HKDF-SHA256 (RFC 5869) without salt, with the info
// "lot/derive/v1\n" and context. Equal arguments give equal keys; whoever learns one learns nothing of the others or of the
// seed. The error wraps ErrName.
func (v *Vault) Derive(name, context string) ([32]byte, error) {
	seed, err := v.Seed(name)
	if err != nil {
		return [32]byte{}, err
	}
	key, err := hkdf.Key(sha256.New, seed[:], nil, derivePrefix+context, 32)
	if err != nil {
		return [32]byte{}, fmt.Errorf("vault %s: derive from %q: %w", v.path, name, err)
	}
	return [32]byte(key), nil
}

// Add makes a random seed and writes the vault. If that fails, the vault stays as it was.
func (v *Vault) Add(name string) error { return v.Import(name, newSeed()) }

// Import adds a seed that was made elsewhere and writes the vault. A seed is never overwritten: the error wraps ErrName.
func (v *Vault) Import(name string, seed [32]byte) error {
	if err := checkName(name); err != nil {
		return fmt.Errorf("vault %s: %w", v.path, err)
	}
	if v.Has(name) {
		return fmt.Errorf("vault %s: %w %q: there is one already", v.path, ErrName, name)
	}
	if len(v.seeds) == MaxSeeds {
		return fmt.Errorf("vault %s: %w %q: the vault is full with %d seeds", v.path, ErrName, name, MaxSeeds)
	}
	seeds := maps.Clone(v.seeds)
	seeds[name] = seed
	if err := save(v.path, v.lock, seeds, replaceFile); err != nil {
		return err
	}
	v.seeds = seeds
	return nil
}

// Relock writes the vault under another passphrase or identity file, which is made if there is none. Copies of the old
// file still open with the old one.
func (v *Vault) Relock(unlock Unlock) error {
	if err := unlock.makeIdentity(); err != nil {
		return fmt.Errorf("vault %s: %w", v.path, err)
	}
	lock, err := unlock.lock()
	if err != nil {
		return fmt.Errorf("vault %s: %w", v.path, err)
	}
	if err := save(v.path, lock, v.seeds, replaceFile); err != nil {
		return err
	}
	v.lock = lock
	return nil
}

// Format implements fmt.Formatter, so that no verb prints a seed.
func (v Vault) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "vault.Vault(%s %v)", v.path, v.Names()) }

// newSeed returns 32 bytes of the operating system's randomness, which never fails (crypto/rand).
func newSeed() (seed [32]byte) {
	rand.Read(seed[:])
	return seed
}
