package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
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
	n := &f.network
	n.ID = dag.NetworkID(secret(s.Seed, "network", 0))
	n.Approvals, n.MaxRate = s.Network.Approvals, s.Network.MaxRate
	n.Pace = s.Network.Pace.Milliseconds()
	n.MaxDrift, n.MaxAge = maxDrift, maxDrift
	n.Members = make(map[dag.Key]dag.Account, s.Network.Nodes)
	n.Cosigners = proof.Committee{Network: n.ID}
	var seats []finality.Member
	accounts := make([]ledger.GenesisAccount, 0, s.Network.Nodes)
	for i := range s.Network.Nodes {
		self := identity(s.Seed, i, i < s.Network.Committee)
		key := self.Signer.Key()
		n.Members[key] = self.Account
		accounts = append(accounts, ledger.GenesisAccount{Account: self.Account, Balance: s.Network.Balance, Keys: []dag.Key{key}})
		if i < s.Network.Committee {
			name, weight := "node"+strconv.Itoa(i), weightOf(s, i)
			seats = append(seats, finality.Member{Name: name, Key: key, Weight: weight})
			n.Cosigners.Members = append(n.Cosigners.Members, proof.Member{Name: name, Weight: weight, Cosign: self.Cosigner.Key()})
		}
		f.selves, f.issuers[key] = append(f.selves, self), uint32(i)
		f.names = append(f.names, strconv.Itoa(i))
	}
	var err error
	if n.Committee, err = finality.NewCommittee(seats); err != nil {
		return nil, fmt.Errorf("network.committee: %w", err)
	}
	if n.Rules, err = ledger.NewRules(ledger.Anchors{}, ledger.Devices{}); err != nil {
		return nil, err
	}
	if n.Genesis, err = ledger.Genesis(accounts); err != nil {
		return nil, fmt.Errorf("network.balance: %w", err)
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
