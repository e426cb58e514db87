package archive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/ledgerofthings/lot/dag"
)

// Home is the home folder of the gateway.
type Home struct {
	Dir     string
	Network dag.NetworkID // that it is in
	Key     dag.Key       // that issues its events
	// Elsewhere are files that its configuration refers to outside Dir. They are named in the backup but not in it.
	Elsewhere []string
}

// Progress is told from time to time how many bytes of entries and batches are done, of how many.
type Progress func(done, total uint64)

// Backup writes an encrypted backup to w: the files of the home folder, and what data streams in the form that Stream writes.
// It returns what the backup says of itself. Errors wrap ErrDamaged if data is no whole stream, ErrOther if it is another gateway's; or come from reading the home
// folder, or from w.
func Backup(w io.Writer, lock age.Recipient, home Home, data io.Reader, progress Progress) (Manifest, End, error) {
	in, err := read(data)
	if err != nil {
		return Manifest{}, End{}, fmt.Errorf("backup: %w", err)
	}
	if in.manifest.Key != home.Key || in.manifest.Network != home.Network {
		return in.manifest, End{}, fmt.Errorf("backup: %w: the data is of gateway %s in network %s, the folder %s of %s in %s",
			ErrOther, in.manifest.Key, in.manifest.Network, home.Dir, home.Key, home.Network)
	}
	files, err := home.files()
	if err != nil {
		return in.manifest, End{}, fmt.Errorf("backup: %w", err)
	}
	sealed, err := age.Encrypt(w, lock)
	if err != nil {
		return in.manifest, End{}, fmt.Errorf("backup: encrypt: %w", err)
	}
	m := in.manifest
	m.Elsewhere = home.Elsewhere
	for _, f := range files {
		m.Home = append(m.Home, f.name)
	}
	end, err := compose(sealed, m, files, in, progress)
	if err == nil {
		err = sealed.Close()
	}
	if err != nil {
		return m, end, fmt.Errorf("backup: %w", err)
	}
	return m, end, nil
}

// compose puts the parts of a backup together.
func compose(w io.Writer, m Manifest, files []homeFile, data *reader, progress Progress) (End, error) {
	t, err := newTape(w, m)
	if err != nil {
		return End{}, err
	}
	for _, f := range files {
		if err := t.put(homeFolder+f.name, f.content); err != nil {
			return End{}, err
		}
	}
	done := uint64(0)
	err = data.each(func(name string, content []byte) error {
		done += uint64(len(content))
		progress(done, m.Bytes)
		return t.put(name, content)
	})
	if err != nil {
		return End{}, err
	}
	digest := t.end.Digest
	t.end = data.end
	t.end.Digest = digest
	return t.end, t.close()
}

// homeFile is a file of the home folder.
type homeFile struct {
	name    string
	content []byte
}

// files reads what a backup has of the home folder.
func (h Home) files() (files []homeFile, err error) {
	for _, name := range homeFiles {
		content, err := readLimited(filepath.Join(h.Dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, homeFile{name, content})
	}
	for _, name := range neededFiles {
		if !hasFile(files, name) {
			return nil, fmt.Errorf("%s: %w: it is needed: put it back, or name the right folder", filepath.Join(h.Dir, name), os.ErrNotExist)
		}
	}
	return files, nil
}

func hasFile(files []homeFile, name string) bool {
	for _, f := range files {
		if f.name == name {
			return true
		}
	}
	return false
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxHomeFile+1))
	if err == nil && len(content) > maxHomeFile {
		err = fmt.Errorf("%s: larger than %d bytes", path, maxHomeFile)
	}
	return content, err
}
