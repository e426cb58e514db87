package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"filippo.io/age"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/fxamacker/cbor/v2"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/node/store"
)

func quiet(uint64, uint64) {}

// identity is the key of the tests' backups.
var identity = must(age.GenerateX25519Identity())

func openStore(t testing.TB, dir string, options store.Options) *store.Store {
	t.Helper()
	options.Logger = slog.New(slog.DiscardHandler)
	s, err := store.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

var (
	self  = dag.NewSigner([32]byte{1})
	other = dag.NewSigner([32]byte{2})
)

// event returns the block of an event that a key issues.
func event(t testing.TB, signer dag.Signer, seq uint64, prev dag.ID) []byte {
	t.Helper()
	f := dag.Fields{
		Network: dag.NetworkID{9}, Key: signer.Key(), Account: dag.AccountOf(signer.Key()), Seq: seq, Prev: prev, Time: 1000 + seq, Epoch: 1,
		Approves: []dag.ID{{1}, {2}}, Kind: "test", Body: []byte{byte(seq)},
	}
	v, err := f.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return v.Block()
}

// fullStore fills a store with one entry of every kind and a batch.
func fullStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	s := openStore(t, dir, store.Options{})
	step := s.Begin()
	for _, k := range Kinds() {
		step.Put([]byte(k.Prefix+"12345678"), bytes.Repeat([]byte(k.Prefix), 1000))
	}
	digest, err := s.PutBlob([]byte("an encrypted batch"))
	if err != nil {
		t.Fatal(err)
	}
	step.Put(append([]byte(BatchPrefix), 0, 0, 0, 0, 0, 0, 0, 1), must(cbor.Marshal(batchRecord{Blob: digest[:]})))
	for n, signer := range []*dag.MemorySigner{self, other} {
		block := event(t, signer, 1, dag.ID{})
		id := dag.HashBlock(block)
		step.Put(append([]byte(EventPrefix), 0, 0, 0, 0, 0, 0, 0, byte(n)), block)
		step.Put(append([]byte(ReceiptPrefix), id[:]...), []byte{byte(n)})
	}
	step.Put([]byte("vbig"), bytes.Repeat([]byte{7}, 3<<20)) // more than a pack
	step.Put([]byte("?unknown"), nil)
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
	replicas := s.BeginIn(store.Replicas)
	replicas.Put([]byte("holder"), []byte("of a batch"))
	if err := replicas.Commit(); err != nil {
		t.Fatal(err)
	}
	return s
}

// homeFolder makes the files of a home folder.
func makeHome(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"config.toml", "vault.age", "vault.identity", "genesis.toml", "stranger.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("content of "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// backup makes a backup in memory.
func backup(t testing.TB, s *store.Store, about About) []byte {
	t.Helper()
	var data, file bytes.Buffer
	about.Key = self.Key()
	if err := Stream(context.Background(), &data, s, about); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Backup(&file, identity.Recipient(), Home{Dir: makeHome(t), Key: self.Key()}, &data, quiet); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func restoring(file []byte, dir string) Restoring {
	return Restoring{
		Open:       func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file)), nil },
		Identities: []age.Identity{identity}, Dir: dir, Now: 2000, Progress: quiet,
	}
}

