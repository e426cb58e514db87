package config

import (
	"fmt"
	"strconv"
	"strings"
)

// kind is how values of one Go type are read and written.
type kind[T any] struct {
	name     string                  // of the TOML type, for people
	fromTOML func(any) (T, error)    // from what go-toml decodes into an any
	fromText func(string) (T, error) // from the environment
	toml     func(T) string
	view     func(T) any // for JSON
}

func same[T any](value T) any { return value }

var textKind = kind[string]{
	name:     "text",
	fromTOML: func(v any) (string, error) { return expect[string](v, `want a text in quotes`) },
	fromText: func(s string) (string, error) { return s, nil },
	toml:     quote,
	view:     same[string],
}

var flagKind = kind[bool]{
	name:     "true or false",
	fromTOML: func(v any) (bool, error) { return expect[bool](v, "want true or false, without quotes") },
	fromText: func(s string) (bool, error) {
		if s != "true" && s != "false" {
			return false, fmt.Errorf("%.40q: want true or false", s)
		}
		return s == "true", nil
	},
	toml: strconv.FormatBool,
	view: same[bool],
}

var countKind = kind[int]{
	name: "whole number",
	fromTOML: func(v any) (int, error) {
		n, err := expect[int64](v, "want a whole number, without quotes")
		return int(n), err
	},
	fromText: func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 0, fmt.Errorf("%.40q: want a whole number", s)
		}
		return n, nil
	},
	toml: strconv.Itoa,
	view: same[int],
}

var durationKind = textual("duration", ParseDuration)

var ageKind = textual("duration", ParseAge)

var sizeKind = textual("size", ParseSize)

var listKind = kind[[]string]{
	name:     "list of texts",
	fromTOML: texts,
	fromText: func(s string) ([]string, error) {
		return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }), nil
	},
	toml: func(list []string) string {
		quoted := make([]string, len(list))
		for i, s := range list {
			quoted[i] = quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	},
	view: func(list []string) any { return append([]string{}, list...) },
}

// textual is the kind of a type that is written as a text in a form of its own.
func textual[T fmt.Stringer](name string, parse func(string) (T, error)) kind[T] {
	return kind[T]{
		name: name,
		fromTOML: func(v any) (T, error) {
			s, err := expect[string](v, "want a "+name+" as a text in quotes")
			if err != nil {
				var zero T
				return zero, err
			}
			return parse(s)
		},
		fromText: parse,
		toml:     func(v T) string { return quote(v.String()) },
		view:     func(v T) any { return v.String() },
	}
}

// expect returns a decoded value if it has the type.
func expect[T any](v any, want string) (T, error) {
	typed, ok := v.(T)
	if !ok {
		return typed, fmt.Errorf("%s, not %.40q", want, fmt.Sprint(v))
	}
	return typed, nil
}

func texts(v any) ([]string, error) {
	items, err := expect[[]any](v, `want a list of texts, such as ["a", "b"]`)
	list := make([]string, len(items))
	for i, item := range items {
		text, fault := expect[string](item, "want texts in quotes in the list")
		if fault != nil {
			return nil, fault
		}
		list[i] = text
	}
	return list, err
}

// quote writes a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, "\\u%04X", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
