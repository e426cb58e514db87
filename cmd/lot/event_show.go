package main

import (
	"encoding/base64"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) eventCommand() *cobra.Command {
	c := &cobra.Command{Use: "event", Short: "Look at one event"}
	c.AddCommand(p.eventShowCommand())
	return c
}

func (p *program) eventShowCommand() *cobra.Command {
	var asJSON, block bool
	c := &cobra.Command{
		Use:   "show ID",
		Short: "Show an event: what it says, how far it is, and why it is not final if it is not",
		Args:  wants("ID"),
	}
	c.Flags().BoolVar(&block, "block", false, "include the dag-cbor block, in base64")
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
		event, err := gateway.Event(c.Context(), id, block)
		if err != nil {
			return err
		}
		return p.emit(asJSON, event, func(w io.Writer) { p.printEvent(w, &event) })
	}
	return c
}

func (p *program) printEvent(w io.Writer, e *api.EventDetail) {
	pairs := []string{
		"Event", e.ID.String(), "Kind", kindText(e.Kind), "By", fmt.Sprintf("%s, number %d of %s", issuer(&e.Event), e.Seq, e.Key),
		"Account", e.Account.String(), "Time", clock(e.Time) + " by its issuer's clock", "Arrived", p.ago(e.Arrived),
		"Approved by", fmt.Sprintf("%d events", e.Approvers), "State", fmt.Sprintf("%s: %s", e.State, e.Why),
	}
	if e.Hint != "" && e.Receipt == nil {
		pairs = append(pairs, "What to do", e.Hint)
	}
	if e.Round > 0 {
		pairs = append(pairs, "Round", fmt.Sprintf("%d of epoch %d", e.Round, e.Epoch))
	}
	if r := e.Receipt; r != nil {
		pairs = append(pairs, "Place", fmt.Sprintf("%d, at ledger time %s, in commit %s", r.Position, clock(r.Time), r.Commit))
		if !r.BeatenBy.IsZero() {
			pairs = append(pairs, "Beaten by", r.BeatenBy.String())
		}
	}
	for _, id := range e.Approves {
		pairs = append(pairs, "Approves", id.String())
	}
	for _, id := range e.Missing {
		pairs = append(pairs, "Missing", id.String())
	}
	if len(e.Payload) > 0 {
		pairs = append(pairs, "Payload", string(e.Payload))
	}
	if len(e.Block) > 0 {
		pairs = append(pairs, "Block", base64.StdEncoding.EncodeToString(e.Block))
	}
	fields(w, pairs...)
}
