package ledger

import (
	"errors"
	"fmt"

	"github.com/ledgerofthings/lot/dag"
)

// KindTransfer is the payload kind of a transfer.
const KindTransfer = "transfer"

// MaxMemoLength is the longest memo of a transfer, in bytes of UTF-8.
const MaxMemoLength = 128

// Transfer moves balance from the account that the event acts for to another.
type Transfer struct {
	To     dag.Account `cbor:"to"`
	Amount uint64      `cbor:"amount"` // in base units
	// Sequence is the sending account's next one. It orders the transfers of an account even when several keys issue
	// them, and makes two transfers that were meant to be one collide.
	Sequence uint64 `cbor:"sequence"`
	// Memo is printable UTF-8 of at most MaxMemoLength bytes; it may be empty.
	Memo string `cbor:"memo"`
}

// Encode returns the event body. Errors wrap ErrPayload.
func (t Transfer) Encode() ([]byte, error) { return encodePayload(t) }

// DecodeTransfer reads the body of an event of kind KindTransfer strictly. Errors wrap ErrPayload.
func DecodeTransfer(body []byte) (Transfer, error) { return decodePayload[Transfer](body) }

func (Transfer) kind() string { return KindTransfer }

// check leaves amounts that cannot be moved to Apply, whose receipt says why.
func (t Transfer) check() error {
	if t.Sequence == 0 || t.Sequence > dag.MaxInteger {
		return errors.New("sequence out of range")
	}
	if t.Amount > dag.MaxInteger {
		return errors.New("amount out of range")
	}
	if err := CheckText(t.Memo, MaxMemoLength); err != nil {
		return fmt.Errorf("memo: %w", err)
	}
	return nil
}

// transfers is the module of accounts. It keeps no entries of its own.
type transfers struct{ NoDeadlines }

func (transfers) Name() string    { return "transfer" }
func (transfers) Kinds() []string { return []string{KindTransfer} }

// Apply checks the sequence before the balance, so that the later half of a double spend is always told which event beat
// it, even where the first half emptied the account.
func (transfers) Apply(tx *Tx, e *dag.Event) *Refusal {
	t, err := DecodeTransfer(e.Body())
	switch {
	case err != nil:
		return Refuse(StatusMalformedPayload, "%v", err)
	case t.Amount == 0:
		return Refuse(StatusZeroAmount, "a transfer of 0 moves nothing")
	case t.To == e.Account():
		return Refuse(StatusSelfTransfer, "%s cannot transfer to itself", t.To)
	}
	if r := tx.UseSequence(e.Account(), t.Sequence, e.ID()); r != nil {
		return r
	}
	return tx.Move(e.Account(), t.To, t.Amount)
}
