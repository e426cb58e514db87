package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) balanceCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "balance [ACCOUNT]",
		Short: "Show an account: this gateway's, or one by its id or a member's name",
		Args:  wantsUpTo(0, "ACCOUNT"),
	}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		account, err := p.balance(c, args)
		if err != nil {
			return err
		}
		return p.emit(asJSON, account, func(w io.Writer) { printAccount(w, account) })
	}
	return c
}

func (p *program) balance(c *cobra.Command, args []string) (api.Account, error) {
	if len(args) == 0 {
		gateway, err := p.connect()
		if err != nil {
			return api.Account{}, err
		}
		return gateway.Balance(c.Context())
	}
	id, err := p.account(c, args[0])
	if err != nil {
		return api.Account{}, err
	}
	gateway, err := p.connect()
	if err != nil {
		return api.Account{}, err
	}
	return gateway.Account(c.Context(), id)
}

func printAccount(w io.Writer, a api.Account) {
	pairs := []string{"Account", a.ID.String(), "Name", or(a.Name, "-"), "Balance", count(a.Balance), "Payments made", count(a.Sequence)}
	for _, key := range a.Keys {
		pairs = append(pairs, "Key", key.String())
	}
	for _, key := range a.Frozen {
		pairs = append(pairs, "Frozen key", key.String())
	}
	fields(w, pairs...)
}
