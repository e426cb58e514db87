package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/sim/scenario"
)

// checkView is what is to be said of a scenario, for programs.
type checkView struct {
	Problems []problemView `json:"problems"`
	Warnings []string      `json:"warnings"`
	Cells    []cellView    `json:"cells"`
	Free     *uint64       `json:"available_memory_bytes"` // null where it cannot be found out
}

type problemView struct {
	File string `json:"file"`
	Line int    `json:"line"` // 0 if no line is to blame
	Key  string `json:"key"`
	Text string `json:"text"`
}

type cellView struct {
	Name       string  `json:"name"`
	Memory     uint64  `json:"memory_bytes"`
	Seconds    float64 `json:"seconds"` // on two cores
	Payloads   float64 `json:"payload_events"`
	Witnesses  float64 `json:"witness_events"`
	Deliveries float64 `json:"deliveries"`
	Why        string  `json:"why"`
}

func (p *program) simCheckCommand() *cobra.Command {
	var o chosenScenario
	var asJSON bool
	c := &cobra.Command{
		Use:   "check SCENARIO",
		Short: "Say what is wrong with a scenario and what it would take, without running it",
		Args:  wants("SCENARIO"),
	}
	o.flags(c)
	jsonFlag(c, &asJSON)
	c.RunE = func(c *cobra.Command, args []string) error {
		view := checkView{Problems: []problemView{}, Warnings: []string{}, Cells: []cellView{}}
		if available, known := thisMachine.available(); known {
			view.Free = &available
		}
		s, err := o.open(c, args[0])
		var problems scenario.Problems
		if errors.As(err, &problems) && asJSON {
			for _, found := range problems {
				view.Problems = append(view.Problems, problemView(found))
			}
			return errors.Join(err, p.emit(true, view, nil))
		}
		if err != nil {
			return err
		}
		cells, err := s.Cells()
		if err != nil {
			return inScenario(err)
		}
		view.fill(s, cells)
		return p.emit(asJSON, view, func(w io.Writer) { view.print(w, s) })
	}
	return c
}

// fill adds what there is to say of a valid scenario.
func (v *checkView) fill(s *scenario.Scenario, cells []scenario.Cell) {
	v.Warnings = append(v.Warnings, s.Warnings()...)
	for _, cell := range cells {
		e := cell.Scenario.EstimateIn(shardsFor(cell.Scenario))
		v.Cells = append(v.Cells, cellView{cell.Name, e.Memory, e.Seconds, e.Payloads, e.Witnesses, e.Deliveries, e.Why})
	}
}

func (v *checkView) print(w io.Writer, s *scenario.Scenario) {
	fmt.Fprintf(w, "Scenario %s is in order: %s\n", s.Name, safe(s.About))
	for _, warning := range v.Warnings {
		fmt.Fprintf(w, "Warning: %s\n", safe(warning))
	}
	rows := [][]string{{"CELL", "TIME", "MEMORY", "HOW IT COMES ABOUT"}}
	for _, cell := range v.Cells {
		rows = append(rows, []string{cell.Name, secondsText(cell.Seconds), sizeText(cell.Memory), cell.Why})
	}
	table(w, rows...)
	if v.Free == nil {
		fmt.Fprintln(w, "How much memory is free cannot be found out on this system.")
	} else {
		fmt.Fprintf(w, "%s of memory are free.\n", sizeText(*v.Free))
	}
}
