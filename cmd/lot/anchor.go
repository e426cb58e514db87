package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) anchorCommand() *cobra.Command {
	c := &cobra.Command{Use: "anchor", Short: "Look at the anchors of readings, or anchor at once"}
	c.AddCommand(p.anchorNowCommand(), p.anchorListCommand())
	return c
}

func (p *program) anchorNowCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "now", Short: "Put the waiting readings on the ledger now, without waiting for the batch to fill", Args: wants()}
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		anchors, err := gateway.AnchorNow(c.Context())
		if err != nil {
			return err
		}
		return p.emit(asJSON, api.AnchorList{Anchors: anchors}, func(w io.Writer) {
			if len(anchors) == 0 {
				fmt.Fprintln(w, "No reading is waiting.")
				return
			}
			printAnchors(w, anchors)
		})
	}
	return c
}

func (p *program) anchorListCommand() *cobra.Command {
	var limit int
	var asJSON bool
	c := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List this gateway's anchors, the newest first", Args: wants()}
	limitFlag(c, &limit, 20, "anchors")
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkLimit(c, limit); err != nil {
			return err
		}
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		anchors, err := gateway.Anchors(c.Context(), limit)
		if err != nil {
			return err
		}
		return p.emit(asJSON, api.AnchorList{Anchors: anchors}, func(w io.Writer) {
			if len(anchors) == 0 {
				fmt.Fprintln(w, "No anchors.")
				return
			}
			printAnchors(w, anchors)
		})
	}
	return c
}

func printAnchors(w io.Writer, anchors []api.Anchor) {
	rows := [][]string{{"READINGS", "FROM", "TO", "STATE", "EVENT"}}
	for _, a := range anchors {
		event := "-"
		if !a.Event.IsZero() {
			event = a.Event.String()
		}
		rows = append(rows, []string{count(a.Count), clock(a.First), clock(a.Last), string(a.State), event})
	}
	table(w, rows...)
}
