package scenario

import (
	"bytes"
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// fill sets every key of a table to something that has its type.
func fill(t *rapid.T, target reflect.Value) {
	switch target.Kind() {
	case reflect.Struct:
		for i := range target.NumField() {
			if keyOf(target.Type().Field(i)) != "" {
				fill(t, target.Field(i))
			}
		}
	case reflect.Slice:
		for range rapid.IntRange(0, 2).Draw(t, "length") {
			element := reflect.New(target.Type().Elem()).Elem()
			fill(t, element)
			target.Set(reflect.Append(target, element))
		}
	case reflect.String:
		target.SetString(rapid.String().Draw(t, "text"))
	case reflect.Bool:
		target.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Int:
		target.SetInt(rapid.Int64().Draw(t, "whole"))
	case reflect.Uint64:
		most := uint64(math.MaxInt64)
		if target.Type() == reflect.TypeFor[Duration]() {
			most = uint64(MaxDuration)
		}
		target.SetUint(rapid.Uint64Range(0, most).Draw(t, "unsigned"))
	case reflect.Float64:
		target.SetFloat(rapid.Float64().Draw(t, "number"))
	case reflect.Map:
		if target.Type() == gridType {
			fillGrid(t, target)
			return
		}
		if numbers := rapid.MapOfN(rapid.String(), rapid.Float64(), 0, 3).Draw(t, "numbers"); len(numbers) > 0 {
			target.Set(reflect.ValueOf(numbers))
		}
	}
}

func fillGrid(t *rapid.T, target reflect.Value) {
	value := rapid.OneOf(rapid.Int64().AsAny(), rapid.Float64().AsAny(), rapid.Bool().AsAny(), rapid.String().AsAny())
	keys := rapid.SampledFrom([]string{"links.loss", "load.0.rate", "attack.0.params.x", "duration"})
	if grid := rapid.MapOfN(keys, rapid.SliceOfN(value, 1, 3), 0, 3).Draw(t, "grid"); len(grid) > 0 {
		target.Set(reflect.ValueOf(grid))
	}
}

// TestTOMLKeepsEverything writes scenarios with any values, valid or not, and decodes them again.
func TestTOMLKeepsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Scenario
		fill(t, reflect.ValueOf(&s).Elem())
		s.Version = Version
		text := s.TOML()
		if len(text) == 0 || !bytes.Equal(text, s.Clone().TOML()) {
			t.Fatalf("two ways to write one scenario:\n%s\n%s", text, s.Clone().TOML())
		}
		again, problems := decodeOnly(text)
		if len(problems) > 0 || !reflect.DeepEqual(&s, again) {
			t.Fatalf("%v\nwrote %+v\nread  %+v\n%s", problems, s, *again, text)
		}
	})
}

// decodeOnly reads a scenario without checking its values.
func decodeOnly(text []byte) (*Scenario, Problems) {
	var s Scenario
	tree, err := readTree(text)
	if err != nil {
		return nil, Problems{syntaxProblem("", err)}
	}
	d := decoder{broken: map[string]bool{}}
	d.table("", reflect.ValueOf(&s).Elem(), tree)
	return &s, d.problems
}

func TestTOMLNamesEveryKey(t *testing.T) {
	s := Defaults()
	s.Load, s.Churn, s.Faults, s.Attacks = []Load{{}}, []Churn{{}}, []Fault{{}}, []Attack{{Params: map[string]float64{"x": 1}}}
	s.Joins, s.Leaves, s.Governs = []Join{{}}, []Leave{{}}, []Govern{{}}
	s.Network.Weights, s.Grid = []uint64{1}, map[string][]any{"links.loss": {0.5}}
	written := lines(s.TOML())
	root := reflect.TypeFor[Scenario]()
	for i := range root.NumField() {
		name := keyOf(root.Field(i))
		if name == "" {
			continue
		}
		if written[name] == 0 {
			t.Errorf("%s is not written", name)
		}
		table, prefix := root.Field(i).Type, name
		if isTableList(table) {
			table, prefix = table.Elem(), name+".0"
		}
		if table.Kind() != reflect.Struct {
			continue
		}
		for _, key := range keysOf(table) {
			if written[join(prefix, key)] == 0 {
				t.Errorf("%s is not written", join(prefix, key))
			}
		}
	}
}

func TestTOMLOfWhatItCannotHold(t *testing.T) {
	s := Defaults()
	if s.Seed = math.MaxUint64; s.TOML() != nil {
		t.Error("a seed above the largest number of TOML was written")
	}
}

func TestCloneSharesNothing(t *testing.T) {
	s := mustParse(t, minimal+"committee = 1\nweights = [1]\n[[attack]]\nkind = \"a\"\nnodes = \"1\"\n[attack.params]\nx = 1\n[grid]\nlinks.loss = [0, 1]\n"+
		"[[load]]\nkind = \"transfer\"\nrate = 1\n[[churn]]\n[[fault]]\nkind = \"crash\"\nnodes = \"1\"\n")
	before := s.TOML()
	c := s.Clone()
	c.Network.Weights[0], c.Load[0].Rate, c.Churn[0].Up, c.Faults[0].At = 9, 9, 9, 9
	c.Attacks[0].Kind, c.Attacks[0].Params["x"], c.Grid["links.loss"][0] = "b", 9, 9.0
	c.Grid["x"] = nil
	if !bytes.Equal(before, s.TOML()) {
		t.Errorf("a change of the copy changed the original: keys %v", slices.Sorted(maps.Keys(s.Grid)))
	}
}
