// Package config is what a gateway's operator chooses: one TOML file, whose every key can be overridden from the
// environment.
//
// One table describes each key once: its place in [Config], its rule, and what it means. [Load], [Config.Validate],
// [Config.Encode], [Config.Redacted] and docs/configuration.md are all made from it.
package config

import (
	"time"

	"github.com/ledgerofthings/lot/dag/ledger"
)

// Config is a gateway's configuration. Defaults returns one that is fit for a small box at home.
type Config struct {
	Name           string  `toml:"name"`            // of this gateway, for people; the member's name in the network
	Role           string  `toml:"role"`            // RoleFull or RoleLight
	IdentityFile   string  `toml:"identity_file"`   // opens the vault; empty for the one beside it
	PassphraseFile string  `toml:"passphrase_file"` // opens the vault instead of an identity file
	Network        Network `toml:"network"`
	API            API     `toml:"api"`
	MQTT           MQTT    `toml:"mqtt"`
	Batch          Batch   `toml:"batch"`
	Storage        Storage `toml:"storage"`
	Log            Log     `toml:"log"`
}

// The roles of a gateway.
const (
	// RoleFull keeps the graph and the ledger, and can have a seat in the committee.
	RoleFull = "full"
	// RoleLight keeps neither: it follows signed checkpoints and has what it needs proven to it.
	RoleLight = "light"
)

// Network is how the gateway meets others.
type Network struct {
	Listen     []string `toml:"listen"`      // multiaddrs
	Announce   []string `toml:"announce"`    // multiaddrs told to others instead of those listened on
	Seeds      []string `toml:"seeds"`       // multiaddrs with /p2p/ of peers that are dialed for ever
	MDNS       bool     `toml:"mdns"`        // find members on the local network
	NATMapping bool     `toml:"nat_mapping"` // ask the router for a port
	DHT        string   `toml:"dht"`         // auto, server or client
	LowWater   int      `toml:"low_water"`   // connections that are looked for
	HighWater  int      `toml:"high_water"`  // connections above which some are closed
}

// API is the HTTP interface.
type API struct {
	Listen      string   `toml:"listen"`       // host:port or unix:PATH
	Hosts       []string `toml:"hosts"`        // host names that requests may use besides those of loopback
	OpenMetrics bool     `toml:"open_metrics"` // serve /metrics without a token
}

// MQTT is the broker that devices publish to.
type MQTT struct {
	Listen     string `toml:"listen"`      // host:port; empty for no broker
	MaxClients int    `toml:"max_clients"` // connections at once
}

// Batch says when readings are put on the ledger.
type Batch struct {
	Count  int      `toml:"count"`  // readings after which a batch is closed
	Window Duration `toml:"window"` // time after a batch's first reading at which it is closed
	Topic  string   `toml:"topic"`  // written into anchors, for everyone to read
}

// Storage bounds what the data folder takes.
type Storage struct {
	Memory          Size     `toml:"memory"`           // for the database's caches and buffers
	Max             Size     `toml:"max"`              // the data folder: database, batches and pins
	Batches         Size     `toml:"batches"`          // encrypted batches on disk
	Pins            Size     `toml:"pins"`             // encrypted batches of other gateways
	Reserve         Size     `toml:"reserve"`          // free space below which no readings are taken
	Keep            Age      `toml:"keep"`             // how long the events of sealed epochs stay
	Replicas        int      `toml:"replicas"`         // other gateways that keep each batch
	ReplicaPatience Duration `toml:"replica_patience"` // how long a gateway with replicas may be away
	ReplicaRate     Size     `toml:"replica_rate"`     // bytes per second for replicas, each way
	MaxDevices      int      `toml:"max_devices"`      // registered devices
}

// Log is what the program writes to standard error.
type Log struct {
	Level  string `toml:"level"`  // debug, info, warn or error
	Format string `toml:"format"` // text or json
}

// Defaults returns the configuration that holds where the file and the environment say nothing.
func Defaults() Config {
	return Config{
		Role: RoleFull,
		Network: Network{
			Listen: []string{"/ip4/0.0.0.0/tcp/4470", "/ip4/0.0.0.0/udp/4470/quic-v1", "/ip6/::/tcp/4470", "/ip6/::/udp/4470/quic-v1"},
			MDNS:   true, DHT: "auto", LowWater: 24, HighWater: 40,
		},
		API:   API{Listen: "127.0.0.1:8640"},
		MQTT:  MQTT{Listen: "127.0.0.1:1883", MaxClients: 1000},
		Batch: Batch{Count: min(1000, ledger.MaxAnchorCount), Window: Duration(2 * time.Second)},
		Storage: Storage{
			Memory: 24 * mib, Max: 10 * gib, Batches: gib, Pins: gib, Reserve: 128 * mib, Keep: Age(24 * time.Hour),
			Replicas: 2, ReplicaPatience: Duration(24 * time.Hour), ReplicaRate: mib, MaxDevices: 10_000,
		},
		Log: Log{Level: "info", Format: "text"},
	}
}
