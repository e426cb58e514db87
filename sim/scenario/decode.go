package scenario

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// maxElements bounds each list of tables.
const maxElements = 1000

// decoder puts what go-toml has read into a scenario. go-toml's own decoding into a struct stops at the first value of a wrong
// type, and knows neither defaults of list elements nor words that are nearly right.
type decoder struct {
	origin   *origin
	problems Problems
	broken   map[string]bool // keys whose value could not be read
}

func (d *decoder) problem(key, text string) {
	d.broken[key] = true
	d.problems = append(d.problems, d.origin.problem(key, text))
}

// table sets the fields of a struct.
func (d *decoder) table(prefix string, target reflect.Value, tree map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		key := join(prefix, name)
		field, known := fieldOf(target, name)
		if !known {
			d.problem(key, unknownKey(name, target.Type()))
			continue
		}
		d.value(key, field, tree[name])
	}
}

// value sets a field, whatever it holds.
func (d *decoder) value(key string, target reflect.Value, value any) {
	switch {
	case target.Type() == gridType:
		d.grid(key, target, value)
	case target.Kind() == reflect.Struct:
		if tree, ok := value.(map[string]any); ok {
			d.table(key, target, tree)
			return
		}
		d.problem(key, fmt.Sprintf("%s: write [%s] and its keys below it", describe(value), key))
	case isTableList(target.Type()):
		d.list(key, target, value)
	default:
		if err := assign(target, value); err != nil {
			d.problem(key, err.Error())
		}
	}
}

// list appends the elements of a list of tables.
func (d *decoder) list(key string, target reflect.Value, value any) {
	elements, ok := value.([]any)
	switch {
	case !ok:
		d.problem(key, fmt.Sprintf("%s: write [[%s]] with two brackets, since there can be several", describe(value), key))
		return
	case len(elements) > maxElements:
		d.problem(key, fmt.Sprintf("%d of them: a scenario has at most %d", len(elements), maxElements))
		return
	}
	for n, each := range elements {
		at := join(key, strconv.Itoa(n))
		element := newElement(target.Type().Elem())
		if tree, isTable := each.(map[string]any); isTable {
			d.table(at, element, tree)
		} else {
			d.problem(at, fmt.Sprintf("%s: want a table with keys, such as [[%s]]", describe(each), key))
		}
		target.Set(reflect.Append(target, element))
	}
}

// grid flattens the grid: "links.loss" = [...] in quotes and without, or below [grid.links], is all the same.
func (d *decoder) grid(key string, target reflect.Value, value any) {
	tree, ok := value.(map[string]any)
	if !ok {
		d.problem(key, describe(value)+`: write [grid] and below it lists such as "links.loss" = [0, 0.01]`)
		return
	}
	grid := map[string][]any{}
	d.flatten(key, "", tree, grid)
	if len(grid) > 0 {
		target.Set(reflect.ValueOf(grid))
	}
}

func (d *decoder) flatten(at, prefix string, tree map[string]any, grid map[string][]any) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		place, key := join(at, name), join(prefix, name)
		switch value := tree[name].(type) {
		case map[string]any:
			d.flatten(place, key, value, grid)
		case []any:
			if _, twice := grid[key]; twice {
				d.problem(place, "is given twice: write one list of values")
				continue
			}
			grid[key] = value
		default:
			d.problem(place, describe(value)+": want a list of values, such as [1, 2, 4]")
		}
	}
}
