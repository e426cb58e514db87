package docs

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/finality"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/merklemap"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
)

// blocks makes the examples of protocol.md by their names.
func (x *example) blocks() map[string]string {
	return map[string]string{
		"identifiers": x.identifiers(),
		"event":       x.eventDump(),
		"payloads":    x.payloads(),
		"leaders":     leaders(x),
		"order":       x.orderKeys(),
		"state":       x.state(),
		"map":         smallMap(x),
		"leaves":      x.leaves(),
		"checkpoint":  x.checkpoint(),
		"proof":       string(x.proofFile()),
		"reading":     x.reading(),
		"batch":       x.batch(),
		"sync":        x.sync(),
		"genesis":     x.genesisDump(),
		"card":        x.cardText(),
		"export":      x.export(),
	}
}

func (x *example) identifiers() string {
	var b strings.Builder
	for _, k := range []struct {
		name string
		key  dag.Key
	}{{"host", hostKey.Key()}, {"event", eventKey.Key()}, {"cosign", cosignKey.Key()}, {"device", deviceKey.Key()}} {
		fmt.Fprintf(&b, "%-8s key   %x\n               %s\n", k.name, k.key[:], k.key)
	}
	peer, err := x.card.Host()
	x.must(err)
	account := dag.AccountOf(eventKey.Key())
	fmt.Fprintf(&b, "host     peer  %s\naccount        %x\n               %s\n", peer, account[:], account)
	fmt.Fprintf(&b, "network        %x\n               %s\n", x.network.ID[:], x.network.ID)
	for n := range dag.Roots {
		id := dag.FirstOrigin(x.network.ID).Root(n)
		fmt.Fprintf(&b, "root %d         %x\n               %s\n", n, id[:], id)
	}
	return b.String()
}

func (x *example) eventDump() string {
	e := x.eventOf(ledger.KindDeviceBind)
	id := e.ID()
	return fmt.Sprintf("id    %x\nCID   %s\nsize  %d bytes\n\n%s", id[:], id, e.Size(), dumpMap(x.t, e.Block()))
}

func (x *example) payloads() string {
	other := dag.AccountOf(otherKey.Key())
	handover, err := ledger.DeviceHandover{Device: deviceKey.Key(), To: other, From: 3}.Encode()
	x.must(err)
	release, err := ledger.DeviceRelease{Device: deviceKey.Key(), From: 3}.Encode()
	x.must(err)
	var b strings.Builder
	for _, p := range []struct {
		kind string
		body []byte
	}{
		{ledger.KindTransfer, x.eventOf(ledger.KindTransfer).Body()}, {ledger.KindAnchor, x.eventOf(ledger.KindAnchor).Body()},
		{ledger.KindDeviceBind, x.eventOf(ledger.KindDeviceBind).Body()}, {ledger.KindDeviceHandover, handover}, {ledger.KindDeviceRelease, release},
	} {
		fmt.Fprintf(&b, "%s, %d bytes\n%s", p.kind, len(p.body), lines(p.body))
	}
	return b.String()
}

// leaders shows the leaders of three members with the weights 1, 2 and 3.
func leaders(x *example) string {
	members := []finality.Member{
		{Name: "a", Key: eventKey.Key(), Weight: 1}, {Name: "b", Key: deviceKey.Key(), Weight: 2}, {Name: "c", Key: otherKey.Key(), Weight: 3},
	}
	committee, err := finality.NewCommittee(members)
	x.must(err)
	rules := finality.NewRules(committee, 1, [32]byte(x.network.ID))
	var b strings.Builder
	for n, m := range committee.Members() {
		fmt.Fprintf(&b, "member %d  weight %d  key %x\n", n, m.Weight, m.Key[:])
	}
	b.WriteString("slots 1 to 16 are led by members")
	for slot := uint64(1); slot <= 16; slot++ {
		fmt.Fprintf(&b, " %d", rules.Leader(slot))
	}
	return b.String() + "\n"
}

