package docs

import (
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/node/config"
)

// TestPagesNameTheDefaults looks for the ports and limits that the pages speak of.
func TestPagesNameTheDefaults(t *testing.T) {
	c := config.Defaults()
	port := func(address string) string { return address[strings.LastIndexAny(address, ":/")+1:] }
	for page, words := range map[string][]string{
		"operating.md": {
			"| " + port(c.Network.Listen[0]) + " TCP and UDP |", "| " + port(c.API.Listen) + " TCP |", "| " + port(c.MQTT.Listen) + " TCP |",
			"`storage.reserve` free space (128 MiB)", "`storage.batches` (1 GiB)",
		},
		"api.md": {"`" + c.API.Listen + "`", "on port " + port(c.MQTT.Listen)},
	} {
		text := readPage(t, page)
		for _, word := range words {
			if !strings.Contains(text, word) {
				t.Errorf("%s does not say %q", page, word)
			}
		}
	}
	if c.Storage.Reserve != 128<<20 || c.Storage.Batches != 1<<30 {
		t.Errorf("operating.md names other limits than %d and %d", c.Storage.Reserve, c.Storage.Batches)
	}
}
