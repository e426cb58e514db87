package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/ledgerofthings/lot/dag"
)

// MaxWait is the longest that a request waits for finality.
const MaxWait = 60 * time.Second

// TransferRequest is the body of POST /transfers.
type TransferRequest struct {
	To             dag.Account `json:"to" doc:"The account that receives, acct:..."`
	Amount         uint64      `json:"amount" minimum:"1" maximum:"9007199254740991" doc:"In base units."`
	Memo           string      `json:"memo,omitempty" maxLength:"128" doc:"A text that everyone can read, of at most 128 bytes."`
	IdempotencyKey string      `json:"idempotency_key" minLength:"1" maxLength:"64" doc:"A text of your own that names this payment, such as an invoice number. Sending the same again does not pay twice."`
}

// TransferResult is the answer of POST /transfers.
type TransferResult struct {
	Event   dag.ID   `json:"event" doc:"The event that carries the transfer."`
	Receipt *Receipt `json:"receipt,omitempty" doc:"What came of it, if it was waited for and is final."`
	Why     string   `json:"why,omitempty" doc:"Why there is no receipt yet."`
	Hint    string   `json:"hint,omitempty" doc:"What to do about it."`
}

// Account is an account on the ledger.
type Account struct {
	ID       dag.Account   `json:"id"`
	Name     string        `json:"name,omitempty" doc:"Its name, if a member acts for it."`
	Balance  uint64        `json:"balance" doc:"In base units."`
	Sequence uint64        `json:"sequence" doc:"How many transfers left it."`
	Keys     List[dag.Key] `json:"keys" doc:"The keys that may act for it."`
	Frozen   List[dag.Key] `json:"frozen" doc:"Keys that signed two events with one number and count no more."`
}

type transferInput struct {
	Wait    string `query:"wait" enum:"final" doc:"final: answer when the transfer is final, with its receipt."`
	Timeout int    `query:"timeout" minimum:"1" maximum:"60" default:"10" doc:"How many seconds to wait."`
	Body    TransferRequest
}

type transferOutput struct {
	Status int
	Body   TransferResult
}

func (s *Server) transfer(ctx context.Context, in *transferInput) (*transferOutput, error) {
	id, err := s.backend.Transfer(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	if in.Wait == "" {
		return accepted(id, "the transfer is issued and not yet final"), nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(in.Timeout)*time.Second)
	defer cancel()
	receipt, err := s.backend.AwaitReceipt(ctx, id)
	if errors.Is(err, context.DeadlineExceeded) {
		return accepted(id, "the transfer was not final within the time that was asked for"), nil
	}
	if err != nil {
		return nil, err
	}
	return &transferOutput{http.StatusOK, TransferResult{Event: id, Receipt: &receipt}}, nil
}

// accepted answers 202: the transfer is on its way.
func accepted(id dag.ID, why string) *transferOutput {
	return &transferOutput{http.StatusAccepted, TransferResult{Event: id, Why: why, Hint: "`lot event show " + id.String() + "` says how far it is"}}
}

type accountInput struct {
	Account dag.Account `path:"account" doc:"The account's id, acct:..."`
}

type accountOutput struct{ Body Account }

func (s *Server) account(ctx context.Context, in *accountInput) (*accountOutput, error) {
	account, err := s.backend.Account(ctx, in.Account)
	return &accountOutput{account}, err
}

func (s *Server) balance(ctx context.Context, _ *struct{}) (*accountOutput, error) {
	account, err := s.backend.Balance(ctx)
	return &accountOutput{account}, err
}