// orderKeys shows by what the events of a commit are sorted.
func (x *example) orderKeys() string {
	var b strings.Builder
	for _, c := range x.engine.ExportCommits(0, 3) {
		fmt.Fprintf(&b, "commit %d, slot %d, ledger time %d, leader %s\n", c.Number, c.Slot, c.Time, c.Leader.Short())
		for _, id := range c.Order {
			info, err := x.engine.Event(id)
			x.must(err)
			key := info.Event.Key()
			rank := sum([]byte("lot/order/v1\n"), c.Leader[:], key[:], be64(info.Event.Seq()))
			fmt.Fprintf(&b, "    %s  seq %d  round %d  %-11s  rank %x...\n", id.Short(), info.Event.Seq(), info.Event.Round(), info.Event.Kind(), rank[:8])
		}
	}
	return b.String()
}

func (x *example) state() string {
	var b strings.Builder
	for key, value := range x.network.Genesis.Entries() {
		name, rest := split(key)
		fmt.Fprintf(&b, "%q + %d bytes %s\n%s", name, len(rest), hex.EncodeToString(rest), lines(value))
	}
	root := x.network.Genesis.Root()
	return fmt.Sprintf("%sroot\n%s", b.String(), lines(root[:]))
}

// split parts an entry's key into its name and what follows in bytes.
func split(key []byte) (name string, rest []byte) {
	for i, c := range key {
		if c == '/' && string(key) != "ledger/head" {
			return string(key[:i+1]), key[i+1:]
		}
	}
	return string(key), nil
}

func smallMap(x *example) string {
	var m merklemap.Map
	var b strings.Builder
	for n, key := range []string{"", "one", "two", "three"} {
		if n > 0 {
			m = m.Set([]byte(key), []byte{byte(n)})
		}
		root := m.Root()
		fmt.Fprintf(&b, "%d entries  root %x\n", m.Len(), root[:])
	}
	p := m.Prove([]byte("two"))
	root := m.Root()
	x.must(p.Verify(root, []byte("two"), []byte{2}))
	absent := m.Prove([]byte("four"))
	x.must(absent.VerifyAbsent(root, []byte("four")))
	fmt.Fprintf(&b, "proof of two = 02\n%sproof that four is absent\n%s", lines(p.Encode()), lines(absent.Encode()))
	return b.String()
}

// leafData returns the leaves of the log before they are hashed.
func (x *example) leafData() [][]byte {
	var leaves [][]byte
	state := x.network.Genesis
	for _, c := range x.engine.ExportCommits(0, 1000) {
		var err error
		state, err = x.network.Rules.Open(state, ledger.Commit{Number: c.Number, Time: c.Time})
		x.must(err)
		before := len(leaves)
		for _, id := range c.Order {
			info, err := x.engine.Event(id)
			x.must(err)
			var receipt ledger.Receipt
			state, receipt = x.network.Rules.Apply(state, info.Event, false)
			if !info.Event.IsWitness() {
				leaves = append(leaves, proof.EventLeaf{Event: id, Status: receipt.Status}.Encode())
			}
		}
		state = x.network.Rules.Close(state)
		if len(leaves) > before {
			leaves = append(leaves, proof.ClosingLeaf{
				Leader: c.Leader, Number: c.Number, Time: c.Time, State: state.Root(), Committee: x.network.Cosigners.Hash(),
			}.Encode())
		}
	}
	return leaves
}

func (x *example) leaves() string {
	var b strings.Builder
	leaves := x.leafData()
	for n, leaf := range leaves {
		hash := tlog.RecordHash(leaf)
		fmt.Fprintf(&b, "leaf %d, %d bytes\n%s    hash %x\n", n, len(leaf), lines(leaf), hash[:])
	}
	root := treeHash(leaves)
	committee := x.network.Cosigners.Hash()
	return fmt.Sprintf("%sroot of %d leaves\n    %x\ncommittee hash\n    %x\n", b.String(), len(leaves), root[:], committee[:])
}

func (x *example) checkpoint() string {
	last := x.cosignatures[len(x.cosignatures)-1]
	member := x.network.Cosigners.Members[0]
	return fmt.Sprintf("%s\nas a message between gateways, %d bytes\n%s\nkey of the member for other tools\n    %s\n",
		x.engine.CheckpointNote(), len(last), lines(last), member.VerifierKey())
}

