package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/client"
)

// The exit codes of lot.
const (
	exitOK          = 0   // done
	exitFailure     = 1   // it failed; what and why is on standard error
	exitUsage       = 2   // the command line makes no sense
	exitUnreachable = 3   // no gateway answers
	exitNotFound    = 4   // the gateway does not have what was asked for
	exitNotYet      = 5   // right, but too early or too busy: try again
	exitNoEffect    = 6   // final and proven, but without effect on the ledger
	exitDisk        = 74  // the disk refused a write (store.ExitDisk)
	exitInterrupted = 130 // interrupted by a signal
)

// exitCodes documents the codes.
var exitCodes = []struct {
	code    int
	meaning string
}{
	{exitOK, "done"},
	{exitFailure, "it failed; standard error says what and what to do"},
	{exitUsage, "the command line makes no sense"},
	{exitUnreachable, "no gateway answers"},
	{exitNotFound, "the gateway does not have what was asked for"},
	{exitNotYet, "right, but too early or too busy: try again"},
	{exitNoEffect, "the event is final but had no effect on the ledger"},
	{exitDisk, "the disk refused a write (`lot up`, `lot sim`)"},
	{exitInterrupted, "interrupted by a signal"},
}

// failure is an error with its exit code and advice.
type failure struct {
	err  error
	hint string // what to do, in one line; empty if the error says it
	code int
}

// Error implements error.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.err }

// fail returns a failure with advice.
func fail(code int, hint, format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), hint: hint, code: code}
}

// usage returns a failure of the command line.
func usage(c *cobra.Command, format string, args ...any) error {
	return fail(exitUsage, fmt.Sprintf("`%s --help` shows how it is used", c.CommandPath()), format, args...)
}

// faultExits are the exit codes for the gateway's refusals.
var faultExits = map[api.FaultKind]int{
	api.NotFound: exitNotFound, api.NotYet: exitNotYet, api.Busy: exitNotYet, api.Unavailable: exitNotYet,
}

// classify finds out the exit code and the advice for an error.
func classify(c *cobra.Command, err error) *failure {
	var known *failure
	var unreachable *client.Unreachable
	var problem *api.Problem
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &unreachable):
		return &failure{fmt.Errorf("no gateway answers at %s", unreachable.Address), "start it with `lot up`, or say with --api where it is", exitUnreachable}
	case errors.As(err, new(*client.Unauthorized)):
		return &failure{err, "--home or --token-file says where the right token is", exitFailure}
	case errors.As(err, &problem):
		code, ok := faultExits[api.FaultKind(problem.Code)]
		if !ok {
			code = exitFailure
		}
		return &failure{errors.New(problem.Detail), problem.Hint, code}
	case errors.Is(err, context.Canceled) && c.Context().Err() != nil:
		return &failure{errors.New("interrupted"), "", exitInterrupted}
	case errors.Is(err, fs.ErrPermission):
		return &failure{err, "the file or folder must belong to the user who runs lot", exitFailure}
	}
	return &failure{err, "", exitFailure}
}

// report tells what went wrong, in a line for what and one for what to do, and returns the exit code.
func (p *program) report(c *cobra.Command, err error) int {
	if err == nil {
		return exitOK
	}
	f := classify(c, err)
	fmt.Fprintf(p.err, "lot: %s\n", safeLines(f.Error()))
	if f.hint != "" {
		fmt.Fprintf(p.err, "     %s\n", safe(f.hint))
	}
	return f.code
}
