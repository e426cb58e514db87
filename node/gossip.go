package node

import (
	"context"
	"errors"
	"time"

	"golang.org/x/time/rate"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/engine"
)

// gossip judges what comes over the topics: cheap checks first, then the signature. What an admitted key validly signed
// within its rate is accepted and forwarded, whether or not its parents are here. What cannot be judged is ignored; only
// what its sender must have known to be wrong is rejected.
type gossip struct {
	network   dag.NetworkID
	cosigners proof.Committee
	rates     map[dag.Key]*rate.Limiter // of every admitted key; the map does not change
	verifier  *verifier
	judged    func(verdict string) // counts
}

// rateBurst is how many seconds of its rate a key may spend at once.
const rateBurst = 4

func newGossip(n *engine.Network, perSecond uint64, v *verifier, judged func(string)) *gossip {
	g := &gossip{network: n.ID, cosigners: n.Cosigners, rates: map[dag.Key]*rate.Limiter{}, verifier: v, judged: judged}
	for key := range n.Members {
		g.rates[key] = rate.NewLimiter(rate.Limit(perSecond), int(perSecond)*rateBurst)
	}
	return g
}

// validateEvent is the validator of the event topic; its value is a dag.Verified.
func (g *gossip) validateEvent(ctx context.Context, _ string, data []byte) (mesh.Verdict, any) {
	verified, why := g.judgeEvent(ctx, data)
	return g.verdict(why), verified
}

// Reasons why a gossiped message is not accepted.
var (
	errMadeUp    = errors.New("malformed, of another network, or wrongly signed")
	errNotJudged = errors.New("its issuer is unknown or over its rate, or this node is too busy")
)

func (g *gossip) verdict(why error) mesh.Verdict {
	switch {
	case why == nil:
		g.judged("accepted")
		return mesh.Accept
	case errors.Is(why, errMadeUp):
		g.judged("rejected")
		return mesh.Reject
	}
	g.judged("ignored")
	return mesh.Ignore
}

func (g *gossip) judgeEvent(ctx context.Context, data []byte) (dag.Verified, error) {
	event, err := dag.Decode(data)
	if err != nil || event.Network() != g.network {
		return dag.Verified{}, errMadeUp
	}
	limiter := g.rates[event.Key()]
	if limiter == nil || !limiter.AllowN(time.Now(), 1) {
		return dag.Verified{}, errNotJudged
	}
	verified, ok, err := g.verifier.verify(ctx, event)
	switch {
	case err != nil:
		return dag.Verified{}, errNotJudged
	case !ok:
		return dag.Verified{}, errMadeUp
	}
	return verified, nil
}

// validateCheckpoint is the validator of the checkpoint topic; its value is a proof.VerifiedCosignature.
func (g *gossip) validateCheckpoint(_ context.Context, _ string, data []byte) (mesh.Verdict, any) {
	signature, err := proof.DecodeCosignature(data)
	if err != nil {
		return g.verdict(errMadeUp), nil
	}
	verified, err := signature.Verify(g.cosigners)
	if err != nil {
		return g.verdict(errMadeUp), nil
	}
	return g.verdict(nil), verified
}

// syncInput decodes a message of the graph exchange and checks the events that it carries. Events of keys that are not
// admitted, or that are malformed or wrongly signed, are left out: an honest peer has none.
func (g *gossip) syncInput(from string, data []byte) (engine.Sync, error) {
	message, err := dag.DecodeMessage(data)
	if err != nil {
		return engine.Sync{}, err
	}
	in := engine.Sync{From: from, Message: message}
	inform, ok := message.(*dag.Inform)
	if !ok {
		return in, nil
	}
	var events []*dag.Event
	for _, block := range inform.Blocks {
		event, err := dag.Decode(block)
		if err == nil && event.Network() == g.network && g.rates[event.Key()] != nil {
			events = append(events, event)
		}
	}
	for len(events) > 0 {
		n := min(len(events), batchMost)
		for _, verified := range verifyAll(events[:n]) {
			if verified.Event != nil {
				in.Events = append(in.Events, verified)
			}
		}
		events = events[n:]
	}
	return in, nil
}
