package bootstrap

import (
	"crypto/sha256"

	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/dag"
)

// genesisPrefix precedes the canonical form under the hash, so that no other hash of Lot can equal a network id.
const genesisPrefix = "lot/genesis/v2\n"

type genesisWire struct {
	Version    uint64            `cbor:"v"`
	Name       string            `cbor:"name"`
	Created    uint64            `cbor:"created"`
	Parameters map[string]uint64 `cbor:"params"`
	Members    []memberWire      `cbor:"members"`
}

type memberWire struct {
	Name    string `cbor:"name"`
	Host    []byte `cbor:"host"`
	Event   []byte `cbor:"event"`
	Cosign  []byte `cbor:"cosign"`
	Account []byte `cbor:"account"`
	Weight  uint64 `cbor:"weight"`
	Balance uint64 `cbor:"balance"`
}

// canonical encodes a manifest whose members are sorted and resolved. The form is dag-cbor (definite lengths, shortest
// integers, map keys sorted by length and then by bytes: https://ipld.io/specs/codecs/dag-cbor/spec/), a map of five:
//
//	v        2
//	name     text
//	created  integer, ms since the Unix epoch
//	params   map of every parameter by its TOML key to its integer, those left out with their defaults
//	members  list in rising order of event, each a map of name (text), host (bytes of the peer id, a multihash),
//	         event, cosign, account (32 bytes each; account is resolved), weight, balance (integers)
//
// So layout, comments, order of members and spelled-out defaults of the TOML make no difference.
func (m *Manifest) canonical() []byte {
	w := genesisWire{
		Version: Version, Name: m.Name, Created: m.Created,
		Parameters: make(map[string]uint64, len(parameters)), Members: make([]memberWire, len(m.Members)),
	}
	for _, parameter := range parameters {
		w.Parameters[parameter.key] = *parameter.field(&m.Parameters)
	}
	for i := range m.Members {
		member := &m.Members[i]
		w.Members[i] = memberWire{
			Name: member.Name, Host: []byte(member.Host), Event: member.Event[:], Cosign: member.Cosign[:],
			Account: member.Account[:], Weight: member.Weight, Balance: member.Balance,
		}
	}
	encoded, err := canonicalMode.Marshal(w)
	if err != nil { // text, integers and bytes always encode
		panic(err)
	}
	return encoded
}

// id returns the network id, SHA-256("lot/genesis/v2\n" || canonical).
func (m *Manifest) id() dag.NetworkID {
	return sha256.Sum256(append([]byte(genesisPrefix), m.canonical()...))
}

var canonicalMode = func() cbor.EncMode {
	mode, err := cbor.EncOptions{Sort: cbor.SortLengthFirst, IndefLength: cbor.IndefLengthForbidden}.EncMode()
	if err != nil { // only a mistake in the line above
		panic(err)
	}
	return mode
}()
