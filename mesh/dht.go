package mesh

import (
	"context"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/namespace"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	record "github.com/libp2p/go-libp2p-record"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// newDHT builds the network's own Kademlia table. Only members are in it: kad-dht has no defence of its own against many
// ids around a key (CVE-2023-26248), so admission is ours.
func newDHT(h host.Host, c Config, gate *gater) (*dht.IpfsDHT, error) {
	validators := make(record.NamespacedValidator, len(c.RecordValidators))
	for namespace, validator := range c.RecordValidators {
		validators[namespace] = validator
	}
	options := []dht.Option{
		dht.ProtocolPrefix(protocol.ID(names{c.Network}.prefix())),
		dht.Mode(dhtMode(c.DHTMode)),
		dht.Validator(validators),
		dht.QueryFilter(func(_ any, info peer.AddrInfo) bool { return gate.admits(info.ID) }),
		dht.RoutingTableFilter(func(_ any, id peer.ID) bool { return gate.admits(id) }),
	}
	// What is off is not kept for others either.
	if len(c.RecordValidators) == 0 {
		options = append(options, dht.DisableValues())
	}
	if !c.Providers {
		options = append(options, dht.DisableProviders())
	}
	if c.Datastore != nil {
		options = append(options, dht.Datastore(namespace.Wrap(c.Datastore, datastore.NewKey("/dht"))))
	}
	table, err := dht.New(h, options...)
	if err != nil {
		return nil, fmt.Errorf("mesh: building DHT: %w", err)
	}
	return table, nil
}

// dhtMode maps our modes: on loopback and in a closed network nobody tells a host whether it can be reached, and then a
// member must answer lookups, else nobody would.
func dhtMode(mode DHTMode) dht.ModeOpt {
	switch mode {
	case DHTServer:
		return dht.ModeServer
	case DHTClient:
		return dht.ModeClient
	default:
		return dht.ModeAutoServer
	}
}

// PutRecord stores a value under /<namespace>/<key> with the members nearest to the key. The namespace's validator must
// accept it. Members keep it for 48 hours at most: put it again in time. Without Config.RecordValidators it is ErrOff.
func (m *Mesh) PutRecord(ctx context.Context, key string, value []byte) error {
	if len(m.cfg.RecordValidators) == 0 {
		return fmt.Errorf("%w: storing record %q without Config.RecordValidators", ErrOff, key)
	}
	if err := m.dht.PutValue(ctx, key, value); err != nil {
		return fmt.Errorf("mesh: storing record %q: %w", key, err)
	}
	return nil
}

// GetRecord returns the best value that the namespace's validator finds among those of the members nearest to the key.
// Without Config.RecordValidators it is ErrOff.
func (m *Mesh) GetRecord(ctx context.Context, key string) ([]byte, error) {
	if len(m.cfg.RecordValidators) == 0 {
		return nil, fmt.Errorf("%w: looking for record %q without Config.RecordValidators", ErrOff, key)
	}
	value, err := m.dht.GetValue(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("mesh: looking for record %q: %w", key, err)
	}
	return value, nil
}

// Provide tells the members nearest to the content id that we have the block, for 48 hours; repeat it after 22.
// Without Config.Providers it is ErrOff.
func (m *Mesh) Provide(ctx context.Context, id cid.Cid) error {
	if !m.cfg.Providers {
		return fmt.Errorf("%w: providing %s without Config.Providers", ErrOff, id)
	}
	if err := m.dht.Provide(ctx, id, true); err != nil {
		return fmt.Errorf("mesh: providing %s: %w", id, err)
	}
	return nil
}

// FindProviders returns the ids of at most limit members that have said they have the block; 0 means all that are found.
// Without Config.Providers it is ErrOff.
func (m *Mesh) FindProviders(ctx context.Context, id cid.Cid, limit int) ([]string, error) {
	if !m.cfg.Providers {
		return nil, fmt.Errorf("%w: looking for providers of %s without Config.Providers", ErrOff, id)
	}
	var providers []string
	for info := range m.dht.FindProvidersAsync(ctx, id, limit) {
		providers = append(providers, info.ID.String())
	}
	if err := ctx.Err(); err != nil && len(providers) == 0 {
		return nil, fmt.Errorf("mesh: looking for providers of %s: %w", id, err)
	}
	return providers, nil
}
