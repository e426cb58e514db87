package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

// defaultWait is how long --wait without a value waits.
const defaultWait = 30 * time.Second

func (p *program) transferCommand() *cobra.Command {
	var request api.TransferRequest
	var wait time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use:   "transfer TO AMOUNT",
		Short: "Pay from this gateway's account",
		Long: "Pay base units to an account, acct:..., or to a member of the network by its name. With --wait the answer says whether the payment\n" +
			"took effect. Repeating a payment with the same --key does not pay twice.",
		Args: wants("TO", "AMOUNT"),
	}
	c.Flags().StringVar(&request.Memo, "memo", "", "a `TEXT` that everyone in the network can read")
	c.Flags().StringVar(&request.IdempotencyKey, "key", "", "a `TEXT` of your own that names this payment, such as an invoice number (default: a random one)")
	c.Flags().DurationVar(&wait, "wait", 0, "wait until it is final, at most this `TIME` (without a value "+defaultWait.String()+")")
	c.Flags().Lookup("wait").NoOptDefVal = defaultWait.String()
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if wait < 0 || wait > api.MaxWait {
			return usage(c, "--wait %s: choose at most %s", wait, api.MaxWait)
		}
		if request.Amount, err = numberArgument(c, "AMOUNT", args[1]); err != nil {
			return err
		}
		if request.To, err = p.account(c, args[0]); err != nil {
			return err
		}
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		result, err := gateway.Transfer(c.Context(), request, wait)
		if err != nil {
			return err
		}
		if err := p.emit(asJSON, result, func(w io.Writer) { printTransfer(w, result) }); err != nil {
			return err
		}
		return transferOutcome(result, wait > 0)
	}
	return c
}

// account reads an account, or finds that of a member by its name.
func (p *program) account(c *cobra.Command, text string) (dag.Account, error) {
	account, parseErr := dag.ParseAccount(text)
	if parseErr == nil {
		return account, nil
	}
	if g, err := p.genesis(); err == nil {
		for _, m := range g.Members() {
			if m.Name == text {
				return m.Account, nil
			}
		}
	}
	return account, usage(c, "%q is neither an account, acct:..., nor a member of this network: %v", text, parseErr)
}

func printTransfer(w io.Writer, result api.TransferResult) {
	fields(w, "Event", result.Event.String())
	switch r := result.Receipt; {
	case r == nil:
		fields(w, "State", result.Why)
	case r.Status == api.StateOrdered:
		fields(w, "State", fmt.Sprintf("final, number %d in the order", r.Position))
	default:
		fields(w, "State", "final, without effect: "+r.Reason)
	}
}

// transferOutcome turns what came of a payment into the program's outcome.
func transferOutcome(result api.TransferResult, waited bool) error {
	switch r := result.Receipt; {
	case r == nil && waited:
		return fail(exitNotYet, result.Hint, "the transfer is not final yet")
	case r != nil && r.Status != api.StateOrdered:
		return fail(exitNoEffect, "nothing was paid", "the transfer had no effect: %s", r.Reason)
	}
	return nil
}
