package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/apitest"
	"github.com/ledgerofthings/lot/node/archive"
	"github.com/ledgerofthings/lot/node/store"
)

// kept is a gateway that was set up, is in a network and has run: its folder has data, which is open.
func kept(t *testing.T) (*shell, *store.Store) {
	t.Helper()
	s := newShell(t)
	genesis, _ := foundNetwork(s)
	s.want(exitOK, "", "network", "join", genesis)
	data, err := store.Open(filepath.Join(s.dir, "data"), store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = data.Close() })
	return s, data
}

func putEntry(t *testing.T, data *store.Store, key string, value []byte) {
	t.Helper()
	step := data.Begin()
	step.Put([]byte(key), value)
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
}

func closeStore(t *testing.T, data *store.Store) {
	t.Helper()
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	s, data := kept(t)
	putEntry(t, data, "vmine", []byte("value"))
	closeStore(t, data)
	file, pass := filepath.Join(t.TempDir(), "attic.lotbackup"), s.file("pass", []byte("correct horse\n"))
	s.want(exitOK, `is a backup of gateway "attic"`, "backup", file, "--passphrase-file", pass)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	s.want(exitFailure, "is there already", "backup", file, "--passphrase-file", pass)
	moved := newShell(t)
	moved.want(exitOK, "the old one is off for good", "restore", file, "--passphrase-file", pass)
	if before, after := s.want(exitOK, "", "init", "-q"), moved.want(exitOK, "", "init", "-q"); before.out != after.out {
		t.Errorf("it was %s and is %s", before.out, after.out)
	}
	moved.want(exitFailure, "into a new folder only", "restore", file, "--passphrase-file", pass)
	copied, err := store.Open(filepath.Join(moved.dir, "data"), store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if value, err := copied.Get([]byte("vmine")); err != nil || string(value) != "value" {
		t.Errorf("%q, %v", value, err)
	}
	wrong := s.file("wrong", []byte("another\n"))
	newShell(t).want(exitFailure, "does not open", "restore", file, "--passphrase-file", wrong)
}

func TestBackupFaults(t *testing.T) {
	s, data := kept(t)
	closeStore(t, data)
	s.want(exitUsage, "for whom the backup is encrypted", "backup", "x")
	s.want(exitUsage, "recipient", "backup", "x", "--recipient", "age1nonsense")
	s.want(exitUsage, "what opens the backup", "restore", "x")
	newShell(t).want(exitFailure, "not set up", "backup", "x", "--passphrase-file", s.file("pass", []byte("p\n")))
}

// A gateway that runs streams its data itself, and only to whom it belongs.
func TestBackupOfRunningGateway(t *testing.T) {
	s, data := kept(t)
	p := &program{environ: []string{"LOT_HOME=" + s.dir}}
	g, err := p.gateway()
	if err != nil {
		t.Fatal(err)
	}
	about := archive.About{Network: g.genesis.ID(), Key: g.key, Name: g.name}
	token := api.NewToken()
	server, err := api.New(apitest.New(apitest.Sample()), api.Options{
		Token: token, Feed: api.NewFeed(1), Readings: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler),
		Backup: func(ctx context.Context, q api.BackupQuery, w io.Writer) error {
			about.Ledger, about.Batches = q.Ledger, q.Batches
			return archive.Stream(ctx, w, data, about)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(server.Handler())
	t.Cleanup(served.Close)
	s.environ = append(s.environ, "LOT_API="+served.URL, "LOT_TOKEN_FILE="+s.file("token", []byte(token)))
	pass, dir := s.file("pass", []byte("p\n")), t.TempDir()
	s.want(exitOK, "is a backup", "backup", filepath.Join(dir, "a"), "--passphrase-file", pass, "--ledger")
	if !about.Ledger || !about.Batches {
		t.Errorf("asked for %+v", about)
	}
	about.Key = dag.Key{1}
	s.want(exitFailure, "another gateway's data", "backup", filepath.Join(dir, "b"), "--passphrase-file", pass)
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("left are %v, %v", names, err)
	}
}

func TestLedgerCheck(t *testing.T) {
	s, data := kept(t)
	s.want(exitFailure, "stop it first", "ledger", "check")
	closeStore(t, data)
	s.want(exitOK, "The data folder is sound", "ledger", "check")
	data, err := store.Open(filepath.Join(s.dir, "data"), store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	putEntry(t, data, "e\x00\x00\x00\x00\x00\x00\x00\x00", []byte("nonsense"))
	putEntry(t, data, "d"+strings.Repeat("\x01", 32), []byte("nonsense"))
	closeStore(t, data)
	r := s.want(exitFailure, "3 faults", "ledger", "check", "--json")
	if view := decode(t, r.out); view["sound"] != false || len(view["findings"].([]any)) != 3 {
		t.Errorf("%s", r.out)
	}
	s.want(exitUsage, "goes with --repair", "ledger", "check", "--force")
	s.want(exitFailure, "1 fault left", "ledger", "check", "--repair")
	s.want(exitOK, "1 fault repaired", "ledger", "check", "--repair", "--force")
	s.want(exitOK, "sound", "ledger", "check")
}

func TestLedgerExport(t *testing.T) {
	s, data := kept(t)
	closeStore(t, data)
	s.want(exitUsage, "--car", "ledger", "export")
	path := filepath.Join(t.TempDir(), "events.car")
	s.want(exitNotFound, "no events", "ledger", "export", "--car", path)
	data, err := store.Open(filepath.Join(s.dir, "data"), store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	signer := dag.NewSigner([32]byte{1})
	f := dag.Fields{
		Network: dag.NetworkID{1}, Key: signer.Key(), Account: dag.AccountOf(signer.Key()), Seq: 1, Epoch: 1, Approves: []dag.ID{{1}, {2}}, Kind: "x",
	}
	v, err := f.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	putEntry(t, data, "e\x00\x00\x00\x00\x00\x00\x00\x00", v.Block())
	closeStore(t, data)
	s.want(exitOK, "has 1 events", "ledger", "export", "--car", path)
	s.want(exitFailure, "is there already", "ledger", "export", "--car", path)
}
