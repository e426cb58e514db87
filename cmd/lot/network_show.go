package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag"
)

// networkView is what `lot network show --json` prints.
type networkView struct {
	Name       string         `json:"name"`
	ID         dag.NetworkID  `json:"id"`
	Created    uint64         `json:"created"` // ms since the Unix epoch
	Parameters map[string]any `json:"parameters"`
	Weight     uint64         `json:"weight"` // of all seats
	Quorum     uint64         `json:"quorum"` // the smallest weight that decides
	Supply     uint64         `json:"supply"` // base units
	Members    []memberView   `json:"members"`
}

// memberView is one member of a networkView.
type memberView struct {
	Name    string      `json:"name"`
	Peer    string      `json:"peer"`
	Key     dag.Key     `json:"key"`
	Cosign  dag.Key     `json:"cosign"`
	Account dag.Account `json:"account"`
	Weight  uint64      `json:"weight"`
	Balance uint64      `json:"balance"`
}

func (p *program) networkShowCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Show the network of a genesis file, or the one that this gateway is in",
		Args:  wantsUpTo(0, "FILE"),
	}
	jsonFlag(c, &asJSON)
	c.RunE = func(_ *cobra.Command, args []string) error {
		g, err := p.genesis(args...)
		if err != nil {
			return err
		}
		view, err := newNetworkView(g)
		if err != nil {
			return err
		}
		return p.emit(asJSON, view, func(w io.Writer) { printNetwork(w, view) })
	}
	return c
}

// genesis loads the genesis in the file, or without one that of the data folder.
func (p *program) genesis(path ...string) (*bootstrap.Genesis, error) {
	if len(path) > 0 && path[0] != "" {
		return bootstrap.LoadGenesis(path[0])
	}
	h, err := p.at()
	if err != nil {
		return nil, err
	}
	return h.Genesis()
}

func newNetworkView(g *bootstrap.Genesis) (networkView, error) {
	_, rules, err := genesisDocument(g)
	view := networkView{
		Name: g.Name(), ID: g.ID(), Created: g.Created(), Parameters: rules, Weight: g.TotalWeight(), Supply: g.Supply(),
		Quorum: 2*g.TotalWeight()/3 + 1,
	}
	for _, m := range g.Members() {
		view.Members = append(view.Members, memberView{m.Name, m.Host.String(), m.Event, m.Cosign, m.Account, m.Weight, m.Balance})
	}
	return view, err
}

func printNetwork(w io.Writer, v networkView) {
	fields(w,
		"Network", v.Name, "Id", v.ID.String(), "Founded", time.UnixMilli(int64(v.Created)).UTC().Format(time.RFC3339),
		"Decided by", fmt.Sprintf("weight %d of %d", v.Quorum, v.Weight), "Supply", count(v.Supply))
	fmt.Fprintln(w)
	rows := [][]string{{"MEMBER", "WEIGHT", "BALANCE", "PEER", "ACCOUNT"}}
	for _, m := range v.Members {
		rows = append(rows, []string{m.Name, count(m.Weight), count(m.Balance), m.Peer, m.Account.String()})
	}
	table(w, rows...)
	fmt.Fprintln(w)
	rows = [][]string{{"RULE", "VALUE"}}
	for _, key := range slices.Sorted(maps.Keys(v.Parameters)) {
		rows = append(rows, []string{key, fmt.Sprint(v.Parameters[key])})
	}
	table(w, rows...)
}
