package audit

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/firmware/reading"
	"github.com/ledgerofthings/lot/node/store"
)

var committee = proof.Committee{Network: network, Members: []proof.Member{{Name: "self", Weight: 1, Cosign: device.Key()}}}

var (
	self    = dag.NewSigner([32]byte{1})
	device  = dag.NewSigner([32]byte{2})
	network = dag.NetworkID{9}
)

// folder is a data folder as a gateway that is alone in its network leaves it: an epoch that is over, and one that goes on.
type folder struct {
	t        testing.TB
	store    *store.Store
	step     *store.Step
	first    *ledger.State
	log      *proof.Log
	position uint64 // in the order of attaching
	ordered  uint64
	commit   uint64
	epoch    uint64
	roots    [2]dag.ID
	tip      dag.ID
	seq      uint64
	anchor   dag.ID
}

func must2[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// newFolder fills a data folder.
func newFolder(t testing.TB) *folder { return newFolderOn(t, vfs.NewMem()) }

// openFolder opens what is on a file system.
func openFolder(t testing.TB, files vfs.FS) *store.Store {
	t.Helper()
	s := must2[*store.Store](t)(store.Open("data", store.Options{FS: files, Logger: slog.New(slog.DiscardHandler)}))
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// newFolderIn fills a data folder on the disk.
func newFolderIn(t testing.TB, dir string) *folder {
	t.Helper()
	return fill(t, must2[*store.Store](t)(store.Open(dir, store.Options{Logger: slog.New(slog.DiscardHandler)})))
}

// newFolderOn fills a data folder on a file system.
func newFolderOn(t testing.TB, files vfs.FS) *folder {
	t.Helper()
	return fill(t, openFolder(t, files))
}

func fill(t testing.TB, s *store.Store) *folder {
	t.Helper()
	first := must2[*ledger.State](t)(ledger.Genesis([]ledger.GenesisAccount{{Account: dag.AccountOf(self.Key()), Balance: 1000}}))
	f := &folder{t: t, store: s, step: s.Begin(), first: first, log: &proof.Log{}, epoch: 1, roots: [2]dag.ID{{1}, {2}}}
	f.step.Put([]byte("vnetwork"), network[:])
	f.record(numberKey('E', 1), &epochRecord{})
	body := f.batch(1)
	f.anchor = f.commitOf(5, ledger.KindAnchor, body)
	f.record(numberKey('a', 1), &anchorRecord{Event: f.anchor[:], Count: 2, Status: ledger.StatusApplied})
	f.commitOf(3, "test", []byte("x"))
	f.seal()
	for n := range 3 {
		f.commitOf(3, "test", fmt.Append(nil, n))
	}
	f.record(numberKey('p', 7), &outboxRecord{Kind: ledger.KindAnchor, Body: f.batch(2), Batch: 2})
	f.open(3)
	f.signed()
	f.step.Put([]byte("kpayment"), f.anchor[:])
	if err := f.step.Commit(); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *folder) record(key []byte, record any) { f.step.Put(key, must(recordEnc.Marshal(record))) }

// event issues an event on top of the last one.
func (f *folder) event(kind string, body []byte) dag.ID {
	f.seq++
	fields := dag.Fields{
		Network: network, Key: self.Key(), Account: dag.AccountOf(self.Key()), Seq: f.seq, Time: 1000 + f.position, Epoch: f.epoch,
		Round: f.seq, Approves: []dag.ID{f.roots[0], f.roots[1]}, Kind: kind, Body: body,
	}
	if f.seq > 1 {
		fields.Prev = f.tip
	}
	v := must2[dag.Verified](f.t)(fields.Sign(self))
	f.step.Put(numberKey('e', f.position), v.Block())
	f.position++
	f.tip = v.ID()
	return v.ID()
}

// leaf appends a leaf to the log.
func (f *folder) leaf(h proof.Hash) uint64 {
	added := must2[proof.Appended](f.t)(f.log.Append(h))
	f.keep(added)
	return added.Leaf
}

func (f *folder) keep(added proof.Appended) {
	for n, h := range added.Hashes {
		f.step.Put(numberKey('h', added.First+uint64(n)), h[:])
	}
}

// commitOf orders an event, some others with a payload and a witness event, and returns the first.
func (f *folder) commitOf(count int, kind string, body []byte) (first dag.ID) {
	f.commit++
	for n := range count {
		if n > 0 {
			kind, body = "test", []byte{byte(n)}
		}
		id := f.event(kind, body)
		if n == 0 {
			first = id
		}
		f.ordered++
		r := receiptRecord{
			Status: ledger.StatusApplied, Epoch: f.epoch, Commit: f.commit, Position: f.ordered, Time: 1000 * f.commit,
			Leaf: f.leaf(proof.EventLeaf{Event: id, Status: ledger.StatusApplied}.Hash()),
		}
		f.record(digestKey('r', id), &r)
		if f.epoch == 1 {
			f.step.Put(digestKey('l', id), binary.BigEndian.AppendUint64(nil, f.position-1))
		}
	}
	f.ordered++
	f.leaf(proof.ClosingLeaf{Leader: f.event("", nil), Number: f.commit, Time: 1000 * f.commit}.Hash())
	return first
}

// seal ends the epoch. The state is still that of genesis.
func (f *folder) seal() {
	leaf := proof.SealLeaf{
		Epoch: 1, Leader: f.tip, Number: f.commit, Time: 1000 * f.commit, State: f.first.Root(), Committee: committee.Hash(), Version: 1,
	}
	seal, added, err := proof.NewSeal(f.log, leaf)
	if err != nil {
		f.t.Fatal(err)
	}
	f.keep(added)
	chain := must2[[]byte](f.t)(proof.Chain{{Seal: seal, Next: &committee}}.Encode())
	for key, value := range f.first.Entries() {
		f.step.Put(append([]byte{'s', 0}, key...), value)
	}
	f.record(numberKey('E', 2), &epochRecord{Seal: chain, Position: f.position, Ordered: f.ordered})
	f.epoch, f.seq, f.roots = 2, 0, [2]dag.ID{{3}, {4}}
}

// batch closes a batch of two readings and returns its anchor.
func (f *folder) batch(n uint64) []byte {
	blob := must2[store.Digest](f.t)(f.store.PutBlob(fmt.Append(nil, "batch ", n)))
	root := [32]byte{byte(n), 5}
	first := 2*n - 1
	f.record(numberKey('m', n), &batchRecord{
		Count: 2, First: 10, Last: 20, Root: root[:], Blob: blob[:],
		Devices: []batchDevice{{Key: deviceKey(), First: first, Last: first + 1, Count: 2}},
	})
	f.step.Put(binary.BigEndian.AppendUint64(append([]byte{'i'}, deviceKey()...), ^first), binary.BigEndian.AppendUint64(nil, n))
	body := must2[[]byte](f.t)(ledger.Anchor{Root: root, Count: 2, First: 10, Last: 20, Blob: blob, Size: 7}.Encode())
	return body
}

func deviceKey() []byte { key := device.Key(); return key[:] }

// open puts a reading into the open batch.
func (f *folder) open(batch uint64) {
	f.record(digestKey('d', device.Key()), &deviceRecord{Name: "sensor", LastSeq: 4, Stored: 4})
	raw := must2[[]byte](f.t)(reading.Sign(device, reading.Message{Time: 30, Seq: 5, Sensor: "t", Value: 1, Unit: "C"}))
	f.step.Put(append(numberKey('b', batch), 0, 0, 0, 0), raw)
}

// signed keeps a head as cosigned.
func (f *folder) signed() {
	head := must2[proof.TreeHead](f.t)(f.log.Head())
	f.record([]byte("vcosigned"), &signedRecord{Size: head.Size, Root: head.Root[:]})
	collector := must2[*proof.Collector](f.t)(proof.NewCollector(committee))
	if _, err := collector.Add(must2[proof.VerifiedCosignature](f.t)(proof.Cosign(device, committee, proof.TreeHead{}, head, 5000))); err != nil {
		f.t.Fatal(err)
	}
	signed, _ := collector.Latest()
	f.record([]byte("vcheckpoint"), &checkpointRecord{Epoch: 2, Note: signed.Note()})
}

func (f *folder) options() Options { return Options{Network: network, Key: self.Key(), First: f.first} }

func (f *folder) check() *Report {
	f.t.Helper()
	return must2[*Report](f.t)(Check(context.Background(), f.store, f.options()))
}

// kinds names the kinds of what was found.
func kinds(r *Report) (list []string) {
	for _, f := range r.Findings {
		list = append(list, f.String())
	}
	return list
}
