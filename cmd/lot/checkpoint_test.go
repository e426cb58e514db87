package main

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/identity/vault"
	"github.com/ledgerofthings/lot/node"
	"github.com/ledgerofthings/lot/node/api/apitest"
	"github.com/ledgerofthings/lot/node/catchup"
	"github.com/ledgerofthings/lot/node/home"
)

// registrar signs the ends of epochs of a network whose single member is the gateway of a shell.
type registrar struct {
	genesis *bootstrap.Genesis
	cosign  proof.RawSigner
	chain   proof.Chain
	log     proof.Log
}

// newRegistrar founds a network of the shell's gateway, and ends some epochs.
func newRegistrar(t *testing.T, s *shell, epochs int) *registrar {
	t.Helper()
	s.want(exitOK, "", "init", "--name", "barn")
	h, err := home.Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Config(nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := h.Vault(c)
	if err != nil {
		t.Fatal(err)
	}
	r := &registrar{}
	if r.genesis, err = h.Found(v, "barn", 1); err != nil {
		t.Fatal(err)
	}
	if r.cosign, err = v.Signer(vault.Cosign); err != nil {
		t.Fatal(err)
	}
	for range epochs {
		r.seal(t)
	}
	return r
}

func (r *registrar) committee(epoch int) proof.Committee {
	c := node.Cosigners(r.genesis)
	c.Epoch = uint64(epoch)
	return c
}

// seal ends an epoch.
func (r *registrar) seal(t *testing.T) {
	t.Helper()
	epoch := len(r.chain) + 1
	r.leaf(t)
	seal, _, err := proof.NewSeal(&r.log, proof.SealLeaf{
		Epoch: uint64(epoch), Number: uint64(epoch), Time: 5, State: [32]byte{byte(epoch)}, Committee: r.committee(epoch).Hash(), Version: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := proof.NewCertificate(seal, r.sign(t, epoch), r.committee(epoch), r.committee(epoch+1))
	if err != nil {
		t.Fatal(err)
	}
	r.chain = append(r.chain, certificate)
}

// leaf appends something to the log.
func (r *registrar) leaf(t *testing.T) {
	t.Helper()
	if _, err := r.log.Append(sha256.Sum256([]byte("leaf"))); err != nil {
		t.Fatal(err)
	}
}

// sign returns the checkpoint of the whole log.
func (r *registrar) sign(t *testing.T, epoch int) proof.SignedCheckpoint {
	t.Helper()
	head, err := r.log.Head()
	if err != nil {
		t.Fatal(err)
	}
	collector, err := proof.NewCollector(r.committee(epoch))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := proof.Cosign(r.cosign, r.committee(epoch), proof.TreeHead{}, head, uint64(founded.UnixMilli())-90_000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collector.Add(signature); err != nil {
		t.Fatal(err)
	}
	signed, ok := collector.Latest()
	if !ok {
		t.Fatal("no quorum")
	}
	return signed
}

// file returns the checkpoint file at the end of an epoch, with a checkpoint some leaves later.
func (r *registrar) file(t *testing.T, epoch int) []byte {
	t.Helper()
	was, chain := r.log, r.chain
	defer func() { r.log, r.chain = was, chain }()
	if r.chain, r.log = chain[:epoch], (proof.Log{}); epoch > 0 {
		log, err := r.chain[epoch-1].Seal.Log()
		if err != nil {
			t.Fatal(err)
		}
		r.log = *log
	}
	r.leaf(t)
	f, err := catchup.NewFile(catchup.Start{Committee: r.committee(1)}, r.chain, r.sign(t, epoch+1).Note())
	if err != nil {
		t.Fatal(err)
	}
	content, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func (r *registrar) pin(epoch int) string { return r.chain[epoch-1].Seal.Pin().String() }

// serve lets a gateway answer with a checkpoint file.
func serveCheckpoint(t *testing.T, s *shell, content []byte) *fake {
	t.Helper()
	f := serveFake(t, s)
	f.backend.Update(func(d *apitest.Data) { d.CheckpointFile = content })
	return f
}

func TestCheckpointShow(t *testing.T) {
	s := newShell(t)
	r := newRegistrar(t, s, 3)
	f := serveCheckpoint(t, s, r.file(t, 3))
	out := s.want(exitOK, "by weight 1 of 1, 90 s ago", "checkpoint", "show").out
	for _, fragment := range []string{r.pin(3), "the end of epoch 3, commit 3", "7 leaves", "from the genesis committee on", "barn    1       20"} {
		if !strings.Contains(out, fragment) {
			t.Errorf("no %q in %s", fragment, out)
		}
	}
	view := decode(t, s.want(exitOK, "", "checkpoint", "show", "--json").out)
	if view["epoch"] != 4.0 || view["size"] != 7.0 || view["sealed"].(map[string]any)["pin"] != r.pin(3) || view["signed"].(map[string]any)["weight"] != 1.0 {
		t.Errorf("%v", view)
	}
	s.want(exitOK, "", "checkpoint", "import", r.pin(2))
	s.want(exitOK, "from the pinned end of epoch 2 on", "checkpoint", "show")
	f.backend.Update(func(d *apitest.Data) { d.CheckpointFile = r.file(t, 0) })
	s.want(exitOK, "from the genesis committee on", "checkpoint", "show")
	f.backend.Update(func(d *apitest.Data) { d.CheckpointFile = nil })
	s.want(exitNotYet, "not final yet", "checkpoint", "show")
	f.backend.Update(func(d *apitest.Data) { d.CheckpointFile = []byte("{}") })
	s.want(exitFailure, "not a checkpoint file", "checkpoint", "show")
	other := newShell(t)
	other.environ = s.environ
	other.want(exitUsage, "missing: --genesis", "checkpoint", "show")
	genesis := other.file("other.toml", newNotary(t, "farm").genesis.Encode())
	f.backend.Update(func(d *apitest.Data) { d.CheckpointFile = r.file(t, 3) })
	other.want(exitFailure, "another network", "checkpoint", "show", "--genesis", genesis)
	other.want(exitOK, r.pin(3), "checkpoint", "show", "--genesis", filepath.Join(s.dir, "genesis.toml"))
}

func TestCheckpointExport(t *testing.T) {
	s := newShell(t)
	r := newRegistrar(t, s, 2)
	content := r.file(t, 2)
	f := serveCheckpoint(t, s, content)
	path := s.file("checkpoint.json", nil)
	s.want(exitOK, r.pin(2)+"\nIt names the end of epoch 2", "checkpoint", "export", path)
	if written, err := os.ReadFile(path); err != nil || string(written) != string(content) {
		t.Errorf("%s, %v", written, err)
	}
	for _, line := range []string{"checkpoint export", "checkpoint export -"} {
		if got := s.run(strings.Fields(line)...); got.code != exitOK || got.out != string(content) || !strings.Contains(got.err, r.pin(2)) {
			t.Errorf("%+v", got)
		}
	}
	s.want(exitOK, "epoch 2", "checkpoint", "import", path)
	f.backend.Update(func(d *apitest.Data) { d.CheckpointFile = r.file(t, 0) })
	s.want(exitOK, "first epoch, so there is nothing to pin", "checkpoint", "export", path)
	f.backend.Update(func(d *apitest.Data) { d.CheckpointFile = slices.Concat(content, []byte{' '}) })
	s.want(exitFailure, "not a checkpoint file", "checkpoint", "export", path)
	s.want(exitUsage, "too many arguments", "checkpoint", "export", path, path)
}

// wantPin fails the test unless the shell's data folder has a pin; "" for none.
func (s *shell) wantPin(want string) {
	s.t.Helper()
	h, err := home.At(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	pin, _, err := h.Pin()
	if got := pin.String(); err != nil || got != want && (want != "" || !pin.IsZero()) {
		s.t.Errorf("the pin is %s, want %q: %v", got, want, err)
	}
}

func TestCheckpointImport(t *testing.T) {
	s := newShell(t)
	r := newRegistrar(t, s, 4)
	forged := newRegistrar(t, newShell(t), 3)
	first, second, third := s.file("1.json", r.file(t, 1)), s.file("2.json", r.file(t, 2)), s.file("3.json", r.file(t, 3))
	cut := r.file(t, 2)
	for _, c := range []struct {
		name, argument string
		code           int
		says, pin      string
	}{
		{"nowhere", "nowhere.json", exitFailure, "nowhere.json", ""},
		{"no pin", "lotpin:abc", exitFailure, "malformed pin", ""},
		{"a slip in a pin", r.pin(1)[:70] + "a" + r.pin(1)[71:], exitFailure, "checksum", ""},
		{"a cut file", s.file("cut.json", cut[:len(cut)/2]), exitFailure, "not a checkpoint file", ""},
		{"a file of another network", s.file("other.json", forged.file(t, 3)), exitFailure, `of another network than "barn"`, ""},
		{"a file of the first epoch", s.file("0.json", r.file(t, 0)), exitNotYet, "names no end of an epoch", ""},
		{"the first", first, exitOK, "from the end of epoch 1 on, " + r.pin(1), r.pin(1)},
		{"a later file", second, exitOK, "from the end of epoch 2 on", r.pin(2)},
		{"the same again", second, exitOK, "already", r.pin(2)},
		{"an older file", first, exitOK, "already, which is newer", r.pin(2)},
		{"an older pin", r.pin(1), exitOK, "already, which is newer", r.pin(2)},
		{"another end of the same epoch", forged.pin(2), exitFailure, "find out which is right", r.pin(2)},
		{"a pin", r.pin(4), exitOK, "from the end of epoch 4 on", r.pin(4)},
		{"a file from before it", third, exitOK, "already, which is newer", r.pin(4)},
	} {
		s.want(c.code, c.says, "checkpoint", "import", c.argument)
		s.wantPin(c.pin)
		if t.Failed() {
			t.Fatal(c.name)
		}
	}
	newer := *r
	newer.chain, newer.log = nil, proof.Log{}
	newer.leaf(t) // another history of the same committee
	for range 5 {
		newer.seal(t)
	}
	s.want(exitFailure, "does not follow from what this gateway trusts", "checkpoint", "import", s.file("fork.json", newer.file(t, 5)))
	s.wantPin(r.pin(4))
	s.want(exitUsage, "missing: PIN|FILE", "checkpoint", "import")
	newShell(t).want(exitFailure, "lot init", "checkpoint", "import", r.pin(1))
}

func TestUpWithACheckpoint(t *testing.T) {
	s := newShell(t)
	s.want(exitUsage, "in no network yet", "up", "--checkpoint", "x")
	r := newRegistrar(t, s, 2)
	s.want(exitFailure, "malformed pin", "up", "--checkpoint", "lotpin:x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.runContext(ctx, "up", "--checkpoint", r.pin(2))
	s.wantPin(r.pin(2))
}
