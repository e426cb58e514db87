package latency

import (
	"math"
	"testing"
)

// cityNumber returns the index of a city.
func cityNumber(t *testing.T, name string) int {
	t.Helper()
	for i := range cityList {
		if cityList[i].name == name {
			return i
		}
	}
	t.Fatalf("no city %s", name)
	return 0
}

func TestGreatCircles(t *testing.T) {
	// Distances as commonly published, to 1 %.
	cases := []struct {
		a, b string
		km   float64
	}{
		{"London", "New York", 5570},
		{"Tokyo", "Sydney", 7820},
		{"São Paulo", "Lagos", 6320},
		{"Delhi", "Cairo", 4420},
		{"Mexico City", "Shanghai", 12_910},
		{"London", "London", 0},
	}
	for _, c := range cases {
		a, b := cityNumber(t, c.a), cityNumber(t, c.b)
		if km := greatCircle(&cityList[a], &cityList[b]); math.Abs(km-c.km) > 0.01*c.km {
			t.Errorf("%s to %s: %.0f km, want %.0f", c.a, c.b, km, c.km)
		}
	}
}

func TestCitiesDelay(t *testing.T) {
	model := must(Cities(2, 10_000, 1000, 1)).(*cities)
	london, newYork := cityNumber(t, "London"), cityNumber(t, "New York")
	// 5570 km of fibre at 5.0035 µs/km, twice that for the path, and the access lines.
	if delay := float64(model.delays[london][newYork]); math.Abs(delay-(2*5570*5.0035+10_000)) > 500 {
		t.Errorf("London to New York takes %.0f µs", delay)
	}
	for i := range cityList {
		if model.delays[i][i] != 10_000 {
			t.Errorf("%s to itself takes %d µs, want the access of 10000", cityList[i].name, model.delays[i][i])
		}
	}
	if model.Min() != 10_000 {
		t.Errorf("minimum %d, want 10000", model.Min())
	}
	if near := must(Cities(1, 0, 0, 1)); near.Min() != 1 {
		t.Errorf("without access and floor the minimum is %d, want 1", near.Min())
	}
}

func TestCitiesHaveNodesAsTheyHavePeople(t *testing.T) {
	const nodes = 100_000
	model := must(Cities(2, 10_000, 1000, 7))
	counts, people := map[string]float64{}, 0.0
	for node := range uint32(nodes) {
		counts[model.Place(node)]++
	}
	for i := range cityList {
		people += cityList[i].people
	}
	for i := range cityList {
		got, want := counts[cityList[i].name]/nodes, cityList[i].people/people
		if math.Abs(got-want) > 0.004 {
			t.Errorf("%s has %.4f of the nodes, want %.4f", cityList[i].name, got, want)
		}
	}
	if len(counts) != len(cityList) {
		t.Errorf("nodes in %d cities", len(counts))
	}
	other, moved := must(Cities(2, 10_000, 1000, 8)), 0
	for node := range uint32(100) {
		if other.Place(node) != model.Place(node) {
			moved++
		}
	}
	if moved < 60 {
		t.Errorf("%d of 100 nodes are elsewhere with another seed", moved)
	}
}