func (x *example) reading() string {
	raw := x.readings[0]
	r, err := reading.Parse(raw)
	x.must(err)
	digest := r.SigningDigest()
	canonical := raw[len(`{"msg":`) : bytes.IndexByte(raw, '}')+1]
	return fmt.Sprintf("as sent, %d bytes\n    %s\ncanonical form of msg\n    %s\nits SHA-256, which is signed\n    %x\n", len(raw), raw, canonical, digest[:])
}

func (x *example) batch() string {
	record, blob := x.blob()
	key := x.self.BatchKey([32]byte(record.Root))
	plain := 0
	for _, raw := range x.readings {
		plain += len(beUint32(len(raw))) + len(raw)
	}
	return fmt.Sprintf("batch seed\n    %x\nroot of the two readings\n    %x\nkey\n    %x\nciphertext: %d bytes from %d, SHA-256\n    %x\nits first 64 bytes\n%s",
		batchSeed[:], record.Root, key[:], len(blob), plain, record.Blob, lines(blob[:64]))
}

// sync shows the messages by which a node that holds the example's first event only would get the others.
func (x *example) sync() string {
	first := dag.NewGraph(dag.NewArena(dag.FirstOrigin(x.network.ID), x.network.Approvals), dag.DefaultLimits)
	whole := dag.NewGraph(dag.NewArena(dag.FirstOrigin(x.network.ID), x.network.Approvals), dag.DefaultLimits)
	for n, e := range x.events() {
		v, err := dag.Verify(e)
		x.must(err)
		if n == 0 {
			_, err = first.Add(v, "", x.now)
			x.must(err)
		}
		_, err = whole.Add(v, "", x.now)
		x.must(err)
	}
	var b strings.Builder
	ours, theirs := first.Digest(), whole.Digest()
	mask := ours.Differs(&theirs)
	offer, err := dag.NewOffer(1, theirs).Encode()
	x.must(err)
	at := int(eventKey.Key()[31]) % dag.Buckets
	fmt.Fprintf(&b, "offer, %d bytes, of which the first are\n%s    bucket %d is %x, the others are zero\n", len(offer), lines(offer[:8]), at, theirs[at])
	missing, err := first.Request(mask).Encode()
	x.must(err)
	inform, err := whole.Answer(first.Request(mask)).Encode()
	x.must(err)
	fmt.Fprintf(&b, "missing, %d bytes\n%s", len(missing), lines(missing))
	fmt.Fprintf(&b, "inform, %d bytes, of which the first and the last are\n%s%s", len(inform), lines(inform[:32]), lines(inform[len(inform)-10:]))
	return b.String()
}

func (x *example) genesisDump() string {
	id, canonical := x.genesis.ID(), x.canonicalGenesis()
	return fmt.Sprintf("canonical form, %d bytes\n%snetwork id\n    %x\n", len(canonical), dumpMap(x.t, canonical), id[:])
}

// canonicalGenesis encodes what the genesis says by the page, section 15; TestSecondImplementationAgrees hashes it.
func (x *example) canonicalGenesis() []byte {
	p := x.genesis.Parameters()
	var members []map[string]any
	for _, m := range x.genesis.Members() {
		members = append(members, map[string]any{
			"host": []byte(m.Host), "name": m.Name, "event": m.Event[:], "cosign": m.Cosign[:], "weight": m.Weight,
			"account": m.Account[:], "balance": m.Balance,
		})
	}
	mode, err := cbor.CanonicalEncOptions().EncMode()
	x.must(err)
	encoded, err := mode.Marshal(map[string]any{
		"v": 2, "name": x.genesis.Name(), "created": x.genesis.Created(), "members": members,
		"params": map[string]uint64{
			"approvals": p.Approvals, "max_event_rate": p.MaxEventRate, "clock_drift_ms": p.ClockDrift, "pace_ms": p.Pace,
			"epoch_rounds": p.EpochRounds, "epoch_events": p.EpochEvents, "admissions": p.Admissions, "protocol": p.Version,
		},
	})
	x.must(err)
	return encoded
}

func (x *example) cardText() string {
	text, out := x.card.String(), strings.Builder{}
	for n := 0; n < len(text); n += 100 {
		out.WriteString(text[n:min(n+100, len(text))] + "\n")
	}
	return out.String()
}
