package engine

import (
	"slices"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger/governance"
)

// Govern issues an event about the network itself: an admission, a removal, a proposal or an approval. Body is encoded as package
// governance says. The reply names the event; whether it takes effect is known when it is final.
type Govern struct {
	Ticket Ticket
	Kind   string
	Body   []byte
}

func (Govern) input() {}

// governKinds are the kinds that Govern takes.
var governKinds = []string{governance.KindAdmit, governance.KindRemove, governance.KindPropose, governance.KindApprove}

func (e *Engine) govern(now uint64, in Govern, out *Effects) error {
	if !slices.Contains(governKinds, in.Kind) {
		out.reply(in.Ticket, &Refusal{CodeInvalid, "kind " + in.Kind + " is not about the network"}, dag.ID{})
		return nil
	}
	if ok, why := e.mayIssue(); !ok {
		out.reply(in.Ticket, &Refusal{CodeBusy, why + "; try again once `lot status` says that the gateway is in sync"}, dag.ID{})
		return nil
	}
	id, err := e.issue(now, in.Kind, in.Body, out)
	if err != nil {
		return err
	}
	out.reply(in.Ticket, nil, id)
	return nil
}
