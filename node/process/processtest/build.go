// Package processtest builds the program for tests that run gateways as processes.
package processtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var (
	once    sync.Once
	program string
	failure error
)

// Program returns the path of a freshly built program. Run calls the tests and removes it afterwards: a package's TestMain
// exits with its result.
func Program(t testing.TB) string {
	t.Helper()
	once.Do(func() { failure = build() })
	if failure != nil {
		t.Fatal(failure)
	}
	return program
}

func build() error {
	dir, err := os.MkdirTemp("", "lot-test-")
	if err != nil {
		return err
	}
	program = filepath.Join(dir, "lot")
	const module = "github.com/ledgerofthings/lot/cmd/lot"
	command := exec.Command("go", "build", "-o", program, module) //nolint:gosec,noctx // fixed words; go test's own timeout ends it
	command.Stderr = os.Stderr
	return command.Run()
}

// Run runs a package's tests and removes what Program built.
func Run(m *testing.M) int {
	code := m.Run()
	if program != "" {
		_ = os.RemoveAll(filepath.Dir(program)) // it is in the folder for temporary files
	}
	return code
}
