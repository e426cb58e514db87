package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) governCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "govern", Short: "Change the network by a vote of its committee",
		Long: "Members with a seat propose changes and approve them. A proposal is accepted by more than two thirds of the weight of all seats, and\n" +
			"takes effect at the end of the epoch, which then comes at once. Whoever is to get a seat has to approve that too.",
	}
	c.AddCommand(p.governProposeCommand(), p.governListCommand(), p.governApproveCommand())
	return c
}

func (p *program) governListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List proposals, and what they wait for", Args: wants()}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		proposals, err := gateway.Proposals(c.Context())
		if err != nil {
			return err
		}
		return p.emit(asJSON, api.ProposalList{Proposals: proposals}, func(w io.Writer) { printProposals(w, proposals) })
	}
	return c
}

func printProposals(w io.Writer, proposals []api.Proposal) {
	if len(proposals) == 0 {
		fmt.Fprintln(w, "There are no proposals. `lot govern propose --help` shows how to make one.")
		return
	}
	for n, proposal := range proposals {
		if n > 0 {
			fmt.Fprintln(w)
		}
		printProposal(w, proposal)
	}
}

func printProposal(w io.Writer, v api.Proposal) {
	pairs := []string{"Proposal", v.ID.String()}
	for n, change := range v.Changes {
		if slices.Contains(v.Skipped, n) {
			change += " (could not be done any more)"
		}
		pairs = append(pairs, "Change", change)
	}
	var names []string
	for _, a := range v.Approvals {
		names = append(names, fmt.Sprintf("%s (%d)", a.Name, a.Weight))
	}
	pairs = append(pairs, "By", v.Proposer, "State", v.Stage,
		"Approved", fmt.Sprintf("weight %d, %d needed: %s", v.Weight, v.Needed, strings.Join(names, ", ")))
	if len(v.Missing) > 0 {
		pairs = append(pairs, "Consent", "missing of "+strings.Join(v.Missing, ", "))
	}
	if v.Epoch > 0 {
		pairs = append(pairs, "Holds", fmt.Sprintf("from epoch %d on", v.Epoch))
	}
	fields(w, append(pairs, "Open until", clock(v.Expires))...)
}

func (p *program) governApproveCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "approve ID", Short: "Approve a proposal, or agree to the seat that it gives to this gateway", Args: wants("ID"),
	}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		id, err := eventArgument(c, args[0])
		if err != nil {
			return err
		}
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		event, err := gateway.Approve(c.Context(), id)
		if err != nil {
			return err
		}
		return p.emit(asJSON, eventView{event}, func(w io.Writer) {
			fmt.Fprintf(w, "The approval is on its way, event %s\n`lot govern list` shows what the proposal still needs.\n", event)
		})
	}
	return c
}
