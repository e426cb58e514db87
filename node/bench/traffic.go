package bench

import (
	"encoding/binary"
	"fmt"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

const (
	trafficIssuers = 15 // members besides the gateway that issue events
	trafficRows    = 4  // events that each of them issues in a turn, one of which is a transfer and the others anchors
)

// traffic issues the events of a network's other members for a gateway that takes them all: turn by turn, each member some.
type traffic struct {
	origin   dag.Origin // of the epoch's graph
	issuers  []*issuer
	accounts uint64   // how many different ones are paid, in turn
	paid     uint64   // transfers so far
	anchored uint64   // anchors so far
	before   []dag.ID // the last row, by issuer; nil if nothing of the epoch was issued
}

// issuer is a member with the end of its chain.
type issuer struct {
	signer   *dag.MemorySigner
	account  dag.Account
	seq      uint64
	last     dag.ID
	sequence uint64 // of its account
}

// trafficMembers returns the members that issue, for the genesis.
func trafficMembers(balance uint64) (list []bootstrap.Member, err error) {
	for n := range byte(trafficIssuers) {
		card, err := bootstrap.NewCard(fmt.Sprint("issuer-", n), signerOf('h', n), signerOf('e', n), signerOf('c', n))
		if err != nil {
			return nil, err
		}
		member, err := card.Member(0, balance)
		if err != nil {
			return nil, err
		}
		list = append(list, member)
	}
	return list, nil
}

func newTraffic(accounts int) *traffic {
	t := &traffic{accounts: uint64(accounts)}
	for n := range byte(trafficIssuers) {
		signer := signerOf('e', n)
		t.issuers = append(t.issuers, &issuer{signer: signer, account: dag.AccountOf(signer.Key())})
	}
	return t
}

// enter begins with an epoch: chains begin anew, account sequences go on where the ledger is.
func (t *traffic) enter(origin dag.Origin, state *ledger.State) {
	t.origin, t.before = origin, nil
	for _, i := range t.issuers {
		account, _ := state.Account(i.account)
		i.seq, i.last, i.sequence = 0, dag.ID{}, account.Sequence
	}
}

// turn issues each member's events of a turn, parents first. They approve two of the row before and those of the last row one another,
// so that one event sees them all; the first of an epoch approve its roots.
func (t *traffic) turn(now uint64) (list []dag.Verified, err error) {
	for row := range trafficRows {
		var ids []dag.ID
		for n, i := range t.issuers {
			approves := t.approved(n)
			if row == trafficRows-1 && n > 0 {
				approves[0] = ids[n-1]
			}
			v, err := t.issue(i, now, row, approves)
			if err != nil {
				return nil, err
			}
			list, ids = append(list, v), append(ids, v.ID())
		}
		t.before = ids
	}
	return list, nil
}

// approved returns two events of the row before, by the issuers after the n-th.
func (t *traffic) approved(n int) [2]dag.ID {
	if t.before == nil {
		return [2]dag.ID{t.origin.Root(0), t.origin.Root(1)}
	}
	return [2]dag.ID{t.before[(n+1)%len(t.before)], t.before[(n+2)%len(t.before)]}
}

func (t *traffic) issue(i *issuer, now uint64, row int, approves [2]dag.ID) (v dag.Verified, err error) {
	if approves[0].Compare(approves[1]) > 0 {
		approves[0], approves[1] = approves[1], approves[0]
	}
	f := dag.Fields{
		Network: t.origin.Network, Key: i.signer.Key(), Account: i.account, Seq: i.seq + 1, Prev: i.last, Approves: approves[:], Time: now,
		Epoch: t.origin.Epoch, Kind: ledger.KindAnchor,
	}
	if row == 0 {
		f.Kind = ledger.KindTransfer
		f.Body, err = t.transfer(i)
	} else {
		f.Body, err = t.anchor(now)
	}
	if err != nil {
		return v, err
	}
	if v, err = f.Sign(i.signer); err == nil {
		i.seq, i.last = f.Seq, v.ID()
	}
	return v, err
}

func (t *traffic) transfer(i *issuer) ([]byte, error) {
	i.sequence++
	return ledger.Transfer{To: t.payee(), Amount: 1, Sequence: i.sequence}.Encode()
}

// payee returns whom to pay next.
func (t *traffic) payee() (a dag.Account) {
	t.paid++
	binary.BigEndian.PutUint64(a[:], t.paid%t.accounts+1)
	return a
}

func (t *traffic) anchor(now uint64) ([]byte, error) {
	t.anchored++
	a := ledger.Anchor{Count: 1000, First: now, Last: now, Topic: "bench", Size: 100_000}
	binary.BigEndian.PutUint64(a.Root[:], t.anchored)
	binary.BigEndian.PutUint64(a.Blob[:], t.anchored)
	return a.Encode()
}
