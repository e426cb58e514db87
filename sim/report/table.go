package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// writeTable writes rows as CSV (RFC 4180, but lines end in a bare newline): a line of names, then a line for each row.
func writeTable[T any](w io.Writer, columns []column[T], rows []T) error {
	out := csv.NewWriter(w)
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.name
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	for i := range rows {
		for j, c := range columns {
			cells[j] = c.print(&rows[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// readTable reads what writeTable wrote. Columns have to be the same and in the same order; an error names line and column.
func readTable[T any](r io.Reader, columns []column[T]) ([]T, error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	in.FieldsPerRecord = len(columns)
	names, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the names of the columns: %w", err)
	}
	for i, c := range columns {
		if names[i] != c.name {
			return nil, fmt.Errorf("column %d is %q, want %q", i+1, names[i], c.name)
		}
	}
	var rows []T
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		var row T
		for i, c := range columns {
			if err := c.parse(&row, cells[i]); err != nil {
				line, _ := in.FieldPos(i)
				return nil, fmt.Errorf("line %d, column %s: %w", line, c.name, err)
			}
		}
		rows = append(rows, row)
	}
}
