package sweep

import (
	"fmt"
	"path/filepath"

	"github.com/ledgerofthings/lot/sim/report"
)

// Summary is what lies in the folder of a sweep.
type Summary struct {
	Name   string   `json:"name"`
	Cells  int      `json:"cells"`
	Runs   int      `json:"runs"` // that are complete
	Least  int      `json:"fewest_runs_of_a_cell"`
	Most   int      `json:"most_runs_of_a_cell"`
	Broken []Broken `json:"broken"` // runs in which an invariant was broken
}

// Broken is a run in which invariants were broken.
type Broken struct {
	Folder   string `json:"folder"` // within that of the sweep
	Cell     string `json:"cell"`
	Seed     uint64 `json:"seed"`
	Findings int    `json:"findings"`
}

// WriteTables writes the tables and the page over all complete runs in the folder of a sweep. The error is ErrNoSweep, ErrOther,
// report.ErrFull, or of the disk.
func WriteTables(dir string) (Summary, error) {
	r, err := readRecord(dir)
	if err != nil {
		return Summary{}, err
	}
	cells, summary, err := r.collect(dir)
	if err != nil {
		return summary, err
	}
	return summary, report.WriteSweep(dir, r.Name, cells)
}

// collect reads what all complete runs measured.
func (r *record) collect(dir string) (cells []report.Cell, s Summary, err error) {
	s = Summary{Name: r.Name, Cells: len(r.Cells)}
	for n, c := range r.Cells {
		cell := report.Cell{}
		for _, setting := range c.Settings {
			cell.Settings = append(cell.Settings, report.Setting(setting))
		}
		seeds, err := seedsOf(dir, c.Name)
		if err != nil {
			return nil, s, err
		}
		for _, seed := range seeds {
			folder := runFolder(c.Name, seed)
			k, err := r.look(dir, folder)
			if err != nil {
				return nil, s, err
			}
			if k == nil {
				continue
			}
			cell.Runs = append(cell.Runs, report.Run{Seed: seed, Figures: k.figures})
			if k.figures.Findings > 0 {
				s.Broken = append(s.Broken, Broken{folder, c.Name, seed, k.figures.Findings})
			}
		}
		s.add(n, len(cell.Runs))
		cells = append(cells, cell)
	}
	return cells, s, nil
}

// add counts the runs of the n-th cell.
func (s *Summary) add(n, runs int) {
	s.Runs += runs
	s.Most = max(s.Most, runs)
	if n == 0 || runs < s.Least {
		s.Least = runs
	}
}

// look reads a run of the sweep; nil if it is not complete.
func (r *record) look(dir, folder string) (*kept, error) {
	k, err := look(filepath.Join(dir, folder))
	if k != nil && k.manifest.Version != r.Version {
		return nil, fmt.Errorf("%w: the run in %s is of %s and the sweep of %s: remove it", ErrOther, filepath.Join(dir, folder), k.manifest.Version, r.Version)
	}
	return k, err
}
