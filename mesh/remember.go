package mesh

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

const (
	maxRemembered          = 256 // peers
	maxRememberedAddresses = 8   // of each
)

// rememberedKey is where the datastore keeps peers' addresses, one line each.
var rememberedKey = datastore.NewKey("/peers")

// remember keeps the addresses of a peer that is ready, for the next start. The one that we dialed comes first.
func (m *Mesh) remember(id peer.ID) {
	var addrs []ma.Multiaddr
	for _, conn := range m.host.Network().ConnsToPeer(id) {
		if conn.Stat().Direction == network.DirOutbound {
			addrs = append(addrs, conn.RemoteMultiaddr())
		}
	}
	for _, addr := range m.host.Peerstore().Addrs(id) {
		if !slices.ContainsFunc(addrs, addr.Equal) {
			addrs = append(addrs, addr)
		}
	}
	if len(addrs) == 0 {
		return
	}
	texts := fullAddresses(id, addrs[:min(len(addrs), maxRememberedAddresses)])
	m.mu.Lock()
	_, known := m.remembered[id]
	if !known && len(m.remembered) >= maxRemembered {
		m.mu.Unlock()
		return
	}
	m.remembered[id] = texts
	m.mu.Unlock()
	if m.cfg.Datastore == nil {
		return
	}
	if err := m.cfg.Datastore.Put(m.ctx, rememberedKey.ChildString(id.String()), []byte(strings.Join(texts, "\n"))); err != nil {
		m.log.Warn("cannot store the address of a peer; it will not be known after a restart", "peer", id, "err", err)
	}
}

// Remembered returns addresses of all peers that were ever ready, for Config.Remembered of the next start. A mesh with a
// Datastore keeps them itself.
func (m *Mesh) Remembered() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for _, texts := range m.remembered {
		all = append(all, texts...)
	}
	slices.Sort(all)
	return all
}

// recall makes candidates of the peers that are remembered. What cannot be read is left out: it only helps.
func (m *Mesh) recall(ctx context.Context) error {
	addresses := slices.Clone(m.cfg.Remembered)
	if m.cfg.Datastore != nil {
		results, err := m.cfg.Datastore.Query(ctx, query.Query{Prefix: rememberedKey.String(), Limit: maxRemembered})
		if err != nil {
			return fmt.Errorf("mesh: reading remembered peers: %w", err)
		}
		entries, err := results.Rest()
		if err != nil {
			return fmt.Errorf("mesh: reading remembered peers: %w", err)
		}
		for _, entry := range entries {
			addresses = append(addresses, strings.Split(string(entry.Value), "\n")...)
		}
	}
	for _, info := range m.readable(addresses) {
		info.Addrs = info.Addrs[:min(len(info.Addrs), maxRememberedAddresses)]
		m.remembered[info.ID] = fullAddresses(info.ID, info.Addrs)
		m.redial.add(info, false)
	}
	return nil
}

// readable groups the addresses that can be read by peer, as many as are remembered.
func (m *Mesh) readable(addresses []string) []peer.AddrInfo {
	good := slices.DeleteFunc(addresses, func(address string) bool {
		_, err := parseAddress(address)
		if err != nil {
			m.log.Warn("remembered address left out", "err", err)
		}
		return err != nil
	})
	infos, err := parseAddresses(good)
	if err != nil {
		return nil
	}
	return infos[:min(len(infos), maxRemembered)]
}

// isRemembered tells whether the peer was ready once. Such a peer is never given up: after a long cut of the network
// both sides must still look for each other.
func (m *Mesh) isRemembered(id peer.ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.remembered[id] != nil
}
