package bootstrap

import (
	"crypto/ed25519"
	"encoding/hex"
	"testing"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/ledgerofthings/lot/dag"
)

func TestHostKeys(t *testing.T) {
	seed := [32]byte{1, 2, 3}
	private, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	want := dag.NewSigner(seed).Key()
	id, err := peer.IDFromPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := PeerID(want); err != nil || got != id {
		t.Errorf("peer id %s, %v; libp2p says %s", got, err, id)
	}
	if got, err := HostKey(id); err != nil || got != want {
		t.Errorf("key %s, %v; want %s", got, err, want)
	}
}

// The eight points of small order in their canonical encodings, and bytes that are no point.
func TestCheckKeyRefuses(t *testing.T) {
	for _, text := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"0200000000000000000000000000000000000000000000000000000000000000",
		"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := dag.Key(raw).Check(); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
	if err := signer(1, 'e').Key().Check(); err != nil {
		t.Error(err)
	}
}
