package audit

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ledgerofthings/lot/dag"
	"github.com/ledgerofthings/lot/dag/ledger"
	"github.com/ledgerofthings/lot/dag/proof"
	"github.com/ledgerofthings/lot/node/archive"
)

// jump leads the gateway past some epochs by a snapshot, as engine.Install does, and lets it go on there.
func (f *folder) jump() {
	f.t.Helper()
	head := must2[proof.TreeHead](f.t)(f.log.Head())
	note := must2[[]byte](f.t)(f.step.Get([]byte("vcheckpoint")))
	f.step.Put([]byte("vcovered"), note)
	f.step.Put(numberKey('j', head.Size), note)
	f.away()
	f.places()
	for n := range 20 { // nobody here sees these
		must2[proof.Appended](f.t)(f.log.Append(proof.EventLeaf{Event: dag.ID{byte(n)}, Status: ledger.StatusApplied}.Hash()))
	}
	f.commit += 7
	f.ordered += 20
	leaf := proof.SealLeaf{
		Epoch: 66, Leader: dag.ID{66}, Number: f.commit, Time: 1000 * f.commit, State: f.first.Root(), Committee: committee.Hash(), Version: 1,
	}
	seal, _, err := proof.NewSeal(f.log, leaf)
	if err != nil {
		f.t.Fatal(err)
	}
	edge := f.log.Edge()
	for level := 63; level >= 0; level-- {
		if seal.Head.Size>>level&1 == 1 {
			f.step.Put(numberKey('h', uint64(tlog.StoredHashIndex(level, int64(seal.Head.Size>>level-1)))), edge[0][:])
			edge = edge[1:]
		}
	}
	chain := must2[[]byte](f.t)(proof.Chain{{Seal: seal, Next: &committee}}.Encode())
	f.record(numberKey('E', 67), &epochRecord{Seal: chain, Position: f.position, Ordered: f.ordered, Skipped: true})
	f.epoch, f.seq, f.roots = 67, 0, [2]dag.ID{{5}, {6}}
	for n := range 3 {
		f.commitOf(3, "test", []byte{67, byte(n)})
	}
	f.signed()
	if err := f.step.Commit(); err != nil {
		f.t.Fatal(err)
	}
}

// places notes where the events with a payload are.
func (f *folder) places() {
	for key, block := range f.entries() {
		if key[0] != 'e' {
			continue
		}
		if e := must2[*dag.Event](f.t)(dag.Decode(block)); !e.IsWitness() {
			f.step.Put(digestKey('l', e.ID()), []byte(key[1:]))
		}
	}
}

// away notes an own event of which the gateway knows only that it took effect.
func (f *folder) away() {
	fields := dag.Fields{
		Network: network, Key: self.Key(), Account: dag.AccountOf(self.Key()), Seq: 1, Time: 7, Epoch: f.epoch, Round: 1,
		Approves: []dag.ID{f.roots[0], f.roots[1]}, Kind: "test", Body: []byte("away"),
	}
	v := must2[dag.Verified](f.t)(fields.Sign(self))
	f.step.Put(digestKey('o', v.ID()), v.Block())
	f.record(digestKey('r', v.ID()), &receiptRecord{Status: ledger.StatusApplied, Epoch: f.epoch, Leaf: noLeaf})
}

// restoreOnly leaves what a restore of a backup without the ledger writes.
func (f *folder) restoreOnly() {
	f.t.Helper()
	all := f.entries()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		block := all[key]
		switch kind := archive.KindOf([]byte(key)); {
		case kind.Prefix == archive.EventPrefix:
			f.step.Delete([]byte(key))
			if e := must2[*dag.Event](f.t)(dag.Decode(block)); e.Key() == self.Key() {
				f.step.Put(append([]byte(archive.SalvagedPrefix), key[1:]...), block)
			}
		case kind.Part == archive.Ledger && kind.Prefix != archive.ReceiptPrefix: // all receipts are of own events
			f.step.Delete([]byte(key))
		}
	}
	f.step.Put([]byte(archive.RestoredKey), archive.Restored{At: 5, Created: 4}.Encode())
	if err := f.step.Commit(); err != nil {
		f.t.Fatal(err)
	}
}

