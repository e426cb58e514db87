package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// testRun is what one go test told.
type testRun struct {
	passed, failures []string // names of top-level tests, each once, in the order they ended
	ran              int
	buildFailed      bool
	exitCode         int
	output           string // of failing tests and of the compiler
}

// failed reports whether anything but success came out.
func (r testRun) failed() bool { return r.exitCode != 0 }

// test runs the tests whose names match pattern, or all of them if it is empty.
func (s *scratch) test(ctx context.Context, packages []string, pattern string, timeout time.Duration) (testRun, error) {
	args := []string{"test", "-json", "-count=1", "-vet=off", "-timeout=" + timeout.String()}
	if pattern != "" {
		args = append(args, "-run="+pattern)
	}
	cmd := s.command(ctx, "go", append(args, packages...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return testRun{}, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return testRun{}, fmt.Errorf("go test: %w", err)
	}
	r, err := readEvents(&stdout)
	r.exitCode = cmd.ProcessState.ExitCode()
	r.output += stderr.String()
	return r, err
}

// testEvent is a line of go test -json (see go doc test2json).
type testEvent struct {
	Action, Test, Output, FailedBuild string
}

// readEvents collects the names of the tests that passed and failed, and the output of what does not belong to a passed one.
func readEvents(in io.Reader) (testRun, error) {
	var r testRun
	output := map[string][]byte{}
	for decoder := json.NewDecoder(in); ; {
		var e testEvent
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return r, fmt.Errorf("read the output of go test: %w", err)
		}
		top, _, isSub := strings.Cut(e.Test, "/")
		switch {
		case e.Action == "build-output":
			r.output += e.Output
		case e.Action == "build-fail" || e.FailedBuild != "":
			r.buildFailed = true
		case e.Action == "output":
			output[top] = append(output[top], e.Output...)
		case e.Action == "pass" && top != "" && !isSub:
			r.passed = append(r.passed, top)
		case e.Action == "fail" && top != "" && !slices.Contains(r.failures, top):
			r.failures = append(r.failures, top)
			r.output += string(output[top])
		}
	}
	r.ran = len(r.passed) + len(r.failures)
	return r, nil
}
