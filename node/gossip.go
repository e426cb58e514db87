package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/engine"
)

// gossip judges what comes over the topics: cheap checks first, then the signature. What an admitted key validly signed
// within its rate is accepted and forwarded, whether or not its parents are here. What cannot be judged is ignored; only
// what its sender must have known to be wrong is rejected.
type gossip struct {
	network  dag.NetworkID
	created  uint64 // when the network was founded, ms
	roster   *roster
	verifier *verifier
	asked    *asked
	clock    func() time.Time
	judged   func(from string, why error) // told of every verdict; why is nil for what is accepted
}

func newGossip(network dag.NetworkID, created uint64, r *roster, v *verifier, judged func(string, error)) *gossip {
	return &gossip{network: network, created: created, roster: r, verifier: v, asked: newAsked(), clock: time.Now, judged: judged}
}

// validateEvent is the validator of the event topic; its value is a dag.Verified.
func (g *gossip) validateEvent(ctx context.Context, from string, data []byte) (mesh.Verdict, any) {
	verified, why := g.judgeEvent(ctx, data)
	return g.verdict(from, why), verified
}

// Reasons why a gossiped message is not accepted. Those that wrap errMadeUp are provable faults of whoever forwards it.
var (
	errMadeUp      = errors.New("no honest gateway forwards it")
	errMalformed   = fmt.Errorf("it is too large, malformed or not canonical: %w", errMadeUp)
	errForeign     = fmt.Errorf("it is of another network: %w", errMadeUp)
	errForged      = fmt.Errorf("its signature does not hold: %w", errMadeUp)
	errNotAdmitted = errors.New("its key is not admitted to this network")
	errOverRate    = errors.New("its key issues more than the genesis allows")
	errTooBusy     = errors.New("this gateway has too much to do")
	errKnown       = errors.New("it is here already, or of an epoch that is over")
	errOtherEpoch  = errors.New("it is of an epoch that this gateway is not in")
	errNewer       = errors.New("it is of a format that this program does not know; a newer release does")
)

// verdict tells listeners what was judged.
func (g *gossip) verdict(from string, why error) mesh.Verdict {
	g.judged(from, why)
	switch {
	case why == nil:
		return mesh.Accept
	case errors.Is(why, errMadeUp):
		return mesh.Reject
	}
	return mesh.Ignore
}

// judgeEvent returns the event, or why it is not accepted. A key's rate is charged only for events that are new here and whose
// signature holds, so that nobody can use up the rate of another, by forgeries or by sending old events again.
func (g *gossip) judgeEvent(ctx context.Context, data []byte) (dag.Verified, error) {
	event, err := dag.Decode(data)
	switch {
	case errors.Is(err, dag.ErrVersion):
		return dag.Verified{}, errNewer
	case err != nil:
		return dag.Verified{}, errMalformed
	}
	if event.Network() != g.network {
		return dag.Verified{}, errForeign
	}
	issuer := g.roster.issuer(event.Key())
	if g.roster.isOld(event, issuer) {
		return dag.Verified{}, errKnown
	}
	if issuer == nil {
		return dag.Verified{}, errNotAdmitted
	}
	limiter := issuer.limiter
	if limiter.TokensAt(g.clock()) < 1 {
		return dag.Verified{}, errOverRate
	}
	verified, ok, err := g.verifier.verify(ctx, event)
	switch {
	case err != nil:
		return dag.Verified{}, errTooBusy
	case !ok:
		return dag.Verified{}, errForged
	case !limiter.AllowN(g.clock(), 1):
		return dag.Verified{}, errOverRate
	}
	return verified, nil
}

// validateCheckpoint is the validator of the checkpoint topic; its value is a proof.VerifiedCosignature.
func (g *gossip) validateCheckpoint(_ context.Context, from string, data []byte) (mesh.Verdict, any) {
	verified, why := g.judgeCosignature(data)
	if why != nil {
		return g.verdict(from, why), nil
	}
	return g.verdict(from, nil), verified
}

