package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/joining"
)

const (
	defaultInvitation = joining.DefaultLifetime * time.Millisecond
	shortInvitation   = joining.MinLifetime * time.Millisecond
	longInvitation    = joining.MaxLifetime * time.Millisecond
)

func (p *program) inviteCommand() *cobra.Command {
	var name string
	var expires time.Duration
	var qr, asJSON bool
	c := &cobra.Command{
		Use:   "invite",
		Short: "Invite a gateway into the network",
		Long: "Make a token with which one gateway joins this network, by `lot join TOKEN`. It works once, while this gateway runs and can be\n" +
			"reached from there. Whoever has the token can use it, so hand it over like a key. The newcomer gets no seat in the committee.\n\n" +
			"On a terminal the token is also drawn as a QR code.",
		Args: wants(),
	}
	c.Flags().StringVar(&name, "name", "", "the `NAME` that the newcomer will have in the network (default: it chooses one)")
	c.Flags().DurationVar(&expires, "expires", defaultInvitation, "for how long the invitation holds, a `TIME` from 1m to 720h")
	c.Flags().BoolVar(&qr, "qr", false, "draw the QR code even where the output is no terminal; --qr=false leaves it out")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if expires < shortInvitation || expires > longInvitation {
			return usage(c, "--expires %s: choose 1m to 720h", expires)
		}
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		issued, err := gateway.Invite(c.Context(), api.NewInvitation{Name: name, ExpiresIn: uint64(expires.Milliseconds())})
		if err != nil {
			return err
		}
		if !c.Flags().Changed("qr") {
			qr = isTerminal(p.out)
		}
		return p.emit(asJSON, issued, func(w io.Writer) { printInvitation(w, issued, expires, qr) })
	}
	c.AddCommand(p.inviteListCommand(), p.inviteRevokeCommand())
	return c
}

func printInvitation(w io.Writer, i api.IssuedInvitation, expires time.Duration, qr bool) {
	who := "one gateway"
	if i.Name != "" {
		who = "one gateway, as " + safe(i.Name) + ","
	}
	fmt.Fprintf(w, "This token lets %s join within %s, once. Whoever has it can use it.\n\n%s\n\n", who, lasting(expires), safe(i.Token))
	if qr {
		drawQR(w, i.Token)
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "On the new gateway:  lot join TOKEN\nTo take it back:     lot invite revoke %s\nThere this gateway has to be reachable at one of:\n", i.ID)
	for _, address := range i.Addresses {
		fmt.Fprintf(w, "  %s\n", safe(address))
	}
}

func (p *program) inviteListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List the invitations that this gateway gave", Args: wants()}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		invitations, err := gateway.Invitations(c.Context())
		if err != nil {
			return err
		}
		return p.emit(asJSON, api.InvitationList{Invitations: invitations}, func(w io.Writer) { printInvitations(w, invitations) })
	}
	return c
}

func printInvitations(w io.Writer, invitations []api.Invitation) {
	if len(invitations) == 0 {
		fmt.Fprintln(w, "There are no invitations. `lot invite` makes one.")
		return
	}
	rows := [][]string{{"FOR", "STATE", "MADE", "HOLDS UNTIL", "USED BY", "INVITATION"}}
	for _, i := range invitations {
		rows = append(rows, []string{or(i.Name, "anybody"), i.State, clock(i.Created), clock(i.Expires), or(i.UsedBy, "-"), i.ID.String()})
	}
	table(w, rows...)
}

func (p *program) inviteRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID|NAME", Short: "Take an invitation back that was not used", Args: wants("ID|NAME"),
		Long: "Take an invitation back that was not used: by its id, as `lot invite list` shows it, or by the name that it is for.",
		RunE: func(c *cobra.Command, args []string) error {
			gateway, err := p.connect()
			if err != nil {
				return err
			}
			if err := gateway.RevokeInvitation(c.Context(), args[0]); err != nil {
				return err
			}
			return p.print(fmt.Sprintf("The invitation %s is taken back.\n", safe(args[0])))
		},
	}
}
