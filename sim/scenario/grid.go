package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// MaxCells is how many combinations a grid has at most.
const MaxCells = 10_000

// maxCellName bounds the name of a cell, in bytes: most file systems have no longer names than 255.
const maxCellName = 200

// noGrid is the name of the only cell of a scenario without a grid.
const noGrid = "base"

// Cell is one combination of a grid.
type Cell struct {
	Name     string    // such as "links.loss=0.01,network.nodes=100", fit for a folder and different for every cell
	Values   []Setting // by rising key
	Scenario *Scenario // with the values set, and without a grid
}

// Setting is one value of a cell.
type Setting struct {
	Key   string // dotted, such as "links.loss"
	Value string
}

// Cells returns every combination of the grid's values. Keys are taken by name, values in the order in which they stand, and the
// last key changes fastest. Without a grid the one cell is named "base". The error is of type Problems.
func (s *Scenario) Cells() ([]Cell, error) {
	cells, problems := s.cells()
	if err := problems.err(); err != nil {
		return nil, err
	}
	return cells, nil
}

func (s *Scenario) cells() ([]Cell, Problems) {
	keys := slices.Sorted(maps.Keys(s.Grid))
	base := s.Clone()
	base.Grid = nil
	if problems := s.checkGrid(keys, base); len(problems) > 0 {
		return nil, problems
	}
	cells := []Cell{{Name: noGrid, Scenario: base}}
	for n, key := range keys {
		cells = spread(cells, n == 0, key, s.Grid[key])
	}
	return cells, s.checkCells(cells)
}

// spread splits each cell by the values of one more key.
func spread(cells []Cell, first bool, key string, values []any) []Cell {
	var out []Cell
	for _, cell := range cells {
		for _, value := range values {
			setting := Setting{key, settingText(value)}
			next := Cell{setting.Key + "=" + setting.Value, append(slices.Clone(cell.Values), setting), cell.Scenario.Clone()}
			if !first {
				next.Name = cell.Name + "," + next.Name
			}
			if err := next.Scenario.set(key, value); err == nil { // checkGrid has set it once
				out = append(out, next)
			}
		}
	}
	return out
}

// checkGrid checks each value of each key by itself.
func (s *Scenario) checkGrid(keys []string, base *Scenario) (problems Problems) {
	count := 1
	for _, key := range keys {
		at, values := join("grid", key), s.Grid[key]
		if len(values) == 0 {
			problems = append(problems, s.origin.problem(at, "has no values: write a list such as [1, 2, 4], or remove it"))
			continue
		}
		seen := map[string]bool{}
		for _, value := range values {
			text := settingText(value)
			if err := base.Clone().set(key, value); err != nil {
				problems = append(problems, s.origin.problem(at, err.Error()))
			} else if seen[text] {
				problems = append(problems, s.origin.problem(at, fmt.Sprintf("has two values that make the name %s: remove one", text)))
			}
			seen[text] = true
		}
		count = min(count*len(values), MaxCells+1)
	}
	if count > MaxCells {
		problems = append(problems, s.origin.problem("grid", fmt.Sprintf("makes more than %d cells: use fewer values, or several scenarios", MaxCells)))
	}
	return problems
}

// checkCells checks every cell as a scenario of its own. What is wrong with many is said of the first only.
func (s *Scenario) checkCells(cells []Cell) (problems Problems) {
	said := map[string]bool{}
	for _, cell := range cells {
		if len(cell.Values) == 0 {
			continue // the scenario itself
		}
		if len(cell.Name) > maxCellName {
			return Problems{s.origin.problem("grid", fmt.Sprintf("a cell would be named %.40s... with %d letters, and a folder's name has at most %d: "+
				"use fewer keys or shorter values", cell.Name, len(cell.Name), maxCellName))}
		}
		for _, p := range cell.Scenario.check(map[string]bool{}) {
			if said[p.Key] {
				continue
			}
			said[p.Key] = true
			problems = append(problems, s.origin.problem(join("grid", s.blame(cell, p.Key)), fmt.Sprintf("with %s, %s: %s", cell.Name, p.Key, p.Text)))
		}
	}
	return problems
}

// blame returns the key of the grid that most likely caused a problem: the one that the problem is about, else the first.
func (s *Scenario) blame(cell Cell, key string) string {
	if _, swept := s.Grid[key]; swept {
		return key
	}
	return cell.Values[0].Key
}

// settingText writes a value for people and for the names of folders: what may not stand there becomes "_".
func settingText(value any) string {
	if list, ok := value.([]any); ok {
		texts := make([]string, len(list))
		for i, v := range list {
			texts[i] = settingText(v)
		}
		return strings.Join(texts, "+")
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '-' || r == '+' || r == '%' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') {
			return r
		}
		return '_'
	}, fmt.Sprint(value))
}
