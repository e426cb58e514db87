package node

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

// Whoever has an export can compute the order, the votes and the ledger time again.
func TestExportRecomputes(t *testing.T) {
	p := newParty(t, 3, 2, 2, 0)
	p.startAll()
	ctx, d := t.Context(), newDevice(1)
	d.register(p.guests[3])
	for n := range 24 {
		from, to := p.guests[n%4], p.guests[(n+1)%4]
		eventually(t, func() error { // until its gateway may issue
			_, err := from.client.Transfer(ctx, api.TransferRequest{To: to.node.self.account, Amount: 1, IdempotencyKey: fmt.Sprint(n)}, 0)
			return err
		})
		d.send(p.guests[3], uint64(n+1), uint64(n+1))
		if n == 11 { // some of the rest is ordered without it, and then with it
			p.guests[2].stop()
			p.guests[2].start()
			p.guests[2].ready()
		}
	}
	p.guests[3].final(24)
	for _, g := range p.guests {
		eventually(t, func() error {
			status, err := g.client.Status(ctx)
			if err == nil && (status.Ledger.Open > 0 || status.Ledger.Commits < 3) {
				err = fmt.Errorf("%+v", status.Ledger)
			}
			return err
		})
		var text bytes.Buffer
		must(t, g.client.Graph(ctx, &text))
		c, commits, err := readExport(&text)
		must(t, err)
		want := c.commits()
		if len(want) < 3 || len(commits) != len(want) {
			t.Fatalf("%s exports %d commits, %d follow from its %d events", g.name, len(commits), len(want), len(c.list))
		}
		for n, got := range commits {
			got.Type = ""
			if !reflect.DeepEqual(*got, want[n]) {
				t.Fatalf("%s: commit\n%+v\nwhere this follows:\n%+v", g.name, *got, want[n])
			}
		}
		c.checkVotes(t)
	}
}

// checkVotes compares the votes and certificates of an export with those that follow from it.
func (c *recomputer) checkVotes(t *testing.T) {
	t.Helper()
	cast := 0
	for _, e := range c.list {
		member := slices.IndexFunc(c.members, func(m exportedMember) bool { return m.Key == e.Key })
		for _, v := range e.Votes {
			cast++
			if candidate, ok := c.vote(c.cone(e.ID), member, v.Slot); !ok || candidate != v.Candidate || c.first(c.all, member, v.Slot+1).ID != e.ID {
				t.Errorf("event %s is said to vote for %s in slot %d, and does for %s, %v", e.ID, v.Candidate, v.Slot, candidate, ok)
			}
		}
		for _, v := range e.Certificates {
			if candidate := c.certificate(c.cone(e.ID), member, v.Slot); candidate != v.Candidate || c.first(c.all, member, v.Slot+2).ID != e.ID {
				t.Errorf("event %s is said to certify %s in slot %d, and does %s", e.ID, v.Candidate, v.Slot, candidate)
			}
		}
	}
	if cast == 0 {
		t.Error("no votes")
	}
}

// Pages lead through all events once, whatever is filtered.
func TestPagesOfEvents(t *testing.T) {
	p := newParty(t, 1)
	g := p.guests[0]
	g.start()
	d := newDevice(1)
	d.register(g)
	d.send(g, 1, 5)
	g.final(5)
	b, ctx := &backend{g.node}, t.Context()
	walk := func(q api.EventQuery) (seen []dag.ID) {
		for {
			page, err := b.Events(ctx, q)
			must(t, err)
			for _, e := range page.Events {
				seen = append(seen, e.ID)
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				return seen
			}
		}
	}
	all := walk(api.EventQuery{Limit: 1000})
	if paged := walk(api.EventQuery{Limit: 2}); !slices.Equal(paged, all) || len(all) < 4 {
		t.Fatalf("pages have %d events, all are %d", len(paged), len(all))
	}
	if anchors := walk(api.EventQuery{Limit: 1, Kind: "anchor"}); len(anchors) == 0 || len(anchors) >= len(all) {
		t.Fatalf("%d anchors of %d events", len(anchors), len(all))
	}
	if none := walk(api.EventQuery{Limit: 1, Key: d.key()}); len(none) != 0 {
		t.Fatal(none)
	}
	for _, cursor := range []string{"x", "-1", "99999999999999999999"} {
		if _, err := b.Events(ctx, api.EventQuery{Cursor: cursor, Limit: 1}); err == nil {
			t.Errorf("cursor %q is taken", cursor)
		}
	}
}
