package mesh

import (
	"crypto/ed25519"
	"fmt"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// PeerID gives the text form of the libp2p peer id that belongs to a 32-byte Ed25519 public key. It is how a peer is
// named everywhere in this package.
func PeerID(public []byte) (string, error) {
	if len(public) != ed25519.PublicKeySize {
		return "", fmt.Errorf("mesh: a host key has %d bytes, not %d", ed25519.PublicKeySize, len(public))
	}
	key, err := crypto.UnmarshalEd25519PublicKey(public)
	if err != nil {
		return "", fmt.Errorf("mesh: reading host key: %w", err)
	}
	id, err := peer.IDFromPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("mesh: naming host key: %w", err)
	}
	return id.String(), nil
}

// PublicKey is the inverse of PeerID. It fails for ids of other key types.
func PublicKey(id string) ([]byte, error) {
	decoded, err := peer.Decode(id)
	if err != nil {
		return nil, fmt.Errorf("mesh: %q is no peer id: %w", id, err)
	}
	key, err := decoded.ExtractPublicKey()
	if err != nil {
		return nil, fmt.Errorf("mesh: peer id %q holds no key: %w", id, err)
	}
	if key.Type() != crypto.Ed25519 {
		return nil, fmt.Errorf("mesh: peer id %q is of a %s key, not Ed25519", id, key.Type())
	}
	return key.Raw()
}

// ParseAddress checks a dialable address, a multiaddr that ends in /p2p/<peer id> such as
// /ip4/192.0.2.7/udp/4700/quic-v1/p2p/12D3..., and returns the peer id in it.
func ParseAddress(address string) (string, error) {
	info, err := parseAddress(address)
	if err != nil {
		return "", err
	}
	return info.ID.String(), nil
}

// parseAddress reads a dialable address.
func parseAddress(address string) (peer.AddrInfo, error) {
	info, err := peer.AddrInfoFromString(address)
	if err != nil {
		return peer.AddrInfo{}, fmt.Errorf("address %q: %w (expected e.g. /ip4/192.0.2.7/tcp/4700/p2p/<peer id>)", address, err)
	}
	if len(info.Addrs) == 0 {
		return peer.AddrInfo{}, fmt.Errorf("address %q names a peer but no place to dial", address)
	}
	return *info, nil
}

// parseAddresses reads many and groups them by peer, in order of first appearance.
func parseAddresses(addresses []string) ([]peer.AddrInfo, error) {
	var infos []peer.AddrInfo
	place := make(map[peer.ID]int)
	for _, address := range addresses {
		info, err := parseAddress(address)
		if err != nil {
			return nil, err
		}
		i, known := place[info.ID]
		if !known {
			place[info.ID] = len(infos)
			infos = append(infos, info)
			continue
		}
		infos[i].Addrs = append(infos[i].Addrs, info.Addrs...)
	}
	return infos, nil
}

// fullAddresses writes addresses of one peer with its id at the end.
func fullAddresses(id peer.ID, addrs []ma.Multiaddr) []string {
	suffix, err := ma.NewComponent("p2p", id.String())
	if err != nil {
		return nil
	}
	texts := make([]string, 0, len(addrs))
	for _, addr := range addrs {
		texts = append(texts, addr.Encapsulate(suffix.Multiaddr()).String())
	}
	return texts
}
