package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// patientWriter keeps the first error to itself: a graph that cannot be written must not cost the run that it is of.
type patientWriter struct {
	out io.Writer
	err error
}

// Write implements io.Writer.
func (w *patientWriter) Write(b []byte) (int, error) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
	}
	return len(b), nil
}

// dumpGraph lets run write to a file, which is put in place as a whole. The error is that of run or of writing.
func (p *program) dumpGraph(path string, run func(io.Writer) error) error {
	patient := func(w io.Writer) error {
		waiting := &patientWriter{out: w}
		err := run(waiting)
		if waiting.err != nil {
			err = errors.Join(err, fmt.Errorf("write the graph to %s: %w", path, waiting.err))
		}
		return err
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().IsRegular() {
		return p.deliver(path, patient)
	}
	if info.IsDir() {
		return fail(exitFailure, "--dump-graph names a file", "write the graph: %s is a folder", path)
	}
	device, err := os.OpenFile(path, os.O_WRONLY, 0) // a pipe or a device has no whole to put in place
	if err != nil {
		return fmt.Errorf("write the graph: %w", err)
	}
	return errors.Join(patient(device), device.Close())
}
