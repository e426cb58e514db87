package catchup

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/engine"
)

const fixtureTime = 1_700_000_000_000

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func signer(words string, n int) *dag.MemorySigner {
	return dag.NewSigner(sha256.Sum256(fmt.Appendf(nil, "%s %d", words, n)))
}

// ledgerOf is a network with some sealed epochs. Its committee has four members and changes by one with every second epoch.
type ledgerOf struct {
	shape
	network   engine.Network
	committee proof.Committee // of the epoch after the newest end
	log       proof.Log
	ends      []*engine.Snapshot // of epochs 1, 2 ...
}

// shape says how large a ledger is.
type shape struct {
	id       byte
	epochs   int
	accounts int
	values   []int // lengths of values of a module
	history  byte  // another one has other seals
}

func newLedger(tb testing.TB, s shape) *ledgerOf {
	tb.Helper()
	l := &ledgerOf{shape: s}
	id := dag.NetworkID{s.id, 7}
	versions, err := engine.NewRules(id)
	must(tb, err)
	genesis := l.state(tb, 1)
	first, err := (&engine.Network{ID: id, Genesis: genesis, Versions: versions}).Next(genesis)
	must(tb, err)
	l.network, l.committee = *first, first.Cosigners
	for range s.epochs {
		l.seal(tb)
	}
	return l
}

// state returns the state with which an epoch begins.
func (l *ledgerOf) state(tb testing.TB, epoch int) *ledger.State {
	tb.Helper()
	var accounts []ledger.GenesisAccount
	for n := range l.accounts {
		a := ledger.GenesisAccount{Balance: uint64(n)}
		binary.BigEndian.PutUint64(a.Account[8:], uint64(n)+1)
		accounts = append(accounts, a)
	}
	var members []governance.Member
	for n := range 4 {
		n += (epoch - 1) / 2
		event := signer("event", n).Key()
		members = append(members, governance.Member{
			Name: fmt.Sprint("m", n), Host: signer("host", n).Key(), Event: event, Cosign: signer("cosign", n).Key(),
			Account: dag.AccountOf(event), Weight: 1,
		})
		accounts = append(accounts, ledger.GenesisAccount{Account: dag.AccountOf(event), Balance: 5, Keys: []dag.Key{event}})
	}
	entries, err := governance.Genesis(members, governance.DefaultParameters())
	must(tb, err)
	s, err := ledger.Genesis(accounts, entries...)
	must(tb, err)
	s = withValues(tb, s, l.values)
	for range epoch - 1 {
		s = l.network.Rules.Seal(s)
	}
	return s
}

// withValues adds entries of a module to a state.
func withValues(tb testing.TB, s *ledger.State, lengths []int) *ledger.State {
	tb.Helper()
	if len(lengths) == 0 {
		return s
	}
	s, err := ledger.Load(func(yield func(key, value []byte) bool) {
		for key, value := range s.Entries() {
			if !yield(key, value) {
				return
			}
		}
		for i, n := range lengths {
			if !yield(ledger.EntryKey("blob", binary.BigEndian.AppendUint64(nil, uint64(i))), make([]byte, n)) {
				return
			}
		}
	})
	must(tb, err)
	return s
}

// seal ends another epoch.
func (l *ledgerOf) seal(tb testing.TB) {
	tb.Helper()
	epoch := len(l.ends) + 1
	var chain proof.Chain
	if epoch > 1 {
		chain = l.end(epoch - 1).Chain
	}
	state := l.state(tb, epoch+1)
	next, err := l.network.Next(state)
	must(tb, err)
	_, err = l.log.Append(sha256.Sum256(fmt.Appendf(nil, "leaf of epoch %d", epoch)))
	must(tb, err)
	seal, _, err := proof.NewSeal(&l.log, proof.SealLeaf{
		Epoch: uint64(epoch), Leader: dag.ID{byte(epoch), l.history}, Number: 10 * uint64(epoch), Time: fixtureTime, State: state.Root(),
		Committee: next.Cosigners.Hash(), Version: 1,
	})
	must(tb, err)
	certificate, err := proof.NewCertificate(seal, sign(tb, l.committee, seal.Head), l.committee, next.Cosigners)
	must(tb, err)
	l.ends = append(l.ends, &engine.Snapshot{Seal: seal, Chain: append(slices.Clone(chain), certificate), State: state})
	l.committee = next.Cosigners
}

// sign returns the checkpoint of all members but the first.
func sign(tb testing.TB, committee proof.Committee, head proof.TreeHead) proof.SignedCheckpoint {
	tb.Helper()
	collector, err := proof.NewCollector(committee)
	must(tb, err)
	for _, m := range committee.Members[1:] {
		number, err := strconv.Atoi(strings.TrimPrefix(m.Name, "m"))
		must(tb, err)
		v, err := proof.Cosign(signer("cosign", number), committee, proof.TreeHead{}, head, fixtureTime)
		must(tb, err)
		_, err = collector.Add(v)
		must(tb, err)
	}
	signed, ok := collector.Latest()
	if !ok {
		tb.Fatal("no quorum")
	}
	return signed
}

func (l *ledgerOf) end(epoch int) *engine.Snapshot { return l.ends[epoch-1] }

func (l *ledgerOf) start() Start { return Start{Committee: l.network.Cosigners} }
