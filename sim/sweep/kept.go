package sweep

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ledgerofthings/lot/sim/report"
)

// kept is a run that lies complete in a folder.
type kept struct {
	manifest report.Manifest
	figures  report.Figures
}

// look reads the run in a folder as far as a sweep needs it. It is nil if there is none, or one that was interrupted or damaged,
// which is run again.
func look(dir string) (*kept, error) {
	m, err := report.ReadManifest(dir)
	if errors.Is(err, report.ErrNoRun) || errors.Is(err, report.ErrDamaged) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k := &kept{manifest: m}
	if m.Interrupted || !k.whole(dir) || !k.readFigures(dir) {
		return nil, nil
	}
	return k, nil
}

// whole reports whether all files are there in their size. Whether their content is untouched is looked at when they are read.
func (k *kept) whole(dir string) bool {
	return !slices.ContainsFunc(k.manifest.Files, func(f report.File) bool {
		info, err := os.Stat(filepath.Join(dir, f.Name))
		return err != nil || info.Size() != f.Bytes
	})
}

// readFigures reads the summary, which has to be the one that the manifest lists.
func (k *kept) readFigures(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, report.SummaryName))
	return err == nil && k.hash(report.SummaryName) == fmt.Sprintf("%x", sha256.Sum256(data)) && json.Unmarshal(data, &k.figures) == nil
}

// hash returns the hash of a file as the manifest lists it, in hex.
func (k *kept) hash(name string) string {
	for _, f := range k.manifest.Files {
		if f.Name == name {
			return f.SHA256
		}
	}
	return ""
}

// find looks for a job's run in the folder of the sweep. The error wraps ErrOther if a run of something else lies there.
func (p *Plan) find(dir string, j Job) (*kept, error) {
	path := filepath.Join(dir, p.Folder(j))
	k, err := look(path)
	switch {
	case k == nil || err != nil:
		return nil, err
	case k.manifest.Version != p.Version:
		return nil, fmt.Errorf("%w: the run in %s is of %s and this is %s: remove it, or use that program", ErrOther, path, k.manifest.Version, p.Version)
	case k.hash(report.ScenarioName) != hashOf(string(p.Scenario(j).TOML())):
		return nil, fmt.Errorf("%w: the run in %s is of another scenario than the sweep: remove it", ErrOther, path)
	}
	return k, nil
}

// seedsOf returns the seeds of a cell of which there are folders, in rising order.
func seedsOf(dir, cell string) (seeds []uint64, err error) {
	entries, err := os.ReadDir(filepath.Join(dir, cellsFolder, cell))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		digits, named := strings.CutPrefix(entry.Name(), seedPrefix)
		seed, err := strconv.ParseUint(digits, 10, 64)
		if named && err == nil && strconv.FormatUint(seed, 10) == digits {
			seeds = append(seeds, seed)
		}
	}
	slices.Sort(seeds)
	return seeds, nil
}
