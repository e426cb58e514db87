package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
)

// maxLimit is the most rows of a listing.
const maxLimit = api.MaxPage

// jsonFlag adds --json to a verb that reads.
func jsonFlag(c *cobra.Command, asJSON *bool) {
	c.Flags().BoolVar(asJSON, "json", false, "print JSON with stable fields, for programs")
}

// emit prints a view as JSON, or lets print write it for people.
func (p *program) emit(asJSON bool, view any, print func(w io.Writer)) error {
	var b strings.Builder
	if asJSON {
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(view); err != nil {
			return fmt.Errorf("print as JSON: %w", err)
		}
	} else {
		print(&b)
	}
	return p.print(b.String())
}

// print writes a text to standard output.
func (p *program) print(text string) error {
	if _, err := io.WriteString(p.out, text); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// emitLine prints a view as one line of JSON.
func (p *program) emitLine(view any) error {
	line, err := json.Marshal(view)
	if err != nil {
		return fmt.Errorf("print as JSON: %w", err)
	}
	return p.print(string(line) + "\n")
}

// table writes rows in columns; the first row is the head. Cells come from other people's machines too, so they are made
// safe for a terminal.
func table(w io.Writer, rows ...[]string) {
	columns := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, row := range rows {
		for i := range row {
			row[i] = safe(row[i])
		}
		fmt.Fprintln(columns, strings.Join(row, "\t"))
	}
	_ = columns.Flush() // it writes to a buffer
}

// fields writes names with their values, one a line.
func fields(w io.Writer, pairs ...string) {
	rows := make([][]string, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		rows = append(rows, []string{pairs[i], pairs[i+1]})
	}
	table(w, rows...)
}

// safe replaces what could disturb a terminal: control characters and those that turn the direction of the text.
func safe(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// safeLines is safe for texts of several lines.
func safeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = safe(lines[i])
	}
	return strings.Join(lines, "\n")
}

// deliver writes bytes to a file that it puts in place as a whole, or to standard output if path is empty or "-".
func (p *program) deliver(path string, write func(io.Writer) error) error {
	if path == "" || path == "-" {
		return write(p.out)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // it is gone when it was put in place
	if err = write(file); err == nil {
		err = file.Chmod(0o644) // what is exported is for others to read
	}
	if closing := file.Close(); err == nil && closing != nil {
		err = fmt.Errorf("write %s: %w", path, closing)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// deliverBytes is deliver for bytes that are there already.
func (p *program) deliverBytes(path string, content []byte) error {
	return p.deliver(path, func(w io.Writer) error {
		if _, err := w.Write(content); err != nil {
			return fmt.Errorf("write the output: %w", err)
		}
		return nil
	})
}
