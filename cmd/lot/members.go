package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

// eventView is what verbs print with --json that make the gateway issue an event.
type eventView struct {
	Event dag.ID `json:"event"`
}

func (p *program) membersCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "members", Short: "List the members of the network", Args: wants()}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		list, err := gateway.Members(c.Context())
		if err != nil {
			return err
		}
		return p.emit(asJSON, list, func(w io.Writer) { printMembers(w, list) })
	}
	return c
}

func printMembers(w io.Writer, list api.MemberList) {
	rows := [][]string{{"MEMBER", "SEAT", "STATE", "INVITED BY", "SINCE EPOCH", "KEY"}}
	for _, m := range list.Members {
		state, seat := "active", "-"
		switch {
		case m.Frozen:
			state = "frozen"
		case !m.Active:
			state = "from the next epoch on"
		}
		if m.Weight > 0 {
			seat = count(m.Weight)
		}
		rows = append(rows, []string{m.Name, seat, state, or(m.Sponsor, "-"), count(m.Since), m.Key.String()})
	}
	table(w, rows...)
}

func (p *program) memberCommand() *cobra.Command {
	c := &cobra.Command{Use: "member", Short: "Leave the network, or send a guest away"}
	c.AddCommand(p.memberRemoveCommand())
	return c
}

func (p *program) memberRemoveCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "remove NAME|DID", Aliases: []string{"rm"}, Short: "Leave the network, or send a guest away", Args: wants("NAME|DID"),
		Long: "Remove a member at the end of the epoch: this gateway itself, or one that came by its invitation and has no seat. For any other\n" +
			"member it takes a vote: lot govern propose remove NAME.",
	}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		event, err := gateway.RemoveMember(c.Context(), args[0])
		if err != nil {
			return err
		}
		return p.emit(asJSON, eventView{event}, func(w io.Writer) {
			fmt.Fprintf(w, "%s is a member until the end of the epoch. Event %s\n", safe(args[0]), event)
		})
	}
	return c
}
