package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/node/home"
)

func (p *program) networkJoinCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "join FILE",
		Short: "Put this gateway into the network of a genesis file that has its keys",
		Args:  wants("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			g, err := bootstrap.LoadGenesis(args[0])
			if err != nil {
				return err
			}
			h, err := p.open()
			if err != nil {
				return err
			}
			c, err := h.Config(p.environ)
			if err != nil {
				return err
			}
			v, err := h.Vault(c)
			if err != nil {
				return err
			}
			member, err := h.Join(g, v)
			if errors.Is(err, home.ErrNotMember) {
				return fail(exitFailure, "`lot init -q` prints the card that the genesis has to be founded with; --home names another gateway", "%v", err)
			}
			if err != nil {
				return err
			}
			return p.print(fmt.Sprintf("This gateway is %q in network %q, %s.\nStart it with: lot up\n", member.Name, g.Name(), g.ID()))
		},
	}
}