// judgeCosignature returns the signature, or why it is not accepted: among others, because a quorum has signed as much or
// more.
func (g *gossip) judgeCosignature(data []byte) (proof.VerifiedCosignature, error) {
	none := proof.VerifiedCosignature{}
	signature, err := proof.DecodeCosignature(data)
	if err != nil {
		return none, errMalformed
	}
	network, signers := g.roster.now()
	limiter := g.roster.signingRate(signature.Epoch, signature.Member)
	switch {
	case limiter == nil && signature.Epoch == network.Epoch:
		return none, errMalformed
	case limiter == nil:
		return none, errOtherEpoch
	case signature.Epoch == network.Epoch && signature.Head.Size <= g.roster.signed.Load():
		return none, errKnown
	case limiter.TokensAt(g.clock()) < 1:
		return none, errOverRate
	}
	verified, err := signers.Verify(signature)
	switch {
	case err != nil:
		return none, errForged
	case !limiter.AllowN(g.clock(), 1):
		return none, errOverRate
	}
	return verified, nil
}

// errNotAsked says that a peer sent events which it was not asked for.
var errNotAsked = errors.New("nobody asked for it")

// syncInput decodes a message of the graph exchange and checks the events that it carries. Events of keys that are not
// admitted, or that are malformed or wrongly signed, are left out: an honest peer has none. Of a peer that was not asked
// nothing is checked. Errors: errNotAsked, or dag.ErrMessage for what is no message.
func (g *gossip) syncInput(from string, data []byte) (engine.Sync, error) {
	message, err := dag.DecodeMessage(data)
	if err != nil {
		return engine.Sync{}, err
	}
	in := engine.Sync{From: from, Message: message}
	switch m := message.(type) {
	case *dag.Offer:
		in.Checkpoint = g.newerCheckpoint(m)
	case *dag.Inform:
		if !g.asked.take(from) {
			return in, errNotAsked
		}
		in.Events = g.checkBlocks(m.Blocks)
	}
	return in, nil
}

// newerCheckpoint returns the checkpoint that an offer carries if it is newer than the newest here and a quorum signed it.
func (g *gossip) newerCheckpoint(o *dag.Offer) *proof.SignedCheckpoint {
	if len(o.Note) == 0 || o.Signed <= g.roster.signed.Load() {
		return nil
	}
	_, signers := g.roster.now()
	signed, err := signers.Open(o.Note)
	if err != nil {
		return nil
	}
	return &signed
}

// checkBlocks returns the events of an answer whose signatures hold.
func (g *gossip) checkBlocks(blocks [][]byte) (verified []dag.Verified) {
	var events []*dag.Event
	guests := guests{}
	for _, block := range blocks {
		if event, err := dag.Decode(block); err == nil && (g.plausible(event) || guests.has(event.Key())) {
			guests.note(event)
			events = append(events, event)
		}
	}
	for len(events) > 0 {
		n := min(len(events), batchMost)
		for _, v := range verifyAll(events[:n]) {
			if v.Event != nil {
				verified = append(verified, v)
			}
		}
		events = events[n:]
	}
	return verified
}

// plausible reports whether an admitted key can have issued the event within its rate since the network was founded. It
// keeps a member from filling everybody's disk past the rate that gossip holds it to; it is no rule of the graph.
func (g *gossip) plausible(e *dag.Event) bool {
	if e.Network() != g.network || g.roster.issuer(e.Key()) == nil {
		return false
	}
	network, _ := g.roster.now()
	now := uint64(g.clock().UnixMilli())
	seconds := (now-min(now, g.created))/1000 + engine.RateBurst
	return e.Seq()/max(1, network.MaxRate) <= seconds
}

// guests are keys that are admitted by events which are on their way to the engine, so that their own events behind them in the same
// answer are not left out.
type guests map[dag.Key]bool

func (g guests) has(key dag.Key) bool { return g[key] }

// note notes whom an event may admit; the engine decides.
func (g guests) note(e *dag.Event) {
	if e.Kind() != governance.KindAdmit {
		return
	}
	if body, err := governance.DecodeAdmit(e.Body()); err == nil {
		g[body.Event] = true
	}
}
