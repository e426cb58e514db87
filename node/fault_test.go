package node

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/ledgerofthings/lot/mesh"
	"github.com/ledgerofthings/lot/node/api"
	"github.com/ledgerofthings/lot/node/api/client"
	"github.com/ledgerofthings/lot/node/config"
	"github.com/ledgerofthings/lot/node/engine"
	"github.com/ledgerofthings/lot/node/store"
)

// refuses checks that the guest's node cannot be made, with an error of the kind that has all the words, and that the cause gone
// it can: whatever was opened was closed again.
func (g *guest) refuses(kind error, words ...string) {
	g.p.t.Helper()
	n, err := g.open()
	if err == nil {
		n.close()
		g.p.t.Fatal("the node was made")
	}
	if kind != nil && !errors.Is(err, kind) || !containsAll(err.Error(), words...) {
		g.p.t.Fatalf("%v: want %v with %q", err, kind, words)
	}
}

func TestPortInUse(t *testing.T) {
	p := newParty(t, 1)
	g := p.guests[0]
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer busy.Close()
	address := busy.Addr().String()
	usual := g.config

	g.config.API.Listen = address
	g.refuses(syscall.EADDRINUSE, address, "API", "stop it or configure another")
	g.config = usual
	g.config.MQTT.Listen = address
	g.refuses(syscall.EADDRINUSE, address, "MQTT", "stop it or configure another")
	g.config = usual
	g.config.Network.Listen = []string{fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", busy.Addr().(*net.TCPAddr).Port)}
	g.start()
	if err := g.ended(); !errors.Is(err, mesh.ErrAddressInUse) || !containsAll(err.Error(), g.config.Network.Listen[0], "stop it or configure another") {
		t.Fatal(err)
	}
	g.config = usual
	g.start()
	g.ready()
}

func TestSecondNodeOnOneFolder(t *testing.T) {
	p := newParty(t, 1)
	g := p.guests[0]
	g.start()
	second := *g
	second.config.Network.Listen = []string{fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", freePort(t))}
	second.refuses(store.ErrLocked, g.dataDir(), fmt.Sprint("pid ", os.Getpid()), "stop it")
	g.ready()
}

func TestFolderOfAnotherNetwork(t *testing.T) {
	p, other := newParty(t, 1), newParty(t, 1)
	g := p.guests[0]
	g.start()
	newDevice(1).register(g)
	g.stop()
	g.p.genesis, other.genesis = other.genesis, g.p.genesis
	g.vault, other.guests[0].vault = other.guests[0].vault, g.vault
	g.refuses(engine.ErrOtherNetwork, other.genesis.ID().String(), g.p.genesis.ID().String(), "genesis")
	g.p.genesis, g.vault = other.genesis, other.guests[0].vault
	g.start()
	if devices, err := g.client.Devices(t.Context()); err != nil || len(devices) != 1 {
		t.Fatal("the refusal changed the folder:", devices, err)
	}
}

func TestKeyThatIsNoMember(t *testing.T) {
	p, other := newParty(t, 1), newParty(t, 1)
	g := p.guests[0]
	g.vault = other.guests[0].vault
	g.refuses(nil, "not a member", "party", "lot init")
}

// Bytes that the disk changed are found by the start, which says what it may have cost and what to do.
func TestCorruptDatabase(t *testing.T) {
	p := newParty(t, 1)
	g, d := p.guests[0], newDevice(1)
	g.start()
	d.register(g)
	d.send(g, 1, 5)
	g.final(5)
	g.stop()
	g.start() // the log becomes a table
	g.stop()
	tables, err := filepath.Glob(filepath.Join(g.dataDir(), "db", "*.sst"))
	must(t, err)
	if len(tables) == 0 {
		t.Fatal("no tables")
	}
	for _, path := range tables {
		content, err := os.ReadFile(path)
		must(t, err)
		for at := 0; at < len(content)/2; at += 100 {
			content[at] ^= 0xff
		}
		must(t, os.WriteFile(path, content, 0o600))
	}
	g.refuses(store.ErrCorrupt, filepath.Join(g.dataDir(), "db"), "copy the folder to a sound one", "lot ledger check --repair")
}

// failing returns files whose writes to names with match fail with err while the switch is on.
func failing(match string, err error) (vfs.FS, *atomic.Bool) {
	on := new(atomic.Bool)
	return errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if on.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && op.Kind != errorfs.OpFileClose && strings.Contains(op.Path, match) {
			return err
		}
		return nil
	})), on
}

// The disk fills while a device sends: the node stops with the reason, nothing was acknowledged in vain, and with room again it
// goes on where it was.
func TestDiskFullInTheMiddle(t *testing.T) {
	p := newParty(t, 1)
	g, d := p.guests[0], newDevice(1)
	files, full := failing(".log", syscall.ENOSPC)
	fatal := make(chan error, 1)
	g.files, g.fatal = files, func(err error) { fatal <- err }
	g.start()
	d.register(g)
	d.send(g, 1, 10)
	full.Store(true)
	answer, err := g.client.SendReadings(t.Context(), d.sign(t, 11))
	if err == nil && answer.Stored != 0 {
		t.Fatal("a reading was acknowledged by a disk without room")
	}
	if err := <-fatal; !errors.Is(err, store.ErrDiskFull) || !containsAll(err.Error(), g.dataDir(), "free space on the volume") {
		t.Fatal(err)
	}
	if err := g.ended(); !errors.Is(err, store.ErrDiskFull) || !containsAll(err.Error(), "data folder", "nothing of this step was acknowledged", "free space") {
		t.Fatal(err)
	}
	full.Store(false)
	g.start()
	devices, err := g.client.Devices(t.Context())
	if err != nil || devices[0].LastSeq != 10 && devices[0].LastSeq != 11 || devices[0].Missing != 0 {
		t.Fatalf("%+v, %v", devices, err)
	}
	d.send(g, devices[0].LastSeq+1, 15)
	g.final(15)
}

