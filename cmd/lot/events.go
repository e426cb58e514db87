package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/client"
)

// eventFilter is what `lot events` shows.
type eventFilter struct {
	kind, key, state string
	limit            int
	follow, asJSON   bool
	parsed           dag.Key
}

// eventStates are the states that can be asked for.
var eventStates = []string{
	string(api.StateWaiting), string(api.StateAttached), string(api.StateOrdered), string(api.StateNoOp), string(api.StateVoid),
}

func (p *program) eventsCommand() *cobra.Command {
	var f eventFilter
	c := &cobra.Command{
		Use:   "events",
		Short: "List the newest events, or follow them as they come",
		Long: "List the newest events, the newest first. With --follow show events as they come into the graph and as they get their place in\n" +
			"the order, until Ctrl-C; with --json each is then one line.",
		Example: "  lot events --kind transfer --limit 5\n  lot events --follow --json | jq .event.id",
		Args:    wants(),
	}
	c.Flags().BoolVarP(&f.follow, "follow", "f", false, "show events as they come, until Ctrl-C")
	c.Flags().StringVar(&f.kind, "kind", "", "only payloads of this `KIND`, such as anchor or transfer")
	c.Flags().StringVar(&f.key, "key", "", "only events of this key, a `DID`")
	c.Flags().StringVar(&f.state, "state", "", "only events in this `STATE`: "+strings.Join(eventStates, ", "))
	limitFlag(c, &f.limit, 20, "events")
	jsonFlag(c, &f.asJSON)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := f.check(c); err != nil {
			return err
		}
		gateway, err := p.connect()
		if err != nil {
			return err
		}
		if f.follow {
			return p.followEvents(c.Context(), gateway, f)
		}
		page, err := gateway.Events(c.Context(), api.EventQuery{Limit: f.limit, Kind: f.kind, Key: f.parsed, State: api.EventState(f.state)})
		if err != nil {
			return err
		}
		return p.emit(f.asJSON, page, func(w io.Writer) { printEvents(w, page) })
	}
	return c
}

func (f *eventFilter) check(c *cobra.Command) (err error) {
	if f.key != "" {
		if f.parsed, err = dag.ParseKey(f.key); err != nil {
			return usage(c, "--key: %v", err)
		}
	}
	if f.state != "" && !slices.Contains(eventStates, f.state) {
		return usage(c, "--state %q: choose %s", f.state, strings.Join(eventStates, ", "))
	}
	return checkLimit(c, f.limit)
}

// takes reports whether a notice is to be shown. The gateway filters by kind; key and state it does not.
func (f *eventFilter) takes(n *api.Notice) bool {
	if n.Type == api.NoticeGap {
		return true
	}
	return n.Event != nil && (f.parsed.IsZero() || n.Event.Key == f.parsed) && (f.state == "" || string(n.Event.State) == f.state)
}

// followEvents prints notices about events until ctx ends, which is how it is meant to end.
func (p *program) followEvents(ctx context.Context, gateway *client.Client, f eventFilter) error {
	options := client.FollowOptions{
		Types: []api.NoticeType{api.NoticeAttached, api.NoticeOrdered}, Kind: f.kind, // gaps come anyhow
		OnRetry: func(reason error, wait time.Duration) {
			fmt.Fprintf(p.err, "lot: %s; trying again in %s\n", safe(reason.Error()), lasting(wait))
		},
	}
	for message, err := range gateway.Follow(ctx, options) {
		if err != nil {
			return err
		}
		if !f.takes(&message.Notice) {
			continue
		}
		if err := p.printNotice(&message.Notice, f.asJSON); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) printNotice(n *api.Notice, asJSON bool) error {
	if asJSON {
		return p.emitLine(n)
	}
	if n.Event == nil {
		fmt.Fprintf(p.err, "lot: %s\n", safe(n.Why))
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %-8s  %-12s  %-16s  %s", clock(n.Time), n.Type, kindText(n.Event.Kind), issuer(n.Event), n.Event.ID)
	if n.Receipt != nil && n.Receipt.Status != api.StateOrdered {
		b.WriteString("  without effect: " + n.Receipt.Reason)
	}
	return p.print(safe(b.String()) + "\n")
}

func printEvents(w io.Writer, page api.EventPage) {
	if len(page.Events) == 0 {
		fmt.Fprintln(w, "No events.")
		return
	}
	rows := [][]string{{"TIME", "KIND", "BY", "STATE", "PLACE", "ID"}}
	for i := range page.Events {
		e := &page.Events[i]
		place := "-"
		if e.Position > 0 {
			place = count(e.Position)
		}
		rows = append(rows, []string{clock(e.Time), kindText(e.Kind), issuer(e), string(e.State), place, e.ID.String()})
	}
	table(w, rows...)
}

// kindText names the payload of an event; a witness event has none.
func kindText(kind string) string { return or(kind, "(witness)") }

// issuer names who issued an event.
func issuer(e *api.Event) string { return or(e.Name, e.Key.Short()) }
