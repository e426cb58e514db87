package mesh

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ipfs/go-datastore"
	ma "github.com/multiformats/go-multiaddr"
)

// DHTMode says whether a host answers the lookups of others.
type DHTMode string

const (
	// DHTAuto answers lookups unless libp2p finds that the host cannot be reached, which it only does where a peer
	// offers AutoNAT. Members do not, so a host that is known to be unreachable should be a DHTClient.
	DHTAuto DHTMode = "auto"
	// DHTServer always answers lookups.
	DHTServer DHTMode = "server"
	// DHTClient only asks.
	DHTClient DHTMode = "client"
)

// RecordValidator judges the values that are kept in the DHT under /<namespace>/<key>.
type RecordValidator interface {
	// Validate returns an error for a value that must not be stored or returned under the key.
	Validate(key string, value []byte) error
	// Select returns the index of the best of the valid values; its choice must be stable.
	Select(key string, values [][]byte) (int, error)
}

// Topic names one gossip topic of the network.
type Topic struct {
	// Name is the topic's name within the network, of letters, digits, dots, dashes and underscores.
	Name string
	// MaxBytes bounds a message; a larger one is rejected. Default 64 KiB.
	MaxBytes int
	// Concurrency bounds how many of its messages are validated at once; those beyond it are dropped. Default 128.
	Concurrency int
	// Queue bounds the messages that were accepted and not yet delivered. Default 1,024.
	Queue int
	// QueueBytes bounds their bytes. Default 4 MiB.
	QueueBytes int
}

// MaxStrangers bounds Config.Strangers.
const MaxStrangers = 64

// Config says what a Mesh is to be. HostKey, Network and Admit are required; the zero value of everything else is a
// default that is fit for a home: loopback only, few connections, no relay, no port mapping, no service of others.
type Config struct {
	// HostKey is the 32-byte Ed25519 seed of the host. It signs nothing but handshakes.
	HostKey []byte
	// Network is the network's id. It is part of every protocol and topic name.
	Network string
	// Admit tells whether a peer may connect. It is called from many goroutines and must be quick. Peers in Static
	// are admitted without being asked for.
	Admit func(peer string) bool

	// Strangers is how many peers that are not admitted may be connected at once, to use the protocols that ServeLimits opens to
	// them and nothing else; each is cut off after 30 s. They are not told of by OnPeer and Peers. Default 0, at most MaxStrangers.
	Strangers int

	// Listen has multiaddrs to listen on. Default: a free port on 127.0.0.1 for TCP and one for QUIC.
	Listen []string
	// Announce replaces the addresses told to others, for hosts behind a forwarded port.
	Announce []string
	// NATMapping asks the router for a port by UPnP or NAT-PMP.
	NATMapping bool

	// Static has addresses of peers that are dialed for ever and never given up, seeds among them.
	Static []string
	// Remembered has addresses of peers known from earlier runs; see Mesh.Remembered.
	Remembered []string
	// MDNS finds members on the local network.
	MDNS bool
	// RedialMin and RedialMax bound the growing pause between attempts to reach a peer. Default 1 s and 5 min.
	RedialMin, RedialMax time.Duration

	// BootstrapOnly makes a peer that answers lookups and carries neither topics nor messages.
	BootstrapOnly bool
	// DHTMode is DHTAuto by default, and DHTServer with BootstrapOnly.
	DHTMode DHTMode
	// RecordValidators judge DHT values by namespace. A namespace that is not listed is refused; without any,
	// nothing is kept for others, and PutRecord and GetRecord are off. Peers choose the keys, and the Datastore keeps one
	// value for each: it is for the validators to bound how many keys there can be.
	RecordValidators map[string]RecordValidator
	// Providers turns on Provide and FindProviders, and keeps for others who has which block. Peers may name any number of
	// blocks, and the Datastore keeps all that they name for 48 hours: it must then be one that has a bound.
	Providers bool

	// Topics are all topics that may ever be joined. Peers' subscriptions to anything else are not kept.
	Topics []Topic
	// Limits bound what peers can make this host spend.
	Limits Limits
	// Datastore keeps remembered peers, and what is kept of DHT records, over restarts; it need not sync. Default: memory.
	Datastore datastore.Batching
	// Logger takes this package's and libp2p's log. Default: none. libp2p takes its handler from the first Mesh
	// in a process that has one.
	Logger *slog.Logger
	// UserAgent is told to peers. Default "lot".
	UserAgent string

	// strangerStay is how long a stranger may stay; tests shorten it.
	strangerStay time.Duration
	// forwardGrace is how long a mesh peer is left alone before its forwarding is judged; tests shorten it.
	forwardGrace time.Duration
}

