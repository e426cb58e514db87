package config

import (
	"time"

	"github.com/ledgerofthings/lot/dag/ledger"
)

// sections are the tables in the order in which they are written, with what they are about.
var sections = []struct{ name, comment string }{
	{"", "The gateway itself."},
	{"network", "How the gateway meets others."},
	{"api", "The HTTP interface, which the command line uses too. Every request needs the token in the file api.token."},
	{"mqtt", "The broker that devices publish to."},
	{"batch", "When readings are put on the ledger: at whichever of count and window comes first."},
	{"storage", "What the data folder may take."},
	{"log", "What the program writes to standard error."},
}

// keys are all keys, those of a section together.
var keys = []key{
	define("name", func(c *Config) *string { return &c.Name }, textKind, gatewayName,
		"The gateway's name, for people. It goes into the member card; the network keeps it from there."),
	define("role", func(c *Config) *string { return &c.Role }, textKind, oneOf(RoleFull, RoleLight),
		"What the gateway keeps. A full one keeps the graph and the ledger and serves them to others. A light one is for a box with little memory on "+
			"a slow line: it keeps its own devices, readings and events, follows the signed checkpoints, has balances and outcomes proven to it by full "+
			"gateways, and can have no seat in the committee."),
	define("identity_file", func(c *Config) *string { return &c.IdentityFile }, textKind, anyValue[string]("a path; empty for vault.identity in the data folder"),
		"The file that opens the vault with this gateway's keys. Whoever has both has the keys, so it may lie elsewhere: on another disk, "+
			"a USB stick, or where a service manager puts secrets. A relative path starts in the data folder."),
	define("passphrase_file", func(c *Config) *string { return &c.PassphraseFile }, textKind, anyValue[string]("a path; empty for none"),
		"The file with the passphrase that opens the vault, if it is locked with one instead of an identity file. A relative path starts in the data folder."),

	define("network.listen", func(c *Config) *[]string { return &c.Network.Listen }, listKind, each("1 to 64 multiaddresses with tcp or quic-v1", 1, meshAddress),
		"Addresses that other gateways reach this one at."),
	define("network.announce", func(c *Config) *[]string { return &c.Network.Announce }, listKind, each("at most 64 multiaddresses with tcp or quic-v1", 0, meshAddress),
		"Addresses told to others instead of those listened on, for a gateway behind a forwarded port. Empty tells what is found out."),
	define("network.seeds", func(c *Config) *[]string { return &c.Network.Seeds }, listKind, seedList,
		"Peers that are dialled first and never given up. One that answers is enough; after that the network is found through it."),
	define("network.mdns", func(c *Config) *bool { return &c.Network.MDNS }, flagKind, anyValue[bool]("true or false"),
		"Whether members on the local network are found without seeds."),
	define("network.nat_mapping", func(c *Config) *bool { return &c.Network.NATMapping }, flagKind, anyValue[bool]("true or false"),
		"Whether to ask the router for a port, by UPnP or NAT-PMP."),
	define("network.dht", func(c *Config) *string { return &c.Network.DHT }, textKind, oneOf("auto", "server", "client"),
		"Whether this gateway answers the lookups of others: always (server), never (client), or while it can be reached (auto)."),
	define("network.low_water", func(c *Config) *int { return &c.Network.LowWater }, countKind, between(1, 10_000),
		"Connections that are looked for, and kept when there are too many."),
	define("network.high_water", func(c *Config) *int { return &c.Network.HighWater }, countKind, between(1, 10_000),
		"Connections above which those of least use are closed. Home routers suffer from hundreds. Not below low_water."),

	define("api.listen", func(c *Config) *string { return &c.API.Listen }, textKind, apiAddress,
		"Where the interface listens. Without a host, or with that of loopback, only this machine reaches it."),
	define("api.hosts", func(c *Config) *[]string { return &c.API.Hosts }, listKind, each("at most 64 host names without port", 0, hostName),
		"Host names that requests may use besides those of loopback, for an interface behind a proxy or on the local network."),
	define("api.open_metrics", func(c *Config) *bool { return &c.API.OpenMetrics }, flagKind, anyValue[bool]("true or false"),
		"Whether /metrics is served without the token."),

	define("mqtt.listen", func(c *Config) *string { return &c.MQTT.Listen }, textKind, brokerAddress,
		"Where the broker listens. Readings are signed, so it may be opened to the local network with 0.0.0.0:1883."),
	define("mqtt.max_clients", func(c *Config) *int { return &c.MQTT.MaxClients }, countKind, between(1, 100_000),
		"Connections at once; more are refused."),

	define("batch.count", func(c *Config) *int { return &c.Batch.Count }, countKind, between(1, ledger.MaxAnchorCount),
		"Readings after which a batch is closed and anchored."),
	define("batch.window", func(c *Config) *Duration { return &c.Batch.Window }, durationKind, between(Duration(10*time.Millisecond), Duration(time.Hour)),
		"Time after a batch's first reading at which it is closed and anchored."),
	define("batch.topic", func(c *Config) *string { return &c.Batch.Topic }, textKind, ledgerText(ledger.MaxTopicLength),
		"A text in every anchor, which everybody in the network can read."),

	define("storage.memory", func(c *Config) *Size { return &c.Storage.Memory }, sizeKind, between(4*mib, 64*gib),
		"Memory for the database's cache and write buffers."),
	define("storage.max", func(c *Config) *Size { return &c.Storage.Max }, sizeKind, between(256*mib, 64<<10*gib),
		"Disk space for the whole data folder. When it is used up, older events are pruned and no readings are taken. It has to leave "+ledgerRoom.String()+
			" for the ledger beside storage.batches and storage.pins."),
	define("storage.batches", func(c *Config) *Size { return &c.Storage.Batches }, sizeKind, between(16*mib, 16<<10*gib),
		"Disk space for encrypted batches of readings."),
	define("storage.pins", func(c *Config) *Size { return &c.Storage.Pins }, sizeKind, between(0, 16<<10*gib),
		"Disk space for encrypted batches that are kept for other gateways, so that theirs survive their box as this one's survive here. "+
			"One gateway gets an eighth of it, and at least 16MiB. 0B keeps none."),
	define("storage.reserve", func(c *Config) *Size { return &c.Storage.Reserve }, sizeKind, between(16*mib, 1<<10*gib),
		"Free space of the disk below which no readings are taken, so that what was taken can still be anchored."),
	define("storage.keep", func(c *Config) *Age { return &c.Storage.Keep }, ageKind, between(Age(0), Forever),
		"How long the events of a finished epoch stay on this disk. Proofs, balances and this gateway's own events stay in any case. "+
			"A gateway that others fetch history from says forever; storage.max still holds."),
	define("storage.replicas", func(c *Config) *int { return &c.Storage.Replicas }, countKind, between(0, 16),
		"How many other gateways keep each encrypted batch of this one. They cannot read it."),
	define("storage.replica_patience", func(c *Config) *Duration { return &c.Storage.ReplicaPatience }, durationKind, between(Duration(time.Minute), Duration(90*24*time.Hour)),
		"How long a gateway that keeps batches of this one may be away, or fail to show one, before another one gets them."),
	define("storage.replica_rate", func(c *Config) *Size { return &c.Storage.ReplicaRate }, sizeKind, between(32<<10, 1<<10*mib),
		"How many bytes a second may be sent for replicas, and as many received."),
	define("storage.max_devices", func(c *Config) *int { return &c.Storage.MaxDevices }, countKind, between(1, 1_000_000),
		"Devices that can be registered."),

	define("log.level", func(c *Config) *string { return &c.Log.Level }, textKind, oneOf("debug", "info", "warn", "error"),
		"The least important messages that are written."),
	define("log.format", func(c *Config) *string { return &c.Log.Format }, textKind, oneOf("text", "json"),
		"For people, or for a log collector."),
}
