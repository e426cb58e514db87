package attack

import (
	"bytes"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/node/engine"
)

var forgedEventsKind = kind("forged-events", "gossips events with invalid signatures, malformed ones, and ones of other networks and of keys that are not admitted",
	makeForgedEvents,
	Param{"rate", 10, 0.001, 10_000, "forgeries a second"},
	Param{"signature", 1, 0, 1000, "weight of events of a member whose signature does not hold"},
	Param{"malformed", 1, 0, 1000, "weight of blocks that are no events"},
	Param{"foreign", 1, 0, 1000, "weight of events of another network"},
	Param{"stranger", 1, 0, 1000, "weight of valid events of keys that are not admitted"},
)

func makeForgedEvents(c *captive) (attacker, error) {
	return &forgedEvents{
		captive: c, budget: budget{rate: c.param("rate")},
		kinds: lottery{c.param("signature"), c.param("malformed"), c.param("foreign"), c.param("stranger")},
	}, nil
}

// forgedEvents sends its peers what no honest node forwards. The node behaves otherwise.
//
// It hopes to have something taken for another's event, to crash a decoder, or to keep processors busy with signatures.
//
// Against it: decoding is strict and bounded; what is of another network, or of a key that is not admitted, is dropped before its
// signature is looked at; only what passes all checks becomes a dag.Verified, without which nothing enters the graph. What its
// sender must have known to be wrong is rejected, which costs it its score as a peer; a key's rate is charged only for what holds.
//
// A report shows rejected and ignored messages on its links alone, one hop from it, and nothing of them in any graph.
//
// See D. Vyzovitis et al., "GossipSub: attack-resilient message propagation in the Filecoin and ETH2.0 networks", arXiv 2007.02754.
type forgedEvents struct {
	*captive
	budget budget
	kinds  lottery
}

// The kinds of forgeries, by their places in forgedEvents.kinds.
const (
	forgeSignature = iota
	forgeBlock
	forgeNetwork
)

func (f *forgedEvents) step(now uint64, in engine.Input, out *Effects) error {
	if err := f.captive.step(now, in, out); err != nil {
		return err
	}
	for range f.budget.take(now, out) {
		block, err := f.forge(now)
		if err != nil {
			return err
		}
		whisper(block, f.peers.all(), out)
	}
	return nil
}

func (f *forgedEvents) forge(now uint64) ([]byte, error) {
	switch f.kinds.draw(f.Random.Float64()) {
	case forgeSignature:
		return f.badSignature(now)
	case forgeBlock:
		return f.malformed(now)
	case forgeNetwork:
		return f.event(now, f.otherNetwork(), f.signer())
	}
	return f.event(now, f.Network.ID, f.stranger())
}

// event returns the block of an event that is well formed and signed.
func (f *forgedEvents) event(now uint64, network dag.NetworkID, signer dag.Signer) ([]byte, error) {
	body, err := f.inventedAnchor(now)
	if err != nil {
		return nil, err
	}
	fields := f.after(now, f.last())
	if signer.Key() != fields.Key {
		fields.Seq, fields.Prev, fields.Round = 1, dag.ID{}, 0
	}
	fields.Network, fields.Key, fields.Account = network, signer.Key(), dag.AccountOf(signer.Key())
	fields.Kind, fields.Body, fields.Approves = ledger.KindAnchor, body, f.tips(now, f.own.last)
	v, err := fields.Sign(signer)
	if err != nil {
		return nil, err
	}
	return v.Block(), nil
}

func (f *forgedEvents) otherNetwork() dag.NetworkID {
	id := f.Network.ID
	id[f.Random.IntN(len(id))] ^= 1 + byte(f.Random.IntN(255))
	return id
}

// stranger returns a signer whose key nobody admitted.
func (f *forgedEvents) stranger() dag.Signer {
	var seed [32]byte
	f.fill(seed[:])
	return dag.NewSigner(seed)
}

// badSignature returns an event with another's key over the signature of a stranger, or with one bit of its own changed.
func (f *forgedEvents) badSignature(now uint64) ([]byte, error) {
	block, err := f.event(now, f.Network.ID, f.signer())
	if err != nil {
		return nil, err
	}
	event, err := dag.Decode(block)
	if err != nil {
		return nil, err
	}
	forged := slices.Clone(block)
	if members := f.Network.Committee; f.Random.IntN(2) == 0 && f.member != 0 {
		own, other := event.Key(), members.Member(0).Key
		return bytes.Replace(forged, own[:], other[:], 1), nil
	}
	sig := event.Signature()
	forged[bytes.Index(forged, sig[:])+f.Random.IntN(len(sig))] ^= 1 << f.Random.IntN(8)
	return forged, nil
}

// malformed returns an event that was cut, or has something behind it, or is noise, or is too large.
func (f *forgedEvents) malformed(now uint64) ([]byte, error) {
	block, err := f.event(now, f.Network.ID, f.signer())
	if err != nil {
		return nil, err
	}
	switch f.Random.IntN(4) {
	case 0:
		return block[:f.Random.IntN(len(block))], nil
	case 1:
		return append(slices.Clone(block), 0), nil
	case 2:
		f.fill(block)
		return block, nil
	}
	return append(slices.Clone(block), make([]byte, dag.MaxEventSize)...), nil
}
