package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim/scenario"
	"github.com/ledgerofthings/lot/sim/scenarios"
)

// scenarioView is a scenario that comes with Lot, for programs.
type scenarioView struct {
	Name     string `json:"name"`
	About    string `json:"about"`
	Nodes    int    `json:"nodes"`
	Duration uint64 `json:"duration_us"`
	Cells    int    `json:"cells"`
}

func (p *program) simListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "list", Short: "List the scenarios that come with Lot", Args: wants()}
	jsonFlag(c, &asJSON)
	c.RunE = func(*cobra.Command, []string) error {
		views := []scenarioView{}
		rows := [][]string{{"NAME", "NODES", "TIME", "CELLS", "ABOUT"}}
		for _, name := range scenarios.List() {
			s, err := scenario.Open("builtin:" + name)
			if err != nil {
				return err
			}
			cells, err := s.Cells()
			if err != nil {
				return err
			}
			views = append(views, scenarioView{name, s.About, s.Network.Nodes, uint64(s.Duration), len(cells)})
			rows = append(rows, []string{name, count(s.Network.Nodes), s.Duration.String(), count(len(cells)), s.About})
		}
		return p.emit(asJSON, views, func(w io.Writer) { table(w, rows...) })
	}
	return c
}
