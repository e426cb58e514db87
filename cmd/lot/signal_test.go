package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// asProgram makes the test binary run the program itself.
const asProgram = "RUN_AS_LOT"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// A signal stops a running gateway in good order, as a process of its own.
func TestSignals(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		s := newShell(t)
		local(t, s)
		command := exec.Command(program, "up", "--home", s.dir)
		command.Env = append(append(os.Environ(), s.environ...), asProgram+"=1")
		out := newPipe()
		command.Stdout, command.Stderr = out, out
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		out.await(t, "Ctrl-C stops it.")
		if err := command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := command.Wait(); err != nil {
			t.Errorf("%v: %v, %s", signal, err, out)
		}
		if !strings.Contains(out.String(), "has stopped. Everything that it acknowledged is on disk.") {
			t.Errorf("%v: no last word: %s", signal, out)
		}
		if strings.Contains(out.String(), "level=ERROR") {
			t.Errorf("%v: %s", signal, out)
		}
	}
}

// The exit code reaches the shell.
func TestExitCodeOfProcess(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "status", "extra")
	command.Env = append(os.Environ(), asProgram+"=1")
	var exit *exec.ExitError
	if err := command.Run(); !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
		t.Errorf("%v", err)
	}
}
