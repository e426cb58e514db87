package scenario

import (
	"os"
	"testing"
)

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

// Some editors begin a file with a mark.
func TestByteOrderMark(t *testing.T) {
	mustParse(t, "\xef\xbb\xbf"+minimal)
}

// The folder of a sweep is often called after its scenario, and the same command goes on with it.
func TestFolderDoesNotHideAScenario(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("city", 0o700); err != nil {
		t.Fatal(err)
	}
	if s, err := Open("city"); err != nil || s.Name != "city" {
		t.Error(err)
	}
}
