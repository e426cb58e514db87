package bench

import (
	"fmt"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/node/engine"
)

const (
	members   = 4
	perRound  = 16 // payload events of a member in a round
	beginning = 1_700_000_000_000
)

// stream makes the events of a busy network: four members whose transfers are ordered by their witness events.
type stream struct {
	network engine.Network
	signers []*dag.MemorySigner
	last    []dag.Verified // by member: its newest event
	witness []dag.ID       // by member: its newest witness event
	blocks  [][]byte       // all events, parents first
	spent   []uint64       // by member: its last account sequence
}

func signerOf(kind, n byte) *dag.MemorySigner { return dag.NewSigner([32]byte{kind, n, 42}) }

// newStream founds the network; the measured node is its fifth member, without a seat.
func newStream() (*stream, error) {
	s := &stream{last: make([]dag.Verified, members), witness: make([]dag.ID, members), spent: make([]uint64, members)}
	id := dag.NetworkID{'b', 'e', 'n', 'c', 'h'}
	var founders []engine.Founder
	for n := range byte(members + 1) {
		signer := signerOf('e', n)
		founder := engine.Founder{Balance: 1 << 40, Member: governance.Member{
			Name: fmt.Sprint("member-", n), Host: signerOf('h', n).Key(), Event: signer.Key(), Cosign: signerOf('c', n).Key(),
			Account: dag.AccountOf(signer.Key()),
		}}
		if n < members {
			s.signers = append(s.signers, signer)
			founder.Weight = 1
		}
		founders = append(founders, founder)
	}
	versions, err := engine.NewRules(id)
	if err != nil {
		return nil, err
	}
	parameters := governance.DefaultParameters()
	parameters.EpochRounds, parameters.EpochEvents = 1_000_000, 10_000_000 // the whole stream is of one epoch
	s.network, err = engine.Found(id, 0, founders, parameters, versions)
	return s, err
}

// make adds rounds until there are at least count events.
func (s *stream) make(count int) error {
	for round := uint64(1); len(s.blocks) < count; round++ {
		before := append([]dag.ID(nil), s.witness...)
		for m := range s.signers {
			if err := s.turn(m, round, before); err != nil {
				return err
			}
		}
	}
	return nil
}

// turn issues a member's events of one round: transfers, then the witness event, which sees the others' of the round before.
func (s *stream) turn(m int, round uint64, before []dag.ID) error {
	parents := []dag.ID{dag.FirstOrigin(s.network.ID).Root(0), dag.FirstOrigin(s.network.ID).Root(1)}
	if round > 1 {
		parents = parents[:0]
		for other := range before {
			if other != m {
				parents = append(parents, before[other])
			}
		}
	}
	for range perRound {
		s.spent[m]++
		to := dag.AccountOf(s.signers[(m+1)%members].Key())
		body, err := ledger.Transfer{To: to, Amount: 1, Sequence: s.spent[m]}.Encode()
		if err != nil {
			return err
		}
		if err := s.issue(m, max(1, round-1), parents[:2], ledger.KindTransfer, body); err != nil {
			return err
		}
	}
	if err := s.issue(m, round, parents, "", nil); err != nil {
		return err
	}
	s.witness[m] = s.last[m].ID()
	return nil
}

func (s *stream) issue(m int, round uint64, parents []dag.ID, kind string, body []byte) error {
	f := dag.Fields{
		Network: s.network.ID, Key: s.signers[m].Key(), Account: dag.AccountOf(s.signers[m].Key()), Seq: 1, Approves: parents,
		Time: beginning + uint64(len(s.blocks)), Epoch: 1, Round: round, Kind: kind, Body: body,
	}
	if prev := s.last[m].Event; prev != nil {
		f.Seq, f.Prev = prev.Seq()+1, prev.ID()
	}
	v, err := f.Sign(s.signers[m])
	if err != nil {
		return err
	}
	s.last[m] = v
	s.blocks = append(s.blocks, v.Block())
	return nil
}
