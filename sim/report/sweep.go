package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// The files of a sweep.
const (
	SweepName     = "sweep.json" // marks the folder; written last
	SweepCSVName  = "sweep.csv"  // a line for each cell and figure: mean, median and confidence interval
	RunsName      = "runs.csv"   // a line for each run
	SweepPageName = "sweep.html"
)

// Setting is the value that a cell of a grid gives to a key of the scenario, as text.
type Setting struct{ Key, Value string }

// Cell is one combination of a grid's values, and the runs of it, which differ in their seeds.
type Cell struct {
	Settings []Setting // the same keys in the same order in all cells; none if only seeds are swept
	Runs     []Run
}

// sweepManifest is sweep.json.
type sweepManifest struct {
	Format        string `json:"format"`
	FormatVersion int    `json:"format_version"`
	Name          string `json:"name"`
	Cells         int    `json:"cells"`
	Runs          int    `json:"runs"`
	Files         []File `json:"files"`
}

const sweepFormat = "lot-sim-sweep"

// WriteSweep writes the tables and the page of a sweep to a folder, beside what else it holds, such as the runs themselves.
// Each file is replaced whole. Cells come out as they are given. The error is ErrForeign if files of these names are there
// that no sweep has written, ErrFull, or of the disk.
func WriteSweep(dir, name string, cells []Cell) error {
	if err := checkCells(cells); err != nil {
		return fmt.Errorf("writing the sweep %s: %w", name, err)
	}
	if err := CheckSweepFolder(dir); err != nil {
		return fmt.Errorf("writing the sweep %s: %w", name, err)
	}
	if err := makeFolder(dir); err != nil {
		return fmt.Errorf("writing the sweep %s: %w", name, err)
	}
	w := runWriter{create: func(file string) (io.WriteCloser, error) { return createReplacing(dir, file) }}
	w.file(SweepCSVName, func(out io.Writer) error { return writeEstimates(out, cells) })
	w.file(RunsName, func(out io.Writer) error { return writeRuns(out, cells) })
	w.file(SweepPageName, func(out io.Writer) error { return writeSweepPage(out, name, cells) })
	m := sweepManifest{sweepFormat, formatVersion, name, len(cells), countRuns(cells), w.files}
	w.file(SweepName, func(out io.Writer) error { return writeJSON(out, m) })
	if w.err != nil {
		return fmt.Errorf("writing the sweep %s to %s: %w", name, dir, w.err)
	}
	return syncFolder(dir)
}

// checkCells refuses cells of different grids.
func checkCells(cells []Cell) error {
	for i, c := range cells {
		same := slices.EqualFunc(c.Settings, cells[0].Settings, func(a, b Setting) bool { return a.Key == b.Key })
		if !same {
			return fmt.Errorf("cell %d has other settings, %v, than the first, %v", i, c.Settings, cells[0].Settings)
		}
	}
	return nil
}

// CheckSweepFolder reports whether a sweep may be written to a folder: its files are not there, or a sweep has written them.
// Else the error is ErrForeign. It is for asking before the first run.
func CheckSweepFolder(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, SweepName)); err == nil {
		return nil
	}
	for _, name := range []string{SweepCSVName, RunsName, SweepPageName} {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %s is there but no %s: choose another folder", ErrForeign, path, SweepName)
		}
	}
	return nil
}

func countRuns(cells []Cell) (n int) {
	for _, c := range cells {
		n += len(c.Runs)
	}
	return n
}

// writeEstimates writes sweep.csv.
func writeEstimates(w io.Writer, cells []Cell) error {
	out := csv.NewWriter(w)
	if err := out.Write(append(keys(cells), "figure", "runs", "mean", "median", "ci95_low", "ci95_high")); err != nil {
		return err
	}
	for _, c := range cells {
		for _, e := range Summarise(c.Runs) {
			line := append(values(c), e.Key, strconv.Itoa(e.Runs), number(e.Mean), number(e.Median), number(e.Low), number(e.High))
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// writeRuns writes runs.csv. Its figures are all that some run has measured.
func writeRuns(w io.Writer, cells []Cell) error {
	var all []Run
	for _, c := range cells {
		all = append(all, c.Runs...)
	}
	column := map[string]int{}
	head := append(keys(cells), "seed")
	for _, e := range Summarise(all) {
		column[e.Key] = len(head)
		head = append(head, e.Key)
	}
	out := csv.NewWriter(w)
	if err := out.Write(head); err != nil {
		return err
	}
	for _, c := range cells {
		for i := range c.Runs {
			line := append(values(c), strconv.FormatUint(c.Runs[i].Seed, 10))
			line = append(line, make([]string, len(head)-len(line))...)
			for _, f := range c.Runs[i].Figures.List() {
				line[column[f.Key]] = number(f.Value)
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// keys returns the names of the settings as columns.
func keys(cells []Cell) (out []string) {
	if len(cells) == 0 {
		return nil
	}
	for _, s := range cells[0].Settings {
		out = append(out, guard(s.Key))
	}
	return out
}

// values returns the values of a cell's settings as columns.
func values(c Cell) (out []string) {
	for _, s := range c.Settings {
		out = append(out, guard(s.Value))
	}
	return out
}

// number writes a figure so that it reads back the same, and nothing where there is none.
func number(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
