package scenario

import "testing"

func TestIsText(t *testing.T) {
	for key, want := range map[string]bool{
		"name": true, "duration": true, "attack.0.nodes": true, "load.12.kind": true, "links.delay": true, "links.model": true,
		"network.nodes": false, "seed": false, "attack.0.params.rate": false, "attack.x.nodes": false, "load": false, "links": false,
		"links.no": false, "name.x": false, "network.weights": false, "grid.links.loss": false, "": false,
	} {
		if IsText(key) != want {
			t.Errorf("%q: %t", key, !want)
		}
	}
}
