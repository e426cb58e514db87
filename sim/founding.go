package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// epochStart is the time of the run's start by a clock that is right: 2026-01-01 00:00:00 UTC, in ms since the Unix epoch.
const epochStart = 1_767_225_600_000

// founding is a network that is about to start: what all its nodes agree on, and who they are.
type founding struct {
	network engine.Network
	selves  []engine.Self      // by node; Random is set when a node starts
	names   []string           // by node: its peer id, which is its number
	issuers map[dag.Key]uint32 // nodes by their event keys
}

// found makes the keys, the committee and the genesis of a scenario's network. All of it follows from the seed.
func found(s *scenario.Scenario) (*founding, error) {
	f := &founding{issuers: make(map[dag.Key]uint32, s.Network.Nodes)}
	id := dag.NetworkID(secret(s.Seed, "network", 0))
	founders := make([]engine.Founder, 0, s.Network.Nodes)
	for i := range s.Network.Nodes {
		self := identity(s.Seed, i, i < s.Network.Committee)
		key := self.Signer.Key()
		founder := engine.Founder{Balance: s.Network.Balance, Member: governance.Member{
			Name: "node" + strconv.Itoa(i), Host: dag.NewSigner(secret(s.Seed, "host", i)).Key(), Event: key,
			Cosign: dag.NewSigner(secret(s.Seed, "cosign", i)).Key(), Account: self.Account,
		}}
		if i < s.Network.Committee {
			founder.Weight = weightOf(s, i)
		}
		founders = append(founders, founder)
		f.selves, f.issuers[key] = append(f.selves, self), uint32(i)
		f.names = append(f.names, strconv.Itoa(i))
	}
	versions, err := engine.NewRules(id)
	if err != nil {
		return nil, err
	}
	parameters := governance.DefaultParameters()
	parameters.Approvals, parameters.MaxEventRate = uint64(s.Network.Approvals), s.Network.MaxRate
	parameters.Pace, parameters.ClockDrift = s.Network.Pace.Milliseconds(), maxDrift
	if f.network, err = engine.Found(id, founders, parameters, versions); err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	return f, nil
}

// maxDrift is by how many ms a reading's time may differ from the gateway's clock.
const maxDrift = 300_000

func weightOf(s *scenario.Scenario, member int) uint64 {
	if len(s.Network.Weights) == 0 {
		return 1
	}
	return s.Network.Weights[member]
}

// identity makes the keys of a node.
func identity(seed uint64, node int, member bool) engine.Self {
	signer := dag.NewSigner(secret(seed, "event", node))
	batch := secret(seed, "batch", node)
	self := engine.Self{
		Signer: signer, Account: dag.AccountOf(signer.Key()),
		BatchKey: func(root [32]byte) [32]byte { return sha256.Sum256(append(batch[:], root[:]...)) },
	}
	if member {
		self.Cosigner = dag.NewSigner(secret(seed, "cosign", node))
	}
	return self
}

// secret derives the n-th secret of a kind from the seed.
func secret(seed uint64, kind string, n int) [32]byte {
	b := binary.BigEndian.AppendUint64([]byte("lot/simulation/"+kind+"/v1\n"), seed)
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(n)))
}

// source returns the randomness of a kind and number: a stream of its own that nothing else draws from.
func source(seed uint64, kind string, n int) *rand.Rand {
	s := secret(seed, "random/"+kind, n)
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(s[:8]), binary.BigEndian.Uint64(s[8:16])))
}
