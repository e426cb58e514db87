package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/sim/scenario"
)

// epochStart is the time of the run's start by a clock that is right: 2026-01-01 00:00:00 UTC, in ms since the Unix epoch.
const epochStart = 1_767_225_600_000

// founding is a network that is about to start: what all its nodes agree on, and who they are.
type founding struct {
	network engine.Network
	members []governance.Member // by node, those who join later included: names and keys
	selves  []engine.Self       // by node; Random is set when a node starts
	supply  uint64              // of all founders together, base units
	names   []string            // by node: its peer id, which is its number
	issuers map[dag.Key]uint32  // nodes by their event keys
}

// found makes the keys, the committee and the genesis of a scenario's network. All of it follows from the seed. Those in later come by
// themselves, and are no founders.
func found(s *scenario.Scenario, later map[int]bool) (*founding, error) {
	f := &founding{issuers: make(map[dag.Key]uint32, s.Network.Nodes)}
	id := dag.NetworkID(secret(s.Seed, "network", 0))
	founders := make([]engine.Founder, 0, s.Network.Nodes)
	for i := range s.Network.Nodes {
		self := identity(s.Seed, i)
		m := governance.Member{
			Name: "node" + strconv.Itoa(i), Host: hostSigner(s.Seed, i).Key(), Event: self.Signer.Key(), Cosign: cosigner(s.Seed, i).Key(),
			Account: self.Account,
		}
		if i < s.Network.Committee {
			m.Weight = weightOf(s, i)
		}
		if !later[i] {
			founders = append(founders, engine.Founder{Balance: s.Network.Balance, Member: m})
			f.supply += s.Network.Balance
		}
		f.members, f.selves, f.issuers[m.Event] = append(f.members, m), append(f.selves, self), uint32(i)
		f.names = append(f.names, strconv.Itoa(i))
	}
	versions, err := versionsOf(id)
	if err != nil {
		return nil, err
	}
	if f.network, err = engine.Found(id, epochStart, founders, parametersOf(s), versions); err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	return f, nil
}

// parametersOf returns the parameters that a scenario's network is born with.
func parametersOf(s *scenario.Scenario) governance.Parameters {
	p, n := governance.DefaultParameters(), &s.Network
	p.Approvals, p.MaxEventRate, p.Pace, p.ClockDrift = uint64(n.Approvals), n.MaxRate, n.Pace.Milliseconds(), maxDrift
	p.EpochRounds, p.EpochEvents, p.Admissions = n.EpochRounds, n.EpochEvents, n.Admissions
	return p
}

// versionsOf returns the protocol versions that simulated nodes know: those of the program, and the later ones with the newest rules.
func versionsOf(id dag.NetworkID) (map[uint64]*ledger.Rules, error) {
	versions, err := engine.NewRules(id)
	if err != nil {
		return nil, err
	}
	newest := versions[1]
	for v := uint64(1); v <= scenario.MaxVersion; v++ {
		if rules, ok := versions[v]; ok {
			newest = rules
		}
		versions[v] = newest
	}
	return versions, nil
}

// maxDrift is by how many ms a reading's time may differ from the gateway's clock.
const maxDrift = 300_000

func weightOf(s *scenario.Scenario, member int) uint64 {
	if len(s.Network.Weights) == 0 {
		return 1
	}
	return s.Network.Weights[member]
}

// identity makes the keys of a node. Any node may be given a seat, so each has a key for checkpoints.
func identity(seed uint64, node int) engine.Self {
	signer := dag.NewSigner(secret(seed, "event", node))
	batch := secret(seed, "batch", node)
	return engine.Self{
		Signer: signer, Account: dag.AccountOf(signer.Key()), Cosigner: cosigner(seed, node),
		BatchKey: func(root [32]byte) [32]byte { return sha256.Sum256(append(batch[:], root[:]...)) },
	}
}

func cosigner(seed uint64, node int) *dag.MemorySigner {
	return dag.NewSigner(secret(seed, "cosign", node))
}

func hostSigner(seed uint64, node int) *dag.MemorySigner {
	return dag.NewSigner(secret(seed, "host", node))
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
