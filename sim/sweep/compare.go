package sweep

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ledgerofthings/lot/sim/report"
)

// Comparison is how two runs differ.
type Comparison struct {
	SameVersion  bool         `json:"same_version"`  // of the program
	SameScenario bool         `json:"same_scenario"` // the seed included
	SameHash     bool         `json:"same_run_hash"` // over everything that every node decided
	Tables       int          `json:"tables"`        // that were compared
	Differences  []Difference `json:"differences"`   // the first of each table that differs; none if all are the same byte for byte
}

// Difference is where two tables differ first.
type Difference struct {
	File   string `json:"file"`
	Row    int    `json:"row"`              // from 1, not counting the line with the names; 0 if it is not in a row
	Column string `json:"column,omitempty"` // empty if a whole row is missing
	A      string `json:"a"`
	B      string `json:"b"`
}

// String returns the difference in a line.
func (d Difference) String() string {
	switch {
	case d.Row == 0:
		return fmt.Sprintf("%s: %s, and %s", d.File, d.A, d.B)
	case d.Column == "":
		return fmt.Sprintf("%s, row %d: %s, and %s", d.File, d.Row, d.A, d.B)
	}
	return fmt.Sprintf("%s, row %d, %s: %q and %q", d.File, d.Row, d.Column, d.A, d.B)
}

// Compare compares the tables of the runs in two folders byte for byte. The error is report.ErrNoRun, report.ErrDamaged, or of the disk.
func Compare(a, b string) (Comparison, error) {
	manifestA, err := report.ReadManifest(a)
	if err != nil {
		return Comparison{}, err
	}
	manifestB, err := report.ReadManifest(b)
	if err != nil {
		return Comparison{}, err
	}
	runA, runB := &kept{manifest: manifestA}, &kept{manifest: manifestB}
	c := Comparison{
		SameVersion: manifestA.Version == manifestB.Version, SameHash: manifestA.Hash == manifestB.Hash,
		SameScenario: runA.hash(report.ScenarioName) == runB.hash(report.ScenarioName), Differences: []Difference{},
	}
	for _, name := range tablesOf(manifestA, manifestB) {
		c.Tables++
		d, err := compareTables(filepath.Join(a, name), filepath.Join(b, name))
		if err != nil {
			return c, err
		}
		if d != nil {
			d.File = name
			c.Differences = append(c.Differences, *d)
		}
	}
	return c, nil
}

// tablesOf returns the names of all tables that one of the runs has.
func tablesOf(manifests ...report.Manifest) (names []string) {
	for _, m := range manifests {
		for _, f := range m.Files {
			if strings.HasSuffix(f.Name, ".csv") && filepath.Base(f.Name) == f.Name {
				names = append(names, f.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// compareTables returns the first difference of two CSV files; nil if they have the same bytes.
func compareTables(a, b string) (*Difference, error) {
	dataA, errA := os.ReadFile(a)
	dataB, errB := os.ReadFile(b)
	if err := errors.Join(errA, errB); err != nil {
		return nil, fmt.Errorf("%w: %w", report.ErrDamaged, err)
	}
	if bytes.Equal(dataA, dataB) {
		return nil, nil
	}
	readerA, readerB := csv.NewReader(bytes.NewReader(dataA)), csv.NewReader(bytes.NewReader(dataB))
	names, errA := readerA.Read()
	others, errB := readerB.Read()
	if err := errors.Join(errA, errB); err != nil {
		return nil, fmt.Errorf("%w: %s or %s: %w", report.ErrDamaged, a, b, err)
	}
	if !slices.Equal(names, others) {
		return &Difference{A: "columns " + strings.Join(names, ","), B: strings.Join(others, ",")}, nil
	}
	for row := 1; ; row++ {
		cellsA, errA := readerA.Read()
		cellsB, errB := readerB.Read()
		if errors.Is(errA, io.EOF) && errors.Is(errB, io.EOF) {
			return &Difference{A: "the same cells", B: "written otherwise"}, nil
		}
		if errA != nil || errB != nil {
			return &Difference{Row: row, A: rowText(cellsA, errA), B: rowText(cellsB, errB)}, nil
		}
		for n := range cellsA {
			if cellsA[n] != cellsB[n] {
				return &Difference{Row: row, Column: names[n], A: cellsA[n], B: cellsB[n]}, nil
			}
		}
	}
}

// rowText shows a row, or says why there is none.
func rowText(cells []string, err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "no such row"
	case err != nil:
		return "no CSV: " + err.Error()
	}
	return strings.Join(cells, ",")
}
