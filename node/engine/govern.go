package engine

import (
	"fmt"
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// Govern issues an event about the network itself: an admission, a removal, a proposal or an approval. Body is encoded as package
// governance says. It is refused if it would have no effect as the ledger stands. The reply names the event; whether it takes effect is
// known when it is final. A Govern with an IdempotencyKey that was used before changes nothing and is answered with the first one's
// event.
type Govern struct {
	Ticket         Ticket
	Kind           string
	Body           []byte
	IdempotencyKey string
}

func (Govern) input() {}

// governKinds are the kinds that Govern takes.
var governKinds = []string{governance.KindAdmit, governance.KindRemove, governance.KindPropose, governance.KindApprove}

func (e *Engine) govern(now uint64, in Govern, out *Effects) error {
	id, refusal, err := e.tryGovern(now, in, out)
	if err != nil {
		return err
	}
	out.reply(in.Ticket, refusal, id)
	return nil
}

func (e *Engine) tryGovern(now uint64, in Govern, out *Effects) (dag.ID, *Refusal, error) {
	if !slices.Contains(governKinds, in.Kind) || len(in.IdempotencyKey) > maxIdempotencyKey {
		return dag.ID{}, &Refusal{CodeInvalid, "kind " + in.Kind + " is not about the network, or the idempotency key is too long"}, nil
	}
	if id, done, err := e.Requested(in.IdempotencyKey); done || err != nil {
		return id, nil, err
	}
	if ok, why := e.mayIssue(); !ok {
		return dag.ID{}, &Refusal{CodeBusy, why + "; try again once `lot status` says that the gateway is in sync"}, nil
	}
	if refusal := e.judgeProposal(in); refusal != nil {
		return dag.ID{}, refusal, nil
	}
	f := e.nextFields(now)
	f.Kind, f.Body = in.Kind, in.Body
	v, err := e.sign(f, e.chooseParents(now))
	if err != nil {
		return dag.ID{}, &Refusal{CodeInvalid, err.Error()}, nil
	}
	if _, receipt := e.network.Rules.Apply(e.at.state, v.Event, false); receipt.Status != ledger.StatusApplied {
		return dag.ID{}, &Refusal{CodeConflict, receipt.Reason}, nil
	}
	id, err := e.release(now, v, out)
	if err == nil && in.IdempotencyKey != "" {
		e.storage.Put(requestKey(in.IdempotencyKey), id[:])
	}
	return id, nil, err
}

// judgeProposal refuses what this program knows to harm the network: a vote for a version of the protocol that it does not know, which
// would stop every gateway that runs it, or for a module that there is not.
func (e *Engine) judgeProposal(in Govern) *Refusal {
	var actions []governance.Action
	switch in.Kind {
	case governance.KindPropose:
		if p, err := governance.DecodePropose(in.Body); err == nil {
			actions = p.Actions
		}
	case governance.KindApprove:
		if a, err := governance.DecodeApprove(in.Body); err == nil {
			p, _ := governance.FindProposal(e.at.state, a.Proposal)
			actions = p.Actions
		}
	}
	for _, a := range actions {
		switch {
		case a.Verb == governance.VerbVersion && e.network.Versions[a.Value] == nil:
			return &Refusal{CodeInvalid, fmt.Sprintf("this program knows the protocol up to version %d: after the vote for version %d it would have to stop; install a newer one first",
				newest(e.network.Versions), a.Value)}
		case (a.Verb == governance.VerbPause || a.Verb == governance.VerbRelease) && !e.network.Rules.Has(a.Name):
			return &Refusal{CodeInvalid, fmt.Sprintf("the ledger has no module %q", a.Name)}
		}
	}
	return nil
}
