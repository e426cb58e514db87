// Command mutants shows that the tests would notice certain mistakes. Each file mutants/*.patch plants one bug; the
// command applies it to a scratch copy of the tree, runs the test that is said to catch it, and prints a table of the bugs and
// one of the levels of tests that catch them. It exits with 1 if a bug survives, does not build, or its patch no longer fits the code: a bug that nobody catches is a
// missing test.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	var options options
	flag.StringVar(&options.root, "root", ".", "root of the module to mutate")
	flag.StringVar(&options.patches, "patches", "mutants", "folder of the patches, from the root")
	flag.StringVar(&options.only, "only", "*", "run only the patches whose name, without .patch, matches this pattern")
	flag.StringVar(&options.level, "level", "", "run only the patches of this level: "+strings.Join(levels, ", "))
	flag.BoolVar(&options.json, "json", false, "print JSON instead of tables")
	flag.DurationVar(&options.timeout, "timeout", 5*time.Minute, "longest run of one mutant's tests; running out counts as caught")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	survivors, err := run(ctx, options, os.Stdout)
	stop()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	case survivors > 0:
		os.Exit(1)
	}
}

// options are the command's flags.
type options struct {
	root, patches, only, level string
	json                       bool
	timeout                    time.Duration
}

// run judges every selected mutant, reports to out, and returns how many were not caught.
func run(ctx context.Context, o options, out io.Writer) (survivors int, err error) {
	mutants, err := readMutants(o)
	if err != nil {
		return 0, err
	}
	scratch, err := newScratch(o.root)
	if err != nil {
		return 0, err
	}
	defer func() {
		if removeErr := scratch.remove(); err == nil {
			err = removeErr
		}
	}()
	if err := scratch.checkBaseline(ctx, mutants, o.timeout); err != nil {
		return 0, err
	}
	r := newReport(out, o.json)
	for _, m := range mutants {
		start := time.Now()
		v, err := scratch.judge(ctx, m, o.timeout)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", m.name, err)
		}
		r.add(m, v, time.Since(start))
	}
	return r.survivors(), r.close()
}
