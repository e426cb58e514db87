package joining

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
)

// Protocol is the name of the protocol in the mesh.
const Protocol = "join"

// Bounds of the messages, in bytes.
const (
	// MaxRequest bounds a request.
	MaxRequest = 4 << 10
	// MaxResponse bounds a response: a genesis, and what is around it.
	MaxResponse = bootstrap.MaxSize + 1<<10
	// maxApplication bounds the signed application in a request.
	maxApplication = 2 << 10
	// maxDetail bounds the text of a refusal.
	maxDetail = 512
)

// What a request asks for.
const (
	askHello = "hello"
	askApply = "apply"
)

// request is what a newcomer sends. Fields that its kind does not use are empty.
type request struct {
	Ask        string                 `cbor:"ask"`
	Network    dag.NetworkID          `cbor:"network"`
	Invitation bootstrap.InvitationID `cbor:"invitation"`
	// Application is a governance.SignedApplication, and Proof the signature on it by the invitation's secret.
	Application []byte `cbor:"application,omitempty"`
	Proof       []byte `cbor:"proof,omitempty"`
}

func (r request) check() error {
	switch {
	case r.Network.IsZero() || r.Invitation.IsZero():
		return errors.New("network or invitation is missing")
	case r.Ask == askHello && len(r.Application)+len(r.Proof) == 0:
		return nil
	case r.Ask != askApply:
		return fmt.Errorf("unknown request %.20q", r.Ask)
	case len(r.Application) == 0 || len(r.Application) > maxApplication:
		return fmt.Errorf("application of %d bytes", len(r.Application))
	case len(r.Proof) != len(dag.Signature{}):
		return fmt.Errorf("proof of %d bytes", len(r.Proof))
	}
	return nil
}

// response is what the sponsor answers: one of the three.
type response struct {
	Genesis []byte   `cbor:"genesis,omitempty"` // the text of the network's genesis, to hello
	Event   []byte   `cbor:"event,omitempty"`   // id of the admission event, to apply
	Refusal *refusal `cbor:"refusal,omitempty"` // to both
}

type refusal struct {
	Reason Reason `cbor:"reason"`
	Detail string `cbor:"detail"`
}

func (r response) check() error {
	parts := 0
	for _, present := range []bool{len(r.Genesis) > 0, len(r.Event) > 0, r.Refusal != nil} {
		if present {
			parts++
		}
	}
	switch {
	case parts != 1:
		return fmt.Errorf("%d answers instead of one", parts)
	case len(r.Genesis) > bootstrap.MaxSize:
		return fmt.Errorf("genesis of %d bytes", len(r.Genesis))
	case len(r.Event) != 0 && len(r.Event) != len(dag.ID{}):
		return fmt.Errorf("event id of %d bytes", len(r.Event))
	case r.Refusal != nil && (r.Refusal.Reason == "" || len(r.Refusal.Reason) > 32 || len(r.Refusal.Detail) > maxDetail):
		return errors.New("refusal without reason, or too long")
	}
	return nil
}

var (
	requestCodec  = ledger.PayloadCodec[request]{Kind: "request to join", MaxSize: MaxRequest, Check: request.check}
	responseCodec = ledger.PayloadCodec[response]{Kind: "answer of the sponsor", MaxSize: MaxResponse, Check: response.check}
)
