package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
)

func (p *program) versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "version", Short: "Show the version of this program", Args: wants()}
	jsonFlag(c, &asJSON)
	c.RunE = func(*cobra.Command, []string) error {
		v := buildVersion()
		return p.emit(asJSON, v, func(w io.Writer) {
			fmt.Fprintf(w, "lot %s, %s, %s, protocol %d\n", v.Version, v.Platform, v.Go, v.Protocol)
		})
	}
	return c
}

// buildVersion says which program this is.
func buildVersion() api.Version {
	v := api.Version{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Protocol: dag.Version}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			v.Revision = setting.Value
		case "vcs.modified":
			v.Modified = setting.Value == "true"
		}
	}
	return v
}