// withDefaults fills in what is not set.
func (c Config) withDefaults() Config {
	if len(c.Listen) == 0 {
		c.Listen = []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}
	}
	setDefault(&c.RedialMin, time.Second)
	setDefault(&c.RedialMax, 5*time.Minute)
	setDefault(&c.UserAgent, "lot")
	setDefault(&c.forwardGrace, 5*time.Second)
	setDefault(&c.strangerStay, strangerStay)
	if c.BootstrapOnly {
		setDefault(&c.DHTMode, DHTServer)
	}
	setDefault(&c.DHTMode, DHTAuto)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Limits = c.Limits.withDefaults()
	c.Topics = append([]Topic(nil), c.Topics...)
	for i := range c.Topics {
		t := &c.Topics[i]
		setDefault(&t.MaxBytes, 64<<10)
		setDefault(&t.Concurrency, 128)
		setDefault(&t.Queue, 1024)
		setDefault(&t.QueueBytes, 4<<20)
	}
	return c
}

// setDefault sets what is still the zero value.
func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate reports all faults together.
func (c Config) validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if len(c.HostKey) != ed25519.SeedSize {
		fault("HostKey: %d bytes, want the %d of an Ed25519 seed", len(c.HostKey), ed25519.SeedSize)
	}
	if !isName(c.Network) {
		fault("Network: %q, want 1 to 128 letters, digits, dots, dashes or underscores", c.Network)
	}
	if c.Strangers < 0 || c.Strangers > MaxStrangers || c.BootstrapOnly && c.Strangers > 0 {
		fault("Strangers: %d, want 0 to %d, and none at a bootstrap peer, which serves them nothing", c.Strangers, MaxStrangers)
	}
	if c.Admit == nil {
		fault("Admit: missing; without it nobody, or everybody, could connect")
	}
	for _, listen := range append(append([]string{}, c.Listen...), c.Announce...) {
		if _, err := ma.NewMultiaddr(listen); err != nil {
			fault("Listen or Announce: %q: %w (expected e.g. /ip4/0.0.0.0/udp/4700/quic-v1)", listen, err)
		}
	}
	if _, err := parseAddresses(c.Static); err != nil {
		fault("Static: %w", err)
	}
	if c.RedialMin < 0 || c.RedialMax < c.RedialMin {
		fault("RedialMin %v, RedialMax %v: want 0 < min <= max", c.RedialMin, c.RedialMax)
	}
	if c.DHTMode != DHTAuto && c.DHTMode != DHTServer && c.DHTMode != DHTClient {
		fault("DHTMode: %q, want auto, server or client", c.DHTMode)
	}
	c.validateTopics(fault)
	faults = append(faults, c.Limits.validate()...)
	if len(faults) > 0 {
		return fmt.Errorf("%w: %w", ErrConfig, errors.Join(faults...))
	}
	return nil
}

func (c Config) validateTopics(fault func(format string, args ...any)) {
	if c.BootstrapOnly && len(c.Topics) > 0 {
		fault("Topics: a bootstrap peer carries none")
	}
	seen := make(map[string]bool)
	for _, t := range c.Topics {
		if !isName(t.Name) || seen[t.Name] {
			fault("Topics: name %q is unfit or listed twice", t.Name)
		}
		seen[t.Name] = true
		if t.MaxBytes < 1 || t.MaxBytes > maxGossipBytes {
			fault("Topics: %s: MaxBytes %d, want 1 to %d", t.Name, t.MaxBytes, maxGossipBytes)
		}
		if t.Concurrency < 1 || t.Queue < 1 || t.QueueBytes < t.MaxBytes {
			fault("Topics: %s: Concurrency and Queue must be positive and QueueBytes hold one message", t.Name)
		}
	}
}
