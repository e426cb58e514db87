package dag

import (
	"crypto/sha256"
	"encoding/binary"
)

// FirstEpoch is the number of a network's first epoch.
const FirstEpoch = 1

// Origin is what the graph of one epoch begins with. Every epoch has a graph of its own, with two roots that all its events rest
// on; so an event's cone lies inside its epoch, and an epoch that is over can be dropped whole. Since the roots' ids are made
// from the seal that ended the epoch before, nobody can put an event on another past than the one it was issued for.
type Origin struct {
	Network NetworkID
	Epoch   uint64   // from FirstEpoch
	Seal    [32]byte // names how the epoch before ended: the hash of its seal leaf in the transparency log; zero in the first epoch
}

// FirstOrigin returns what the first epoch of a network begins with.
func FirstOrigin(network NetworkID) Origin { return Origin{Network: network, Epoch: FirstEpoch} }

// Root returns the id of root n (from 0): the SHA-256 of "lot/root/v2\n", the network id, the epoch as 8 bytes, big endian, the
// seal and the byte n.
func (o Origin) Root(n int) ID {
	b := append([]byte("lot/root/v2\n"), o.Network[:]...)
	b = binary.BigEndian.AppendUint64(b, o.Epoch)
	b = append(b, o.Seal[:]...)
	return sha256.Sum256(append(b, byte(n)))
}
