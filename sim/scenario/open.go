package scenario

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/ledgerofthings/lot/sim/scenarios"
)

// builtin stands before the name of a scenario that comes with Lot.
const builtin = "builtin:"

// Open reads the scenario at a path, or the one of a name such as "builtin:city" or, where no file of that name lies, "city". A folder
// is no file: results often lie in one that has the scenario's name. The error wraps the operating system's or is of type Problems.
func Open(path string) (*Scenario, error) {
	if name, named := strings.CutPrefix(path, builtin); named {
		return openBuiltin(name)
	}
	text, err := readFile(path)
	switch {
	case os.IsNotExist(err) && badName(path) == "", errors.Is(err, syscall.EISDIR) && slices.Contains(scenarios.List(), path):
		return openBuiltin(path)
	case os.IsNotExist(err):
		return nil, fmt.Errorf("scenario: %w: name a file, or a scenario that comes with Lot: %s", err, strings.Join(scenarios.List(), ", "))
	case err != nil:
		return nil, fmt.Errorf("scenario: %w", err)
	}
	return Parse(text, path)
}

// openBuiltin reads a scenario that comes with Lot.
func openBuiltin(name string) (*Scenario, error) {
	text, known := scenarios.Read(name)
	if !known {
		return nil, fmt.Errorf("scenario: there is no scenario %.40q, neither as a file nor among those that come with Lot: %s",
			name, suggest(name, scenarios.List()))
	}
	return Parse(text, builtin+name)
}

// readFile reads what Parse takes at most and a byte more, so that Parse can refuse it.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFileSize+1))
}
