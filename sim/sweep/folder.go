package sweep

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ledgerofthings/lot/sim/report"
)

// The files that make a folder one of a sweep.
const (
	PlanName     = "sweep-plan.json" // written last
	ScenarioName = "scenario.toml"   // with the grid
)

// planFormat and planVersion mark the plan.
const (
	planFormat  = "lot-sim-sweep-plan"
	planVersion = 1
)

// Errors about folders of sweeps.
var (
	ErrNoSweep = errors.New("no sweep")                             // the folder or its plan is missing, or cannot be read
	ErrOther   = errors.New("another sweep")                        // the folder belongs to another scenario or program
	ErrDiffers = errors.New("two runs of one cell and seed differ") // which no two runs of one program may
)

// record is sweep-plan.json.
type record struct {
	Format        string       `json:"format"`
	FormatVersion int          `json:"format_version"`
	Name          string       `json:"name"`
	Version       string       `json:"version"` // of the program
	Scenario      string       `json:"scenario_sha256"`
	Cells         []recordCell `json:"cells"`

	text string // of the scenario
}

type recordCell struct {
	Name     string          `json:"name"`
	Settings []recordSetting `json:"settings,omitempty"`
}

type recordSetting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (p *Plan) record() *record {
	r := &record{Format: planFormat, FormatVersion: planVersion, Name: p.Name, Version: p.Version, Scenario: hashOf(p.Text), text: p.Text}
	for _, cell := range p.Cells {
		c := recordCell{Name: cell.Name}
		for _, value := range cell.Values {
			c.Settings = append(c.Settings, recordSetting(value))
		}
		r.Cells = append(r.Cells, c)
	}
	return r
}

func hashOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// readRecord reads the plan in a folder. The error is ErrNoSweep or of the disk.
func readRecord(dir string) (*record, error) {
	path := filepath.Join(dir, PlanName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s: there is no %s", ErrNoSweep, dir, PlanName)
	}
	if err != nil {
		return nil, err
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("%w in %s: reading %s: %w", ErrNoSweep, dir, PlanName, err)
	}
	if r.Format != planFormat || r.FormatVersion != planVersion {
		return nil, fmt.Errorf("%w in %s: %s is of the format %.40q, version %d, want %q, version %d", ErrNoSweep, dir, PlanName, r.Format, r.FormatVersion, planFormat, planVersion)
	}
	for _, cell := range r.Cells {
		if !filepath.IsLocal(cell.Name) || filepath.Base(cell.Name) != cell.Name {
			return nil, fmt.Errorf("%w in %s: %s has a cell of the name %.40q, which is no name of a folder", ErrNoSweep, dir, PlanName, cell.Name)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, ScenarioName))
	if err != nil {
		return nil, fmt.Errorf("%w in %s: %w", ErrNoSweep, dir, err)
	}
	if r.text = string(text); hashOf(r.text) != r.Scenario {
		return nil, fmt.Errorf("%w in %s: %s was changed since the sweep was begun: put it back, or begin another folder", ErrNoSweep, dir, ScenarioName)
	}
	return &r, nil
}

// claim makes a folder one of the sweep, or checks that it is. The error wraps ErrOther, report.ErrForeign, report.ErrFull, or is of the disk.
func (r *record) claim(dir string) error {
	there, err := readRecord(dir)
	if err == nil {
		return r.same(there, dir)
	}
	if _, missing := os.Lstat(filepath.Join(dir, PlanName)); missing == nil {
		return err
	}
	if err := checkFresh(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // results are no secrets
		return plain(dir, err)
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(dir, ScenarioName, []byte(r.text)); err != nil {
		return err
	}
	return replaceFile(dir, PlanName, append(data, '\n'))
}

// checkFresh refuses a folder with files in it that no sweep began to write.
func checkFresh(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return fmt.Errorf("%w: %s is a file: choose another folder", report.ErrForeign, dir)
		}
		return err
	}
	for _, entry := range entries {
		if name := entry.Name(); name != ScenarioName && !strings.HasPrefix(name, ".") {
			return fmt.Errorf("%w: %s has files in it, such as %s, and is no sweep: choose another folder or empty this one", report.ErrForeign, dir, name)
		}
	}
	return nil
}

// same says what keeps a folder's sweep from being this one.
func (r *record) same(there *record, dir string) error {
	if r.Version != there.Version {
		return fmt.Errorf("%w: %s was begun with %s and this is %s, whose runs may differ: use that program, or begin another folder",
			ErrOther, dir, there.Version, r.Version)
	}
	if r.text != there.text {
		return fmt.Errorf("%w: %s is of another scenario: %s: put it back, or begin another folder", ErrOther, dir, textDifference(there.text, r.text))
	}
	return nil
}

// textDifference names the first line in which two texts differ.
func textDifference(a, b string) string {
	linesA, linesB := strings.Split(a, "\n"), strings.Split(b, "\n")
	table := ""
	for n := range max(len(linesA), len(linesB)) {
		lineA, lineB := lineOf(linesA, n), lineOf(linesB, n)
		if lineA != lineB {
			return fmt.Sprintf("%sit has %s where there is now %s", table, lineA, lineB)
		}
		if strings.HasPrefix(lineA, "[") {
			table = "in " + lineA + " "
		}
	}
	return "they do not differ"
}

func lineOf(lines []string, n int) string {
	if n >= len(lines) || lines[n] == "" {
		return "nothing"
	}
	return lines[n]
}
