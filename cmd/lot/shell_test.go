package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
)

// shell runs command lines in process, with a data folder and an environment of their own.
type shell struct {
	t       *testing.T
	dir     string // the data folder
	environ []string
	stdin   string
}

// result is what a command line printed and its exit code.
type result struct {
	out, err string
	code     int
}

// founded is the time that every command line of the tests takes for now.
var founded = time.UnixMilli(1_790_000_000_000)

func newShell(t *testing.T) *shell {
	t.Helper()
	return &shell{t: t, dir: filepath.Join(t.TempDir(), "lot")}
}

func (s *shell) run(args ...string) result {
	return s.runContext(s.t.Context(), args...)
}

func (s *shell) runContext(ctx context.Context, args ...string) result {
	s.t.Helper()
	var out, err bytes.Buffer
	p := &program{
		in: strings.NewReader(s.stdin), out: &out, err: &err, now: func() time.Time { return founded },
		environ: append([]string{"LOT_HOME=" + s.dir}, s.environ...),
	}
	code := p.run(ctx, args)
	return result{out.String(), err.String(), code}
}

// want runs a command line that must end with a code and print a fragment, to standard output if the code is 0.
func (s *shell) want(code int, fragment string, args ...string) result {
	s.t.Helper()
	r := s.run(args...)
	text := r.out
	if code != exitOK {
		text = r.err
	}
	if r.code != code || !strings.Contains(text, fragment) {
		s.t.Errorf("lot %s: code %d, want %d and %q\nout: %s\nerr: %s", strings.Join(args, " "), r.code, code, fragment, r.out, r.err)
	}
	return r
}

// file writes a file beside the data folder.
func (s *shell) file(name string, content []byte) string {
	s.t.Helper()
	path := filepath.Join(filepath.Dir(s.dir), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// decode reads the JSON that a command line printed.
func decode(t *testing.T, text string) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// fake is a served API without a node behind it.
type fake struct {
	backend *apitest.Backend
	feed    *api.Feed
}

// serveFake serves the samples of package apitest and points the shell at them.
func serveFake(t *testing.T, s *shell) *fake {
	t.Helper()
	f := &fake{backend: apitest.New(apitest.Sample()), feed: api.NewFeed(8)}
	token := api.NewToken()
	server, err := api.New(f.backend, api.Options{Token: token, Feed: f.feed, Readings: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	s.environ = append(s.environ, "LOT_API="+listener.Addr().String(), "LOT_TOKEN_FILE="+s.file("token", []byte(token)))
	return f
}

// pipe is a writer whose reader waits for texts.
type pipe struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{} // has a value after every write
}

func newPipe() *pipe { return &pipe{wrote: make(chan struct{}, 1)} }

func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, err := p.text.Write(b)
	select {
	case p.wrote <- struct{}{}:
	default:
	}
	return n, err
}

func (p *pipe) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// await waits until the text has a fragment.
func (p *pipe) await(t *testing.T, fragment string) {
	t.Helper()
	timeout := time.After(time.Minute)
	for !strings.Contains(p.String(), fragment) {
		select {
		case <-p.wrote:
		case <-timeout:
			t.Fatalf("%q did not come; there is %s", fragment, p)
		}
	}
}

var _ io.Writer = (*pipe)(nil)
