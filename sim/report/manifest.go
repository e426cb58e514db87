package report

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The files of a run beside its tables.
const (
	ManifestName = "manifest.json" // written last: a folder without it is no whole run
	MachineName  = "machine.json"  // the only file that differs between two runs of one scenario and seed
	ScenarioName = "scenario.toml"
	SummaryName  = "summary.json"
	TextName     = "summary.txt"
	PageName     = "report.html"
)

// formatName and formatVersion mark the manifest of a run.
const (
	formatName    = "lot-sim-run"
	formatVersion = 1
)

// Errors about folders of runs.
var (
	ErrNoRun   = errors.New("no simulation run")               // the folder or its manifest is missing, or of another program
	ErrDamaged = errors.New("damaged simulation run")          // a file is not the one that the manifest names
	ErrForeign = errors.New("folder is not to be overwritten") // a folder would be overwritten that no run has written
	ErrFull    = errors.New("disk full")                       // nothing of the run is left on the disk
)

// Manifest says what was run and which files came of it, with their hashes. It is manifest.json.
type Manifest struct {
	Format        string  `json:"format"`
	FormatVersion int     `json:"format_version"`
	Name          string  `json:"name"`
	About         string  `json:"about"`
	Seed          uint64  `json:"seed"`
	Version       string  `json:"version"`  // of the program
	Hash          string  `json:"run_hash"` // of everything that every node decided
	Tables        string  `json:"tables_sha256"`
	Start         uint64  `json:"start_unix_ms"`
	Until         uint64  `json:"until_us"`
	Asked         uint64  `json:"asked_us"`
	Warmup        uint64  `json:"warmup_us"`
	Interrupted   bool    `json:"interrupted"`
	Signed        bool    `json:"signatures_checked"`
	Theory        *Theory `json:"theory"`
	Totals        Totals  `json:"totals"`
	Files         []File  `json:"files"` // all but the manifest and machine.json
}

// File is one file of a run.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // hex
}

func manifestOf(r *Result, files []File) Manifest {
	return Manifest{
		Format: formatName, FormatVersion: formatVersion,
		Name: r.Name, About: r.About, Seed: r.Seed, Version: r.Version, Hash: r.Hash, Tables: hashOfTables(files),
		Start: r.Start, Until: r.Until, Asked: r.Asked, Warmup: r.Warmup, Interrupted: r.Until < r.Asked,
		Signed: r.Signed, Theory: r.Theory, Totals: r.Totals, Files: files,
	}
}

// hashOfTables hashes the list that sha256sum prints of the CSV files, so that `sha256sum *.csv | sha256sum` gives the same.
func hashOfTables(files []File) string {
	list := sha256.New()
	for _, f := range files {
		if strings.HasSuffix(f.Name, ".csv") {
			fmt.Fprintf(list, "%s  %s\n", f.SHA256, f.Name)
		}
	}
	return fmt.Sprintf("%x", list.Sum(nil))
}

// ReadManifest reads the manifest of the run in a folder. The error is ErrNoRun where there is none, and ErrDamaged where it
// cannot be read.
func ReadManifest(dir string) (Manifest, error) {
	var m Manifest
	name := filepath.Join(dir, ManifestName)
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, fmt.Errorf("%w in %s: there is no %s", ErrNoRun, dir, ManifestName)
	case err != nil:
		return m, err
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%w: reading %s: %w", ErrDamaged, name, err)
	}
	if m.Format != formatName {
		return m, fmt.Errorf("%w in %s: the format of %s is %q, want %q", ErrNoRun, dir, ManifestName, m.Format, formatName)
	}
	if m.FormatVersion != formatVersion {
		return m, fmt.Errorf("%w in %s that this program reads: it has format version %d, want %d: use the program that wrote it, %s",
			ErrNoRun, dir, m.FormatVersion, formatVersion, m.Version)
	}
	return m, nil
}
