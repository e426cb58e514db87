package scenario

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// gridType is the type of Scenario.Grid, which is read unlike other tables.
var gridType = reflect.TypeFor[map[string][]any]()

// keyOf returns the name of a field in TOML, or nothing if it is not part of the format.
func keyOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("toml"), ",")
	return name
}

// fieldOf returns the field of a struct that a key sets.
func fieldOf(table reflect.Value, key string) (reflect.Value, bool) {
	for i := range table.NumField() {
		if name := keyOf(table.Type().Field(i)); name != "" && name == key {
			return table.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// isTableList reports whether a field is written as [[key]].
func isTableList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct
}

// keysOf returns the keys of a table in the order of the format.
func keysOf(table reflect.Type) (keys []string) {
	for i := range table.NumField() {
		if name := keyOf(table.Field(i)); name != "" {
			keys = append(keys, name)
		}
	}
	return keys
}

// homes returns the tables that have a key, as they are written before it: "links.loss".
func homes(key string) (found []string) {
	root := reflect.TypeFor[Scenario]()
	if slices.Contains(keysOf(root), key) {
		found = append(found, key+" above the first table")
	}
	for i := range root.NumField() {
		table := root.Field(i).Type
		if isTableList(table) {
			table = table.Elem()
		}
		if table.Kind() == reflect.Struct && slices.Contains(keysOf(table), key) {
			found = append(found, join(keyOf(root.Field(i)), key))
		}
	}
	return found
}

// unknownKey says that a table has no such key, and what may have been meant.
func unknownKey(key string, table reflect.Type) string {
	known := keysOf(table)
	if elsewhere := homes(key); len(elsewhere) > 0 {
		return fmt.Sprintf("there is no such key here: did you mean %s?", strings.Join(elsewhere, " or "))
	}
	return fmt.Sprintf("there is no such key: %s", suggest(key, known))
}

// IsText reports whether a dotted key, such as "attack.0.nodes", takes a text: words, selectors, names of files, durations.
func IsText(key string) bool {
	at := reflect.TypeFor[Scenario]()
	for _, part := range strings.Split(key, ".") {
		if isTableList(at) {
			if _, err := strconv.Atoi(part); err != nil {
				return false
			}
			at = at.Elem()
			continue
		}
		if at.Kind() != reflect.Struct {
			return false
		}
		field, known := fieldOf(reflect.New(at).Elem(), part)
		if !known {
			return false
		}
		at = field.Type()
	}
	return at.Kind() == reflect.String || reflect.PointerTo(at).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
