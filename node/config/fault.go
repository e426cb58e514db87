package config

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong in a configuration.
type Fault struct {
	Where   string // such as "network.dht", "config.toml line 7, network.dht" or "LOT_NETWORK_DHT"
	Problem string // what is wrong there, and what to do
}

// String returns the fault as one line.
func (f Fault) String() string { return f.Where + ": " + f.Problem }

// Faults are all faults of a configuration: those of the file in the order of its lines, then those of the environment.
type Faults []Fault

// Error implements error: a line for each fault.
func (f Faults) Error() string {
	if len(f) == 1 {
		return "configuration: " + f[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "configuration: %d faults:", len(f))
	for _, fault := range f {
		b.WriteString("\n  " + fault.String())
	}
	return b.String()
}

// err returns the faults as an error; nil if there are none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
