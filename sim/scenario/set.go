package scenario

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// set changes the value of a dotted key, such as "load.0.rate".
func (s *Scenario) set(key string, value any) error {
	parts := strings.Split(key, ".")
	switch parts[0] {
	case "version", "name", "about", "grid":
		return fmt.Errorf("%s is the same in all cells: remove it from the grid", parts[0])
	case "seed":
		return errors.New("seeds are no part of a grid: a sweep runs each cell with several")
	}
	target, at := reflect.ValueOf(s).Elem(), ""
	for n, part := range parts {
		at = join(at, part)
		switch {
		case target.Type() == reflect.TypeFor[map[string]float64]():
			return setNumber(target, strings.Join(parts[n:], "."), value)
		case isTableList(target.Type()):
			index, err := strconv.Atoi(part)
			if err != nil || strconv.Itoa(index) != part || index < 0 || index >= target.Len() {
				return fmt.Errorf("there is no %s: the scenario has %d of them, counted from 0", at, target.Len())
			}
			target = target.Index(index)
		case target.Kind() != reflect.Struct:
			return fmt.Errorf("there is nothing below %s: use that key itself", strings.Join(parts[:n], "."))
		default:
			field, known := fieldOf(target, part)
			if !known {
				return fmt.Errorf("names %q: %s", at, unknownKey(part, target.Type()))
			}
			target = field
		}
	}
	if target.Kind() == reflect.Struct || target.Kind() == reflect.Map || isTableList(target.Type()) {
		return fmt.Errorf("names a table: name a key in it, such as %s.%s", key, "KEY")
	}
	return assign(target, value)
}

// setNumber sets a number by name.
func setNumber(target reflect.Value, name string, value any) error {
	number := reflect.New(target.Type().Elem()).Elem()
	if err := assign(number, value); err != nil {
		return err
	}
	if target.IsNil() {
		target.Set(reflect.MakeMap(target.Type()))
	}
	target.SetMapIndex(reflect.ValueOf(name), number)
	return nil
}
