package node

import (
	"context"
	"errors"
	"fmt"
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
	asked     *asked
	clock     func() time.Time
	judged    func(from string, why error) // told of every verdict; why is nil for what is accepted
}

// rateBurst is how many seconds of its rate a key may spend at once.
const rateBurst = 4

func newGossip(n *engine.Network, perSecond uint64, v *verifier, judged func(string, error)) *gossip {
	g := &gossip{
		network: n.ID, cosigners: n.Cosigners, rates: map[dag.Key]*rate.Limiter{}, verifier: v, asked: newAsked(), clock: time.Now, judged: judged,
	}
	for key := range n.Members {
		g.rates[key] = rate.NewLimiter(rate.Limit(perSecond), int(perSecond)*rateBurst)
	}
	return g
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

// judgeEvent returns the event, or why it is not accepted. A key's rate is charged after its signature was found to hold, so that
// nobody can use up the rate of another.
func (g *gossip) judgeEvent(ctx context.Context, data []byte) (dag.Verified, error) {
	event, err := dag.Decode(data)
	if err != nil {
		return dag.Verified{}, errMalformed
	}
	if event.Network() != g.network {
		return dag.Verified{}, errForeign
	}
	limiter := g.rates[event.Key()]
	switch now := g.clock(); {
	case limiter == nil:
		return dag.Verified{}, errNotAdmitted
	case limiter.TokensAt(now) < 1:
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
	signature, err := proof.DecodeCosignature(data)
	if err != nil {
		return g.verdict(from, errMalformed), nil
	}
	verified, err := signature.Verify(g.cosigners)
	if err != nil {
		return g.verdict(from, errForged), nil
	}
	return g.verdict(from, nil), verified
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
	inform, ok := message.(*dag.Inform)
	if !ok {
		return in, nil
	}
	if !g.asked.take(from) {
		return in, errNotAsked
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
