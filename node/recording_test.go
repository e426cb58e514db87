package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ledgerofthings/lot/bootstrap"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/engine/record"
	"github.com/ledgerofthings/lot/node/store"
	"github.com/ledgerofthings/lot/node/store/memstore"
)

// replayFile replays a record as `lot sim replay` does.
func replayFile(t *testing.T, path string) *record.Outcome {
	t.Helper()
	file, err := os.Open(path)
	must(t, err)
	defer func() { must(t, file.Close()) }()
	outcome, err := record.Replay(file, record.Setup{Storage: memstore.New(), Network: func(h *record.Header) (engine.Network, error) {
		genesis, err := bootstrap.ParseGenesis(h.Genesis)
		if err != nil {
			return engine.Network{}, err
		}
		return NewNetwork(genesis)
	}})
	must(t, err)
	return outcome
}

// stateNow returns what a running gateway's ledger has come to.
func (g *guest) stateNow() (commit uint64, root [32]byte) {
	must(g.p.t, g.node.loop.query(g.p.t.Context(), func(e *engine.Engine) {
		commit, root = e.Overview().Commits, e.State().Root()
	}))
	return commit, root
}

// A gateway that is recorded, restarted and recorded again did in both lives what a replay does.
func TestRecordedGatewayIsReplayed(t *testing.T) {
	p := newParty(t, 1, 1, 1)
	g, d := p.guests[1], newDevice(1)
	for life := range 2 {
		g.record = filepath.Join(p.dir, fmt.Sprint("record-", life))
		if life == 0 {
			p.startAll()
			d.register(g)
		} else {
			g.start()
			g.ready()
		}
		first := uint64(20 * life)
		d.send(g, first+1, first+20)
		_, err := g.client.Transfer(t.Context(), api.TransferRequest{To: p.guests[0].node.self.account, Amount: 5, IdempotencyKey: g.record}, patience)
		must(t, err)
		g.final(first + 20)
		commit, _ := g.stateNow()
		g.stop()
		checkReplay(t, g.record, commit)
	}
}

// checkReplay replays a record of a gateway that went to a commit at least.
func checkReplay(t *testing.T, path string, commit uint64) {
	t.Helper()
	o := replayFile(t, path)
	if o.Difference != nil || o.Truncated || o.Failed != "" || o.Steps < 30 || o.Commit < commit {
		t.Errorf("%s: %d steps to commit %d of %d, truncated %t, failed %q, %v", path, o.Steps, o.Commit, commit, o.Truncated, o.Failed, o.Difference)
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the record's mode is %v", info.Mode())
	}
}

func TestRecordIsNotWrittenOver(t *testing.T) {
	p := newParty(t, 1)
	g := p.guests[0]
	g.record = filepath.Join(p.dir, "record")
	must(t, os.WriteFile(g.record, []byte("precious"), 0o600))
	if _, err := g.open(); !errors.Is(err, ErrRecordExists) {
		t.Errorf("opened: %v", err)
	}
	if kept, err := os.ReadFile(g.record); err != nil || string(kept) != "precious" {
		t.Errorf("the file holds %q, %v", kept, err)
	}
}

func TestRecordStopsBeforeTheDiskIsFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record")
	file, err := os.Create(path)
	must(t, err)
	low := false
	out := &recordFile{file: file, space: func() (store.Space, error) { return store.Space{Free: 7, Low: low}, nil }}
	piece := make([]byte, spaceEvery/2)
	for i := 0; i < 5 && err == nil; i++ {
		low = i > 2
		_, err = out.Write(piece)
	}
	if !errors.Is(err, store.ErrDiskFull) || !strings.Contains(err.Error(), "7 bytes") {
		t.Errorf("a low disk takes more: %v", err)
	}
	must(t, file.Close())
	if info, err := os.Stat(path); err != nil || info.Size() != 3*spaceEvery/2 {
		t.Errorf("%d bytes written, %v", info.Size(), err)
	}
}