// volume is a disk whose room a test chooses.
type volume struct {
	vfs.FS
	free atomic.Uint64
}

// GetDiskUsage implements vfs.FS.
func (v *volume) GetDiskUsage(string) (vfs.DiskUsage, error) {
	free := v.free.Load()
	return vfs.DiskUsage{AvailBytes: free, TotalBytes: 1 << 40, UsedBytes: 1<<40 - free}, nil
}

// refusedFor sends the reading until it is refused with the code, and returns its number.
func (d device) refusedFor(g *guest, seq uint64, code, reason string) uint64 {
	g.p.t.Helper()
	eventually(g.p.t, func() error {
		answer, err := g.client.SendReadings(g.p.t.Context(), d.sign(g.p.t, seq))
		must(g.p.t, err)
		if answer.Stored == 1 {
			seq++
			return errors.New("readings are still taken")
		}
		if r := answer.Results[0]; r.Code != code || !strings.Contains(r.Reason, reason) {
			g.p.t.Fatalf("%+v, want %s because of %s", r, code, reason)
		}
		return nil
	})
	return seq
}

// takenAgain sends the reading until it is stored.
func (d device) takenAgain(g *guest, seq uint64) {
	g.p.t.Helper()
	eventually(g.p.t, func() error {
		answer, err := g.client.SendReadings(g.p.t.Context(), d.sign(g.p.t, seq))
		if err == nil && answer.Stored != 1 {
			err = errors.New("readings are not taken again")
		}
		return err
	})
}

// ledgerGoesOn checks that a node without room for readings takes transfers.
func (g *guest) ledgerGoesOn(to *guest) {
	t := g.p.t
	t.Helper()
	result, err := g.client.Transfer(t.Context(), api.TransferRequest{To: to.node.self.account, Amount: 1, IdempotencyKey: fmt.Sprint(now())}, patience)
	if err != nil || result.Receipt == nil || result.Receipt.Status != api.StateOrdered {
		t.Fatal(result, err)
	}
	status, err := g.client.Status(t.Context())
	must(t, err)
	for _, w := range status.Warnings {
		if strings.Contains(w.Text, "readings are refused") && w.Hint != "" {
			return
		}
	}
	t.Fatalf("the status does not warn: %+v", status.Warnings)
}

// Below storage.reserve readings are refused, the ledger goes on, and with room again they are taken.
func TestReserveOfTheDisk(t *testing.T) {
	t.Parallel()
	p := newParty(t, 2, 1)
	g, d := p.guests[0], newDevice(1)
	v := &volume{FS: vfs.Default}
	v.free.Store(1 << 30)
	g.files, g.disk, g.config.Storage.Reserve = v, 10*time.Millisecond, 64<<20
	p.startAll()
	d.register(g)
	d.send(g, 1, 3)
	v.free.Store(1 << 20)
	next := d.refusedFor(g, 4, "disk-full", "storage.reserve")
	g.logged("level=ERROR", "readings are refused", "storage.reserve", "hint=")
	g.ledgerGoesOn(p.guests[1])
	v.free.Store(1 << 30)
	d.takenAgain(g, next)
	g.logged("level=INFO", "room for readings again")
	g.final(next)
}

// With storage.batches used up the same holds; a larger budget helps.
func TestBudgetOfBatches(t *testing.T) {
	t.Parallel()
	p := newParty(t, 2, 1)
	g, d := p.guests[0], newDevice(1)
	usual := g.config.Storage.Batches
	g.disk, g.config.Storage.Batches = 10*time.Millisecond, batchMargin+1000
	p.startAll()
	d.register(g)
	next := uint64(1)
	for ; next < 20; next++ { // each batch takes some of the thousand bytes
		answer, err := g.client.SendReadings(t.Context(), d.sign(t, next))
		must(t, err)
		if answer.Stored == 0 {
			next--
			break
		}
		if _, err := g.client.AnchorNow(t.Context()); err != nil {
			t.Fatal(err)
		}
		if g.log.has("readings are refused") {
			break
		}
	}
	next = d.refusedFor(g, next+1, "disk-full", "storage.batches")
	g.ledgerGoesOn(p.guests[1])
	g.stop()
	g.config.Storage.Batches = usual
	g.start()
	g.ready()
	d.takenAgain(g, next)
	g.final(next)
}

// A batch that the disk has no room for stays open: flushing it is refused, nothing of it is lost, and it is tried again by itself.
func TestBatchThatFindsNoRoom(t *testing.T) {
	p := newParty(t, 1)
	g, d := p.guests[0], newDevice(1)
	files, full := failing("blobs", syscall.ENOSPC)
	g.files, g.disk = files, 50*time.Millisecond
	g.config.Batch.Window = config.Duration(time.Hour)
	g.start()
	d.register(g)
	d.send(g, 1, 3)
	full.Store(true)
	_, err := g.client.AnchorNow(t.Context())
	if p := problem(t, err); !client.IsFault(err, api.Unavailable) || p.Hint == "" || !strings.Contains(p.Detail, "blobs") {
		t.Fatal(err)
	}
	full.Store(false)
	eventually(t, func() error { _, err := g.client.AnchorNow(t.Context()); return err })
	d.takenAgain(g, 4)
	_, err = g.client.AnchorNow(t.Context())
	must(t, err)
	g.final(4)
}
