package report

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Read reads a run from its folder and checks every file that it needs against the manifest. Machine is zero if the folder has
// no machine.json. The error is ErrNoRun or ErrDamaged, wrapped with the file, or of the disk.
func Read(dir string) (*Result, error) {
	m, err := ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	r := &Result{
		Name: m.Name, About: m.About, Seed: m.Seed, Version: m.Version, Hash: m.Hash, Until: m.Until, Asked: m.Asked,
		Warmup: m.Warmup, Start: m.Start, Signed: m.Signed, Theory: m.Theory, Totals: m.Totals,
	}
	scenario, err := readFile(dir, ScenarioName, m.Files)
	if err != nil {
		return nil, err
	}
	r.Scenario = string(scenario)
	for _, t := range tables {
		data, err := readFile(dir, t.name, m.Files)
		if err != nil {
			return nil, err
		}
		if err := t.read(data, r); err != nil {
			return nil, fmt.Errorf("%w: reading %s: %w", ErrDamaged, filepath.Join(dir, t.name), err)
		}
	}
	return r, readMachine(dir, &r.Machine)
}

// readFile returns the content of a file that has to be the one that the manifest lists.
func readFile(dir, name string, files []File) ([]byte, error) {
	path := filepath.Join(dir, name)
	for _, f := range files {
		if f.Name != name {
			continue
		}
		data, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%w: %s is missing", ErrDamaged, path)
		case err != nil:
			return nil, err
		case fmt.Sprintf("%x", sha256.Sum256(data)) != f.SHA256:
			return nil, fmt.Errorf("%w: %s was changed since the run: its hash is not that of %s", ErrDamaged, path, ManifestName)
		}
		return data, nil
	}
	return nil, fmt.Errorf("%w: %s does not list %s", ErrDamaged, filepath.Join(dir, ManifestName), name)
}

func readMachine(dir string, m *Machine) error {
	path := filepath.Join(dir, MachineName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, m); err != nil {
		return fmt.Errorf("%w: reading %s: %w", ErrDamaged, path, err)
	}
	return nil
}
