package engine

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
)

// ErrTooOld says that the network has gone on to a protocol version that this program does not know. It must stop: it could only
// compute what the others do not.
var ErrTooOld = errors.New("this program is too old for the network")

// Network is what all nodes of a network agree on in one epoch: in the first as its genesis says, later as the state does with which
// the epoch begins.
type Network struct {
	ID        dag.NetworkID
	Epoch     uint64                  // from dag.FirstEpoch
	Version   uint64                  // of the protocol, which says what the rules are
	Approvals int                     // how many events a payload event approves at most
	Members   map[dag.Key]dag.Account // every key that may issue events from the start, and the account born with it
	Hosts     map[dag.Key]dag.Key     // the members' event keys by their host keys
	Names     map[dag.Key]string      // the members' names by their event keys
	Committee *finality.Committee     // those whose events vote
	Cosigners proof.Committee         // the same members with their checkpoint keys, for checkpoints
	Rules     *ledger.Rules           // of Version
	Genesis   *ledger.State           // what the first epoch begins with
	MaxDrift  uint64                  // ms by which a reading's time may be ahead of the gateway's clock
	MaxAge    uint64                  // ms by which it may be behind, for devices that store and forward
	MaxRate   uint64                  // events per second that a key may issue; peers do not forward more
	Pace      uint64                  // ms between a member's events; 0 to choose by committee size

	EpochRounds uint64 // rounds after which an epoch is sealed; 0 for never
	EpochEvents uint64 // ordered events after which it is; 0 for never
	Admissions  uint64 // how many newcomers a member may admit in an epoch

	Versions map[uint64]*ledger.Rules // the protocol versions that this program knows
}

// Founder is a member that a network is born with.
type Founder struct {
	governance.Member
	Balance uint64 // what its account gets, in base units
}

// Found returns a network as it is born, at a time in ms since the Unix epoch from which ledger time goes on. versions has the rules of
// the protocol versions that the program knows.
func Found(id dag.NetworkID, created uint64, founders []Founder, p governance.Parameters, versions map[uint64]*ledger.Rules) (Network, error) {
	members := make([]governance.Member, len(founders))
	accounts := make([]ledger.GenesisAccount, len(founders))
	for i, f := range founders {
		members[i] = f.Member
		accounts[i] = ledger.GenesisAccount{Account: f.Account, Balance: f.Balance, Keys: []dag.Key{f.Event}}
	}
	entries, err := governance.Genesis(members, p)
	if err != nil {
		return Network{}, err
	}
	genesis, err := ledger.Genesis(accounts, entries...)
	if err != nil {
		return Network{}, err
	}
	genesis = genesis.BornAt(created)
	n := &Network{ID: id, Genesis: genesis, Versions: versions}
	if n, err = n.Next(genesis); err != nil {
		return Network{}, err
	}
	return *n, nil
}

// Next returns what holds in the epoch that begins with a state. The error wraps ErrTooOld if the rules of its version are not known.
func (n *Network) Next(s *ledger.State) (*Network, error) {
	next, err := n.terms(s)
	if err != nil {
		return nil, err
	}
	if next.Rules == nil {
		return nil, fmt.Errorf("%w: epoch %d runs under version %d of the protocol, this program knows up to %d: install a newer one",
			ErrTooOld, next.Epoch, next.Version, newest(n.Versions))
	}
	return next, nil
}

// terms is Next, but for an epoch whose rules need not be known.
func (n *Network) terms(s *ledger.State) (*Network, error) {
	terms, err := governance.Read(s)
	if err != nil {
		return nil, fmt.Errorf("engine: members and parameters: %w", err)
	}
	p := &terms.Parameters
	next := &Network{
		ID: n.ID, Genesis: n.Genesis, Versions: n.Versions, Epoch: terms.Epoch, Version: p.Version, Rules: n.Versions[p.Version],
		Approvals: int(p.Approvals), MaxDrift: p.ClockDrift, MaxAge: p.ClockDrift, MaxRate: p.MaxEventRate, Pace: p.Pace,
		EpochRounds: p.EpochRounds, EpochEvents: p.EpochEvents, Admissions: p.Admissions,
		Members: make(map[dag.Key]dag.Account, len(terms.Members)), Hosts: make(map[dag.Key]dag.Key, len(terms.Members)),
		Names:     make(map[dag.Key]string, len(terms.Members)),
		Cosigners: proof.Committee{Network: n.ID, Epoch: terms.Epoch},
	}
	var seats []finality.Member
	for _, m := range terms.Members {
		next.Members[m.Event], next.Hosts[m.Host], next.Names[m.Event] = m.Account, m.Event, m.Name
		if m.Weight > 0 {
			seats = append(seats, finality.Member{Name: m.Name, Key: m.Event, Weight: m.Weight})
			next.Cosigners.Members = append(next.Cosigners.Members, proof.Member{Name: m.Name, Weight: m.Weight, Cosign: m.Cosign})
		}
	}
	if next.Committee, err = finality.NewCommittee(seats); err != nil {
		return nil, fmt.Errorf("engine: epoch %d: %w", terms.Epoch, err)
	}
	if err := next.Cosigners.Validate(); err != nil {
		return nil, fmt.Errorf("engine: epoch %d: %w", terms.Epoch, err)
	}
	return next, nil
}

// newest returns the highest version that is known.
func newest(versions map[uint64]*ledger.Rules) (highest uint64) {
	for v := range versions { // order does not matter
		highest = max(highest, v)
	}
	return highest
}

// NewRules returns the rules of a protocol version of a network: every module of the ledger.
func NewRules(id dag.NetworkID) (map[uint64]*ledger.Rules, error) {
	first, err := ledger.NewRules(ledger.Anchors{}, ledger.Devices{}, governance.Module{Network: id})
	if err != nil {
		return nil, err
	}
	return map[uint64]*ledger.Rules{1: first}, nil
}

// changePending reports whether an accepted change waits for the end of the epoch.
func changePending(s *ledger.State) bool { return governance.Pending(s) }
