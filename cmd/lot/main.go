// Command lot is a gateway of the Ledger of Things, and what its operator does with it: set up, look at, prove, verify.
//
// Every verb has a file of its own, named after it, and is thin: flags become options, and the packages do the work. What
// verbs print for programs (--json) are the views of the API; what they print for people is not meant to be parsed. The exit
// codes are those of exitcode.go.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is the release; the build sets it.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	p := &program{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ(), now: time.Now}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// program is one run of lot: all that it touches of the world besides files and sockets, so that tests can run it in process.
type program struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
	now      func() time.Time

	// The flags of every verb.
	home, api, tokenFile string
}

// run carries out one command line and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := newRoot(p)
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	return p.report(command, err)
}
