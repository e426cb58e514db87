package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"
)

// Write writes a run to a folder: tables, summaries, page, and the manifest last. A new folder appears whole or not at all: it
// is made beside its place, synced, and moved there. In one that exists the files are made in a part folder, synced, and then
// moved one by one; an older run goes only then, and whatever else the folder has stays. Errors are those of CheckFolder,
// ErrFull, or of the disk, wrapped with the file.
func Write(dir string, r *Result) error {
	if err := replaceFolder(dir, func(create creator) error { return writeRun(create, r) }); err != nil {
		return fmt.Errorf("writing the run to %s: %w", dir, err)
	}
	return nil
}

// creator makes a file of a name. Its Close has to leave the content on the disk.
type creator func(name string) (io.WriteCloser, error)

// writeRun writes all files of a run.
func writeRun(create creator, r *Result) error {
	w := runWriter{create: create}
	for _, t := range tables {
		w.file(t.name, func(out io.Writer) error { return t.write(out, r) })
	}
	f := Measure(r)
	w.file(ScenarioName, func(out io.Writer) error { return writeString(out, r.Scenario) })
	w.file(SummaryName, func(out io.Writer) error { return writeJSON(out, f) })
	w.file(TextName, func(out io.Writer) error { return writeString(out, Text(r, f)) })
	w.file(PageName, func(out io.Writer) error { return writePage(out, r, f) })
	m := manifestOf(r, w.files)
	w.file(MachineName, func(out io.Writer) error { return writeJSON(out, r.Machine) })
	w.file(ManifestName, func(out io.Writer) error { return writeJSON(out, m) })
	return w.err
}

// runWriter writes one file after the other until one fails, and keeps their hashes.
type runWriter struct {
	create creator
	files  []File
	err    error
}

func (w *runWriter) file(name string, fill func(io.Writer) error) {
	if w.err != nil {
		return
	}
	file, err := w.create(name)
	if err != nil {
		w.err = plain(name, err)
		return
	}
	hash := sha256.New()
	count := &counter{}
	out := bufio.NewWriterSize(io.MultiWriter(file, hash, count), 1<<16)
	if err = fill(out); err == nil {
		err = out.Flush()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		w.err = plain(name, err)
		return
	}
	w.files = append(w.files, File{Name: name, Bytes: count.bytes, SHA256: fmt.Sprintf("%x", hash.Sum(nil))})
}

// plain says what a failed write means.
func plain(name string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w at %s: free some space or choose a folder on another disk: %w", ErrFull, name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// counter counts the bytes that are written to it.
type counter struct{ bytes int64 }

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}

func writeString(w io.Writer, s string) error {
	_, err := io.WriteString(w, s)
	return err
}

// writeJSON writes a value as indented JSON that people can read: letters stay as they are.
func writeJSON(w io.Writer, value any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(value)
}
