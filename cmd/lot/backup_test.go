package main

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
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

// The files beside the data folder are checked too, and a lost genesis is told from a gateway that is in no network.
func TestLedgerCheckFiles(t *testing.T) {
	s, data := kept(t)
	genesis := filepath.Join(s.dir, "genesis.toml")
	text, err := os.ReadFile(genesis)
	if err != nil {
		t.Fatal(err)
	}
	g, err := bootstrap.LoadGenesis(genesis)
	if err != nil {
		t.Fatal(err)
	}
	id := g.ID()
	putEntry(t, data, "vnetwork", id[:])
	closeStore(t, data)
	for name, content := range map[string]string{"invitations.json": "{", "checkpoint.pin": "nonsense"} {
		path := filepath.Join(s.dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := s.want(exitFailure, "1 fault", "ledger", "check"); !strings.Contains(r.out, name) {
			t.Errorf("%s", r.out)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(genesis); err != nil {
		t.Fatal(err)
	}
	s.want(exitFailure, "belongs to network "+id.String(), "ledger", "check")
	s.want(exitFailure, "belongs to network "+id.String(), "up") // and founds no other
	if err := os.WriteFile(genesis, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s.want(exitOK, "sound", "ledger", "check")
}

// Equal faults are told together.
func TestLedgerCheckGroups(t *testing.T) {
	s, data := kept(t)
	for n := range 9 {
		putEntry(t, data, "m\x00\x00\x00\x00\x00\x00\x00"+string(rune(n+1)), []byte("nonsense"))
	}
	closeStore(t, data)
	if out := s.want(exitFailure, "9 faults", "ledger", "check").out; strings.Count(out, "unexpected EOF") != shownOfAKind || !strings.Contains(out, "and 6 more") {
		t.Errorf("%s", out)
	}
	if out := s.want(exitFailure, "9 faults", "ledger", "check", "--all").out; strings.Count(out, "only this gateway has it") != 9 {
		t.Errorf("%s", out)
	}
}

// A database with a damaged table is told of, and rebuilt.
func TestLedgerCheckRebuilds(t *testing.T) {
	s, data := kept(t)
	for n := range 200 {
		value := make([]byte, 1000)
		_, _ = rand.Read(value)
		putEntry(t, data, "x"+string(rune('a'+n%26))+strings.Repeat("k", n), value)
	}
	if err := data.Compact(t.Context(), store.Engine, []byte("x")); err != nil {
		t.Fatal(err)
	}
	closeStore(t, data)
	tables, err := filepath.Glob(filepath.Join(s.dir, "data", "db", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	for _, path := range tables {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content[len(content)/3] ^= 1
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := s.want(exitFailure, "--repair", "ledger", "check"); !strings.Contains(r.err, ".sst") {
		t.Errorf("%s", r.err)
	}
	r := s.want(exitOK, "Lost between", "ledger", "check", "--repair")
	if !strings.Contains(r.out, "db.damaged-") || !strings.Contains(r.out, "damaged entry") {
		t.Errorf("%s", r.out)
	}
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
