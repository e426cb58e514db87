package scenario

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestCellsAreAllCombinations(t *testing.T) {
	s := mustParse(t, minimal+`
[[load]]
kind = "transfer"
rate = 1
[[attack]]
kind = "spam"
nodes = "19"
[grid]
network.nodes = [20, 40]
"links.loss" = [0, 0.01]
attack.0.params.rate = [3]
`)
	cells, err := s.Cells()
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name  string
		nodes int
		loss  float64
	}{
		{"attack.0.params.rate=3,links.loss=0,network.nodes=20", 20, 0},
		{"attack.0.params.rate=3,links.loss=0,network.nodes=40", 40, 0},
		{"attack.0.params.rate=3,links.loss=0.01,network.nodes=20", 20, 0.01},
		{"attack.0.params.rate=3,links.loss=0.01,network.nodes=40", 40, 0.01},
	}
	if len(cells) != len(want) {
		t.Fatalf("%d cells, want %d", len(cells), len(want))
	}
	for i, w := range want {
		c := cells[i]
		if c.Name != w.name || c.Scenario.Network.Nodes != w.nodes || c.Scenario.Links.Loss != w.loss || c.Scenario.Attacks[0].Params["rate"] != 3 {
			t.Errorf("cell %d is %s: %+v", i, c.Name, c.Scenario)
		}
		if c.Scenario.Grid != nil || len(c.Values) != 3 || c.Values[1].Key != "links.loss" {
			t.Errorf("cell %d: grid %v, values %v", i, c.Scenario.Grid, c.Values)
		}
	}
	if s.Attacks[0].Params != nil || s.Network.Nodes != 20 {
		t.Error("the scenario itself was changed")
	}
}

func TestScenarioWithoutGridIsOneCell(t *testing.T) {
	s := mustParse(t, minimal)
	cells, err := s.Cells()
	if err != nil || len(cells) != 1 || cells[0].Name != "base" || !reflect.DeepEqual(cells[0].Scenario, s) {
		t.Errorf("%v, %v", cells, err)
	}
}

func TestGridOfListsAndTexts(t *testing.T) {
	s := mustParse(t, minimal+"committee = 2\n[grid]\nnetwork.weights = [[1, 1], [2, 1]]\nlinks.min = [\"1ms\", \"2ms\"]\n")
	cells, err := s.Cells()
	if err != nil {
		t.Fatal(err)
	}
	last := cells[3]
	if last.Name != "links.min=2ms,network.weights=2+1" || last.Scenario.Links.Min != 2*Millisecond || last.Scenario.Network.Weights[0] != 2 {
		t.Errorf("%s: %+v", last.Name, last.Scenario)
	}
}

func TestGridIsBounded(t *testing.T) {
	s := mustParse(t, minimal)
	var many []any
	for n := range int64(200) {
		many = append(many, 20+2*n)
	}
	s.Grid = map[string][]any{"network.nodes": many, "network.max_rate": many}
	if err := s.Validate(); err == nil {
		t.Error("40,000 cells")
	}
	s.Grid = map[string][]any{"load.0.nodes": {"0"}, "load.00.nodes": {"1"}}
	s.Load = []Load{{Kind: LoadTransfer, Rate: 1, Process: ProcessPoisson, Nodes: "all"}}
	if err := s.Validate(); err == nil {
		t.Error("two names of one key")
	}
}

// TestCellNamesAreFitForFolders tries texts of all sorts as values.
func TestCellNamesAreFitForFolders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, r := range settingText(rapid.String().Draw(t, "text")) {
			if r >= 0x80 || r < 0x21 || r == '/' || r == '\\' || r == ':' || r == ',' || r == '=' {
				t.Fatalf("%q stands in a name", r)
			}
		}
	})
}
