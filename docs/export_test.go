package docs

import (
	"encoding/json"
	"strings"

	"github.com/ledgerofthings/lot/node/engine"
)

// export shows the first line of an export, its first witness event with a certificate, and its first commit.
func (x *example) export() string {
	shown := []engine.Line{x.engine.ExportHead()}
	for _, line := range x.engine.ExportEvents(0, 100) {
		if len(line.Certificates) > 0 {
			shown = append(shown, line)
			break
		}
	}
	shown = append(shown, x.engine.ExportCommits(0, 1)...)
	var b strings.Builder
	lines := json.NewEncoder(&b)
	for i := range shown {
		x.must(lines.Encode(&shown[i]))
	}
	return b.String()
}
