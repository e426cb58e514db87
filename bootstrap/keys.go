package bootstrap

import (
	"fmt"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/ledgerofthings/lot/dag"
)

// PeerID returns the libp2p peer id of an Ed25519 host key.
func PeerID(host dag.Key) (peer.ID, error) {
	public, err := crypto.UnmarshalEd25519PublicKey(host[:])
	if err != nil {
		return "", err
	}
	return peer.IDFromPublicKey(public)
}

// HostKey returns the Ed25519 key that a peer id holds. Ids of other key types hold only a hash or are not used in Lot; they are
// refused.
func HostKey(id peer.ID) (dag.Key, error) {
	public, err := id.ExtractPublicKey()
	if err != nil || public.Type() != crypto.Ed25519 {
		return dag.Key{}, fmt.Errorf("peer id %s: not of an Ed25519 key; it begins with 12D3KooW", id)
	}
	raw, err := public.Raw()
	if err != nil {
		return dag.Key{}, fmt.Errorf("peer id %s: %w", id, err)
	}
	return dag.Key(raw), nil
}
