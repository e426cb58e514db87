package report

import (
	"strconv"
	"strings"
	"unicode"
)

// column is one column of a table of T: its name, which ends in the unit if there is one, and the field behind it, both ways.
type column[T any] struct {
	name  string
	print func(row *T) string
	parse func(row *T, cell string) error
}

// natural is a column of counts, sizes or times.
func natural[T any](name string, field func(*T) *uint64) column[T] {
	return column[T]{
		name:  name,
		print: func(row *T) string { return strconv.FormatUint(*field(row), 10) },
		parse: func(row *T, cell string) (err error) {
			*field(row), err = strconv.ParseUint(cell, 10, 64)
			return err
		},
	}
}

// sometime is a column of times where zero means never, which is an empty cell.
func sometime[T any](name string, field func(*T) *uint64) column[T] {
	always := natural(name, field)
	return column[T]{
		name: name,
		print: func(row *T) string {
			if *field(row) == 0 {
				return ""
			}
			return always.print(row)
		},
		parse: func(row *T, cell string) error {
			if cell == "" {
				return nil
			}
			return always.parse(row, cell)
		},
	}
}

// whole is a column of numbers that may be negative.
func whole[T any](name string, field func(*T) *int) column[T] {
	return column[T]{
		name:  name,
		print: func(row *T) string { return strconv.Itoa(*field(row)) },
		parse: func(row *T, cell string) (err error) {
			*field(row), err = strconv.Atoi(cell)
			return err
		},
	}
}

// decimal is a column of means. The shortest digits that give the same number again are the same on every machine.
func decimal[T any](name string, field func(*T) *float64) column[T] {
	return column[T]{
		name:  name,
		print: func(row *T) string { return strconv.FormatFloat(*field(row), 'f', -1, 64) },
		parse: func(row *T, cell string) (err error) {
			*field(row), err = strconv.ParseFloat(cell, 64)
			return err
		},
	}
}

// text is a column of words or sentences.
func text[T any](name string, field func(*T) *string) column[T] {
	return column[T]{
		name:  name,
		print: func(row *T) string { return guard(*field(row)) },
		parse: func(row *T, cell string) error {
			*field(row) = strings.TrimPrefix(cell, "'")
			return nil
		},
	}
}

// guard makes one line of a text, and an apostrophe in front keeps spreadsheets from taking it for a formula.
func guard(s string) string {
	s = oneLine(s)
	if s != "" && strings.ContainsRune("=+-@'", rune(s[0])) {
		return "'" + s
	}
	return s
}

// oneLine puts spaces where a text has line breaks, terminal controls or broken letters.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
}