// content lists all entries of a store, but for the mark of a restore.
func content(t testing.TB, s *store.Store) []string {
	t.Helper()
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	var list []string
	for _, where := range ranges {
		err := snapshot.ScanIn(where, nil, nil, func(key, value []byte) bool {
			if string(key) != RestoredKey {
				list = append(list, fmt.Sprintf("%c %x %x", where, key, dag.HashBlock(value)))
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func TestRestoredIsTheSame(t *testing.T) {
	original := fullStore(t, t.TempDir())
	dir := filepath.Join(t.TempDir(), "new")
	file := backup(t, original, About{Ledger: true, Batches: true, Name: "roof", Created: 1000})
	m, end, err := Restore(restoring(file, dir))
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "roof" || end.Blobs != 1 || end.Missing != 0 || end.Entries != m.Entries {
		t.Errorf("%+v %+v", m, end)
	}
	s := openStore(t, filepath.Join(dir, "data"), store.Options{})
	if got, want := content(t, s), content(t, original); !slices.Equal(got, want) {
		t.Errorf("restored:\n%q\nwant\n%q", got, want)
	}
	if !slices.Equal(s.Blobs(), original.Blobs()) {
		t.Error("other batches")
	}
	mark, err := s.Get([]byte(RestoredKey))
	if restored, bad := DecodeRestored(mark); err != nil || bad != nil || restored != (Restored{At: 2000, Created: 1000}) {
		t.Errorf("mark %+v, %v, %v", restored, err, bad)
	}
	for _, name := range m.Home {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if len(m.Home) != 4 {
		t.Errorf("home %q", m.Home)
	}
}

// Without the ledger only what is the gateway's own is there, its own events among it.
func TestOwnPart(t *testing.T) {
	file := backup(t, fullStore(t, t.TempDir()), About{})
	dir := filepath.Join(t.TempDir(), "new")
	if _, _, err := Restore(restoring(file, dir)); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, filepath.Join(dir, "data"), store.Options{})
	counts := map[string]int{}
	err := s.Scan(nil, nil, func(key, _ []byte) bool { counts[KindOf(key).Prefix]++; return true })
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		switch want := counts[k.Prefix]; {
		case k.Prefix == SalvagedPrefix, k.Prefix == ReceiptPrefix:
			if want != 1 {
				t.Errorf("%d entries %q", want, k.Prefix)
			}
		case (k.Part == Own) != (want > 0):
			t.Errorf("%d entries %q", want, k.Prefix)
		}
	}
	if counts[""] != 1 || len(s.Blobs()) != 0 {
		t.Errorf("%d unknown entries, %d batches", counts[""], len(s.Blobs()))
	}
}

// Every changed or missing byte is noticed before anything is written.
func TestDamagedBackupsAreRefused(t *testing.T) {
	s := openStore(t, t.TempDir(), store.Options{})
	step := s.Begin()
	step.Put([]byte("dsmall"), []byte("value"))
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
	file := backup(t, s, About{})
	parent := t.TempDir()
	refused := func(what string, damaged []byte) {
		t.Helper()
		if _, _, err := Restore(restoring(damaged, filepath.Join(parent, "new"))); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for at := 0; at < len(file); at += 37 {
		refused(fmt.Sprint("cut at ", at), file[:at])
		flipped := bytes.Clone(file)
		flipped[at] ^= 1 << (at % 8)
		refused(fmt.Sprint("bit changed at ", at), flipped)
	}
	refused("appended", append(bytes.Clone(file), 0))
	if names, err := os.ReadDir(parent); err != nil || len(names) > 0 {
		t.Errorf("something was written: %v, %v", names, err)
	}
}

func TestRestoreGoesIntoNewFoldersOnly(t *testing.T) {
	s := openStore(t, t.TempDir(), store.Options{})
	file := backup(t, s, About{})
	dir := t.TempDir() // empty
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Restore(restoring(file, dir)); !errors.Is(err, ErrExists) {
		t.Errorf("into a used folder: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "mine")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir+staged, "mine"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Restore(restoring(file, dir)); !errors.Is(err, ErrExists) {
		t.Errorf("beside a foreign folder: %v", err)
	}
	if err := os.RemoveAll(dir + staged); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Restore(restoring(file, dir)); err != nil {
		t.Errorf("into an empty folder: %v", err)
	}
	_, wrong, err := Passphrase("another")
	if err != nil {
		t.Fatal(err)
	}
	locked := restoring(file, filepath.Join(t.TempDir(), "new"))
	locked.Identities = []age.Identity{wrong}
	if _, _, err := Restore(locked); !errors.Is(err, ErrLocked) {
		t.Errorf("with another key: %v", err)
	}
}

// A batch that is gone or damaged does not keep the rest from being saved.
func TestMissingBatchIsCounted(t *testing.T) {
	files := vfs.NewMem()
	s := openStore(t, "data", store.Options{FS: files})
	digest := store.Digest{1}
	step := s.Begin()
	step.Put(append([]byte(BatchPrefix), 0, 0, 0, 0, 0, 0, 0, 1), must(cbor.Marshal(batchRecord{Blob: digest[:]})))
	if err := step.Commit(); err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	if err := Stream(context.Background(), &data, s, About{Batches: true}); err != nil {
		t.Fatal(err)
	}
	whole := data.Bytes()
	foreign := Home{Dir: makeHome(t), Key: other.Key()}
	if _, _, err := Backup(io.Discard, identity.Recipient(), foreign, bytes.NewReader(whole), quiet); !errors.Is(err, ErrOther) {
		t.Errorf("another gateway's data: %v", err)
	}
	_, end, err := Backup(io.Discard, identity.Recipient(), Home{Dir: makeHome(t)}, &data, quiet)
	if err != nil || end.Missing != 1 {
		t.Errorf("%+v, %v", end, err)
	}
	var missing []store.Digest
	err = MissingBlobs(s, s.HasBlob, func(_ uint64, d store.Digest) error { missing = append(missing, d); return nil })
	if err != nil || !slices.Equal(missing, []store.Digest{digest}) {
		t.Errorf("%v, %v", missing, err)
	}
}
