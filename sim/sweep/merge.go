package sweep

import (
	"fmt"
	"path/filepath"

	"github.com/ledgerofthings/lot/sim/report"
)

// Merge copies the complete runs of other folders into the folder of a sweep, which is made if it is not there, and writes the tables
// over all of them. Without other folders it writes the tables only. All have to be of one scenario and program, or the error wraps
// ErrOther. Where a cell and seed is in several, the runs have to be the same, or it wraps ErrDiffers. Each run is checked
// against its manifest while it is copied, so it may also be report.ErrDamaged.
func Merge(out string, dirs ...string) (Summary, error) {
	var first *record
	for _, dir := range dirs {
		r, err := readRecord(dir)
		if err != nil {
			return Summary{}, err
		}
		if first == nil {
			first = r
		} else if err := first.same(r, dir); err != nil {
			return Summary{}, err
		}
	}
	if first != nil {
		if err := first.claim(out); err != nil {
			return Summary{}, err
		}
	}
	for _, dir := range dirs {
		if err := first.copyRuns(out, dir); err != nil {
			return Summary{}, err
		}
	}
	return WriteTables(out)
}

// copyRuns copies what is complete in one folder and missing in the other.
func (r *record) copyRuns(out, dir string) error {
	for _, cell := range r.Cells {
		seeds, err := seedsOf(dir, cell.Name)
		if err != nil {
			return err
		}
		for _, seed := range seeds {
			if err := r.copyRun(out, dir, runFolder(cell.Name, seed)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *record) copyRun(out, dir, folder string) error {
	source, err := r.look(dir, folder)
	if source == nil || err != nil {
		return err
	}
	target, err := r.look(out, folder)
	if err != nil {
		return err
	}
	if target != nil {
		if target.manifest.Tables == source.manifest.Tables {
			return nil
		}
		return sameRuns(filepath.Join(out, folder), filepath.Join(dir, folder))
	}
	result, err := report.Read(filepath.Join(dir, folder))
	if err != nil {
		return err
	}
	return report.Write(filepath.Join(out, folder), result)
}

// sameRuns says where two runs that should be the same differ.
func sameRuns(a, b string) error {
	c, err := Compare(a, b)
	if err != nil {
		return err
	}
	if len(c.Differences) == 0 {
		return fmt.Errorf("%w: the tables in %s and %s are the same and their manifests say they are not", report.ErrDamaged, a, b)
	}
	return fmt.Errorf("%w: %s and %s: %s", ErrDiffers, a, b, c.Differences[0])
}
