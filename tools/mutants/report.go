package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// report is what becomes of the mutants: a row for each as soon as it is judged, and a table by level at the end; or all of it
// as one JSON document.
type report struct {
	out    io.Writer
	asJSON bool
	rows   []row
}

// row is one mutant and its verdict.
type row struct {
	Name    string  `json:"name"`
	Level   string  `json:"level"`
	Bug     string  `json:"bug"`
	Verdict string  `json:"verdict"`
	By      string  `json:"by"` // the tests that caught it, or why nothing did
	Seconds float64 `json:"seconds"`
}

// levelRow adds up the mutants of a level.
type levelRow struct {
	Level   string  `json:"level"`
	Planted int     `json:"planted"`
	Caught  int     `json:"caught"`
	Seconds float64 `json:"seconds"`
}

const rowFormat = "%-36s %-10s %-8s %7s  %s\n"

func newReport(out io.Writer, asJSON bool) *report {
	r := &report{out: out, asJSON: asJSON}
	r.printf(rowFormat, "MUTANT", "LEVEL", "VERDICT", "SECONDS", "BY")
	return r
}

func (r *report) printf(format string, args ...any) {
	if !r.asJSON {
		fmt.Fprintf(r.out, format, args...)
	}
}

// add takes a verdict.
func (r *report) add(m mutant, v verdict, took time.Duration) {
	r.rows = append(r.rows, row{m.name, m.level, m.bug, v.outcome, v.detail, took.Seconds()})
	r.printf(rowFormat, m.name, m.level, v.outcome, fmt.Sprintf("%.1f", took.Seconds()), v.detail)
	if v.outcome != caught {
		r.printf("    planted: %s\n", m.bug)
	}
}

func (r *report) survivors() (n int) {
	for i := range r.rows {
		if r.rows[i].Verdict != caught {
			n++
		}
	}
	return n
}

// byLevel adds the rows up, the smallest level first, and those that there are only.
func (r *report) byLevel() (list []levelRow) {
	for _, level := range levels {
		sum := levelRow{Level: level}
		for i := range r.rows {
			if r.rows[i].Level != level {
				continue
			}
			sum.Planted++
			sum.Seconds += r.rows[i].Seconds
			if r.rows[i].Verdict == caught {
				sum.Caught++
			}
		}
		if sum.Planted > 0 {
			list = append(list, sum)
		}
	}
	return list
}

// close prints what is left to be said.
func (r *report) close() error {
	if r.asJSON {
		encoder := json.NewEncoder(r.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			Mutants []row      `json:"mutants"`
			Levels  []levelRow `json:"levels"`
		}{r.rows, r.byLevel()})
	}
	r.printf("\n%-12s %8s %8s %9s\n", "LEVEL", "PLANTED", "CAUGHT", "SECONDS")
	for _, l := range r.byLevel() {
		r.printf("%-12s %8d %8d %9.1f\n", l.Level, l.Planted, l.Caught, l.Seconds)
	}
	_, err := fmt.Fprintf(r.out, "%d of %d planted bugs caught\n", len(r.rows)-r.survivors(), len(r.rows))
	return err
}