// healthy are folders as gateways leave them that nothing is wrong with.
var healthy = map[string]func(f *folder){
	"as it runs":                 func(*folder) {},
	"led past epochs":            (*folder).jump,
	"led past epochs twice":      func(f *folder) { f.jump(); f.jumpAgain() },
	"just restored":              (*folder).restoreOnly,
	"led past epochs, restored":  func(f *folder) { f.jump(); f.restoreOnly() },
	"restored without batches":   func(f *folder) { f.restoreOnly(); f.dropBlobs() },
	"restored, and led past all": func(f *folder) { f.restoreOnly(); f.caughtUp() },
}

// jumpAgain makes the gateway forget the first jump's record, as pruning does.
func (f *folder) jumpAgain() {
	f.step.Delete(numberKey('E', 1))
	f.step.Delete(numberKey('E', 2))
	for position := range f.position {
		key := numberKey('e', position)
		block := must2[[]byte](f.t)(f.step.Get(key))
		e := must2[*dag.Event](f.t)(dag.Decode(block))
		if e.Epoch() == 67 {
			continue
		}
		f.step.Delete(key)
		f.step.Delete(digestKey('l', e.ID()))
		if !e.IsWitness() {
			f.step.Put(digestKey('o', e.ID()), block)
		}
	}
	if err := f.step.Commit(); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) dropBlobs() {
	for _, d := range f.store.Blobs() {
		if err := f.store.DeleteBlob(d); err != nil {
			f.t.Fatal(err)
		}
	}
}

// caughtUp puts a restored gateway into a later epoch by a snapshot.
func (f *folder) caughtUp() {
	f.step.Delete([]byte(archive.RestoredKey))
	for key, block := range f.entries() {
		if key[0] == 'w' {
			f.step.Delete([]byte(key))
			if e := must2[*dag.Event](f.t)(dag.Decode(block)); !e.IsWitness() {
				f.step.Put(digestKey('o', e.ID()), block)
			}
		}
	}
	f.signed()
	for key, value := range f.first.Entries() {
		f.step.Put(append([]byte{'s', 0}, key...), value)
	}
	f.jump()
}

func TestHealthyFolders(t *testing.T) {
	for name, grow := range healthy {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			grow(f)
			before := f.entries()
			if r := f.check(); !r.Sound() {
				t.Fatalf("%d findings, the first %q", len(r.Findings), kinds(r)[:min(len(r.Findings), 5)])
			}
			f.repair(true)
			if after := f.entries(); !maps.EqualFunc(before, after, bytes.Equal) {
				t.Error("a repair of nothing changed something")
			}
		})
	}
}

// Whatever hash is lost or damaged, a repair takes none away that a replay does not write again, and the edge by which the log goes on
// comes back.
func TestRepairKeepsHashes(t *testing.T) {
	f := newFolder(t)
	f.jump()
	want := f.entries()
	begins := f.epochStart()
	for key, value := range want {
		if key[0] != 'h' {
			continue
		}
		for _, damaged := range [][]byte{nil, bytes.Repeat([]byte{7}, 32)} {
			f.replace(key, key, damaged)
			f.repair(true)
			left := f.entries()
			for other, h := range want {
				if other[0] != 'h' || other == key || bytes.Equal(left[other], h) {
					continue
				}
				if left[other] != nil {
					t.Errorf("hash %x changed although %x was damaged", other, key)
				}
				if index := binary.BigEndian.Uint64([]byte(other)[1:]); index < begins {
					t.Errorf("hash %d is gone although %x was damaged", index, key)
				}
			}
			for other, h := range want {
				if other[0] == 'h' {
					f.step.Put([]byte(other), h)
				}
			}
			f.step.Delete(append([]byte("x"), key...))
			f.step.Delete([]byte(archive.RepairKey))
			f.replace(key, key, value)
		}
	}
}

// epochStart returns the storage index of the first hash of the current epoch.
func (f *folder) epochStart() uint64 {
	for key, value := range f.entries() {
		if key == string(numberKey('E', 67)) {
			e := must2[epochEntry](f.t)(decodeEpoch([]byte(key), value))
			return proof.StoredCount(e.seal.Head.Size)
		}
	}
	return 0
}
