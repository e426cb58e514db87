package docs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

// books are a second implementation of the ledger's state, written from sections 7 and 8 of protocol.md alone: every entry by its
// full key. They know transfers, admissions, and proposals that give seats; events that would be refused are none of their business.
type books map[string][]byte

// founder is a member of a genesis.
type founder struct {
	name                         string
	host, event, cosign, account [32]byte
	weight, balance              uint64
}

func key(prefix string, rest ...[]byte) string { return prefix + string(bytes.Join(rest, nil)) }

func governed(prefix string, rest ...[]byte) string { return key("governance/"+prefix, rest...) }

func integers(values ...uint64) (out []byte) {
	for _, v := range values {
		out = append(out, be64(v)...)
	}
	return out
}

func (b books) integer(key string, i int) uint64 {
	if len(b[key]) < 8*i+8 {
		return 0
	}
	return binary.BigEndian.Uint64(b[key][8*i:])
}

// set changes one integer of an entry.
func (b books) set(key string, i int, value uint64) {
	b[key] = slices.Clone(b[key])
	binary.BigEndian.PutUint64(b[key][8*i:], value)
}

// foundBooks makes the genesis state of members in the order of their event keys.
func foundBooks(created uint64, founders []founder, parameters ...uint64) books {
	b := books{}
	supply := uint64(0)
	for _, f := range founders {
		b["account/"+string(f.account[:])] = integers(f.balance, 0)
		b["keys/"+string(f.account[:])] = f.event[:]
		supply += f.balance
		b.enter(f, [32]byte{}, 0)
		if f.weight > 0 {
			b[governed("seats")] = bytes.Join([][]byte{b[governed("seats")], f.event[:], be64(f.weight)}, nil)
		}
	}
	b["ledger/head"] = integers(created, 0, 0, supply)
	b[governed("terms")] = integers(append([]uint64{1}, parameters...)...)
	return b
}

// enter lists a member.
func (b books) enter(f founder, sponsor [32]byte, since uint64) {
	place := b.integer(governed("roster"), 0)
	b[governed("roster")] = be64(place + 1)
	b[governed("roster/", be64(place))] = f.event[:]
	b[governed("member/", f.event[:])] = bytes.Join([][]byte{
		f.host[:], f.cosign[:], f.account[:], sponsor[:], integers(since, place, 0), []byte(f.name),
	}, nil)
	b[governed("name/"+f.name)] = f.event[:]
	b[governed("host/", f.host[:])] = f.event[:]
	b[governed("cosign/", f.cosign[:])] = f.event[:]
	b[governed("account/", f.account[:])] = f.event[:]
}

// open begins a commit.
func (b books) open(number, time uint64) {
	const head = "ledger/head"
	if time/1000 > b.integer(head, 0)/1000 {
		b.set(head, 2, b.integer(head, 2)+1)
	}
	b.set(head, 0, time)
	b.set(head, 1, number)
}

// act is an ordered payload event.
type act struct {
	id, key, account [32]byte
	kind             string
	body             []byte
}

// apply lets an event take effect.
func (b books) apply(a act) error {
	switch a.kind {
	case "transfer":
		return b.transfer(a)
	case "member.admit":
		return b.admit(a)
	case "governance.propose":
		return b.propose(a)
	case "governance.approve":
		return b.approve(a)
	}
	return errors.New("kind " + a.kind)
}

func (b books) transfer(a act) error {
	var body struct {
		To               []byte
		Memo             string
		Amount, Sequence uint64
	}
	if err := cbor.Unmarshal(a.body, &body); err != nil {
		return err
	}
	from, to := "account/"+string(a.account[:]), "account/"+string(body.To)
	if b[to] == nil {
		b[to] = integers(0, 0)
	}
	b.set(from, 0, b.integer(from, 0)-body.Amount)
	b.set(from, 1, body.Sequence)
	b.set(to, 0, b.integer(to, 0)+body.Amount)
	recent := key("recent/", a.account[:], be64((body.Sequence-1)/8))
	b[recent] = append(slices.Clone(b[recent]), a.id[:]...)
	return nil
}

// admitted is what a body of member.admit says.
type admitted struct {
	Name                                     string
	Host, Event, Cosign, Sponsor, Invitation []byte
	Signatures                               [][]byte
	Expires                                  uint64
}

func (b books) admit(a act) error {
	var body admitted
	if err := cbor.Unmarshal(a.body, &body); err != nil {
		return err
	}
	f := founder{
		name: body.Name, host: [32]byte(body.Host), event: [32]byte(body.Event), cosign: [32]byte(body.Cosign),
		account: accountOf([32]byte(body.Event)),
	}
	epoch := b.integer(governed("terms"), 0)
	b.enter(f, a.account, epoch)
	b["keys/"+string(f.account[:])] = f.event[:]
	count := uint64(0)
	if admissions := governed("admissions/", a.key[:]); b.integer(admissions, 0) == epoch {
		count = b.integer(admissions, 1)
	}
	b[governed("admissions/", a.key[:])] = integers(epoch, count+1)
	b[governed("invitation/", body.Invitation)] = f.event[:]
	if body.Expires > 0 {
		b["deadline/"+governed("invitation/", body.Invitation)] = integers(body.Expires, 0, 0)
	}
	return nil
}
