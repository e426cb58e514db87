package scenario

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
)

// assign sets a field that is no table to a value as go-toml reads it into an any: string, int64, float64, bool, []any,
// map[string]any, or a time. The error says what is wrong and what to do.
func assign(target reflect.Value, value any) error {
	if text, ok := target.Addr().Interface().(encoding.TextUnmarshaler); ok {
		s, isText := value.(string)
		if !isText {
			return wrongType(value, `a text with a unit, such as "200ms", "1.5s" or "10m"`)
		}
		return text.UnmarshalText([]byte(s))
	}
	switch target.Kind() {
	case reflect.String:
		return set(target.SetString, value, "a text in quotes")
	case reflect.Bool:
		return set(target.SetBool, value, "true or false, without quotes")
	case reflect.Int:
		return set(target.SetInt, value, "a whole number, without quotes")
	case reflect.Uint64:
		return assignUnsigned(target, value)
	case reflect.Float64:
		return assignFloat(target, value)
	case reflect.Slice:
		return assignList(target, value)
	case reflect.Map:
		return assignNumbers(target, value)
	}
	return errors.New("takes no value: set the keys below it one by one")
}

// set calls a setter with the value if it has the setter's type.
func set[T any](setter func(T), value any, want string) error {
	typed, ok := value.(T)
	if !ok {
		return wrongType(value, want)
	}
	setter(typed)
	return nil
}

func wrongType(value any, want string) error {
	return fmt.Errorf("%s: want %s", describe(value), want)
}

// describe names a value, for people.
func describe(value any) string {
	switch v := value.(type) {
	case map[string]any:
		return "a table"
	case []any:
		return "a list"
	case string:
		return fmt.Sprintf("%.40q is a text", v)
	case bool:
		return fmt.Sprintf("%t", v)
	case int64, float64:
		return fmt.Sprintf("%v is a number", v)
	}
	return "a date or time"
}

func assignUnsigned(target reflect.Value, value any) error {
	number, ok := value.(int64)
	switch {
	case !ok:
		return wrongType(value, "a whole number, without quotes")
	case number < 0:
		return fmt.Errorf("%d is negative: want a whole number from 0", number)
	}
	target.SetUint(uint64(number))
	return nil
}

func assignFloat(target reflect.Value, value any) error {
	number, ok := value.(float64)
	if whole, isWhole := value.(int64); isWhole {
		number, ok = float64(whole), true
	}
	switch {
	case !ok:
		return wrongType(value, "a number, without quotes")
	case math.IsNaN(number) || math.IsInf(number, 0):
		return fmt.Errorf("%v: want a finite number", number)
	}
	target.SetFloat(number)
	return nil
}

func assignList(target reflect.Value, value any) error {
	values, ok := value.([]any)
	if !ok {
		return wrongType(value, "a list in brackets, such as [1, 1, 2]")
	}
	if len(values) == 0 { // an empty list is one that was left out
		target.SetZero()
		return nil
	}
	list := reflect.MakeSlice(target.Type(), len(values), len(values))
	for i, v := range values {
		if err := assign(list.Index(i), v); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	target.Set(list)
	return nil
}

// assignNumbers sets a map of numbers by name.
func assignNumbers(target reflect.Value, value any) error {
	values, ok := value.(map[string]any)
	if !ok {
		return wrongType(value, "a table of numbers by name")
	}
	if len(values) == 0 {
		target.SetZero()
		return nil
	}
	numbers := reflect.MakeMapWithSize(target.Type(), len(values))
	number := reflect.New(target.Type().Elem()).Elem()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := assign(number, values[name]); err != nil {
			return fmt.Errorf("%.40q: %w", name, err)
		}
		numbers.SetMapIndex(reflect.ValueOf(name), number)
	}
	target.Set(numbers)
	return nil
}
